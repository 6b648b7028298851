"""What changed between two texts or two rows, word by word, for people to see."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

# Longer texts are compared by lines: comparing words of a whole programme would take seconds.
LONGEST_BY_WORDS = 4_000


@dataclass(frozen=True)
class Piece:
    """A run of text: `same`, `gone` or `new`."""

    kind: str
    text: str


def of_texts(before: str, after: str) -> list[Piece]:
    """Return the pieces of both texts in reading order."""
    by_words = len(before) + len(after) <= LONGEST_BY_WORDS
    old, new = (_words(before), _words(after)) if by_words else (before.splitlines(True), after.splitlines(True))
    pieces: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(old[a:b])))
            continue
        if b > a:
            pieces.append(Piece("gone", "".join(old[a:b])))
        if d > c:
            pieces.append(Piece("new", "".join(new[c:d])))
    return pieces


def of_rows(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return key, old and new text of every cell that differs."""
    keys = dict.fromkeys([*before, *after])
    return [(key, shown(before.get(key)), shown(after.get(key))) for key in keys if before.get(key) != after.get(key)]


def shown(value: Any) -> str:
    """Return a stored answer as plain text."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return "\n".join(shown(item) for item in value)
    if isinstance(value, Mapping):
        return " · ".join(
            text for text in (shown(item) for key, item in value.items() if not key.startswith("_")) if text
        )
    return str(value)


def _words(text: str) -> list[str]:
    words: list[str] = []
    word = ""
    for letter in text:
        if letter.isspace() and word and not word[-1].isspace():
            words.append(word)
            word = letter
        elif not letter.isspace() and word and word[-1].isspace():
            words.append(word)
            word = letter
        else:
            word += letter
    return [*words, word] if word else words
