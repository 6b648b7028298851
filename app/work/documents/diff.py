"""What changed between two texts or two versions of a document, by sections and words."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

_WORDS = re.compile(r"\S+\s*|\s+")
# Above so many words the comparison goes by lines: by words it would take seconds.
MAX_WORDS = 3_000


class Change(StrEnum):
    """What happened to a section or a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Piece:
    """Words in a row with one fate: `same`, `added` or `removed`."""

    change: Change
    text: str


@dataclass(frozen=True)
class SectionDiff:
    """What changed in one section: the old text is `pieces` without `added`, the new one without `removed`."""

    key: str
    change: Change
    pieces: tuple[Piece, ...]


def diff_sections(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[SectionDiff, ...]:
    """Return every section of both contents, in the order of the newer one, those that are gone last."""
    keys = dict.fromkeys([*after, *before])
    return tuple(_section(key, before.get(key), after.get(key)) for key in keys)


def _section(key: str, before: Any, after: Any) -> SectionDiff:
    pieces = diff_texts(as_text(before), as_text(after))
    kinds = {piece.change for piece in pieces}
    if kinds <= {Change.SAME}:
        return SectionDiff(key, Change.SAME, pieces)
    return SectionDiff(key, kinds.pop() if len(kinds) == 1 else Change.CHANGED, pieces)


def diff_texts(before: str, after: str) -> tuple[Piece, ...]:
    """Return the pieces of two texts."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > MAX_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return tuple(_pieces(old, new))


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    # Words are compared without the blanks behind them, so that the last word of a line is the same word elsewhere.
    matcher = SequenceMatcher(None, [w.strip() for w in old], [w.strip() for w in new], autojunk=False)
    for _tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if _tag == "equal":
            yield Piece(Change.SAME, "".join(new[new_from:new_to]))
            continue
        if old_to > old_from:
            yield Piece(Change.REMOVED, "".join(old[old_from:old_to]))
        if new_to > new_from:
            yield Piece(Change.ADDED, "".join(new[new_from:new_to]))


def as_text(value: Any) -> str:
    """Return a value of a version as text: one line an entry, a row as its values."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return "\n".join(as_text(entry) for entry in value)
    if isinstance(value, Mapping):
        return " · ".join(text for entry in value.values() if (text := as_text(entry)))
    return str(value)
