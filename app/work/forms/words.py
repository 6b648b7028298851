"""Answers and a designer's texts in the words of a page."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.kernel.words import date_words
from app.work.forms import conditions
from app.work.forms.parts import Kind, Option, Part
from app.work.forms.texts import Unreadable, read_date, show_number

_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"[-*]\s+(.*)")
_STRONG = re.compile(r"(\*\*|__)(.+?)\1")


def mapping(value: Any) -> Mapping[str, Any]:
    """Return `value` if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def positions(stored: object) -> dict[int, str]:
    """Return the mark of each stored row, by its identity: its index among them."""
    rows = [row for row in stored if isinstance(row, Mapping)] if isinstance(stored, list) else []
    return {id(row): str(index) for index, row in enumerate(rows)}


def input_type(part: Part) -> str:
    """Return the type of the HTML input."""
    if part.kind is Kind.DATE:
        return "date"
    return {"email": "email", "phone": "tel"}.get(part.limits.format, "text")


def input_mode(part: Part) -> str:
    """Return which keys a telephone offers."""
    if part.kind is not Kind.NUMBER:
        return ""
    return "numeric" if part.limits.decimals == 0 else "decimal"


def chosen(value: Any) -> frozenset[str]:
    """Return the chosen values as the browser sends them."""
    if isinstance(value, list | tuple):
        return frozenset(str(entry) for entry in value)
    return frozenset() if value is None or isinstance(value, bool) else frozenset({str(value)})


def is_ticked(value: Any) -> bool:
    """Say whether a box is ticked."""
    return value is True or str(value).lower() in ("true", "on", "1", "yes")


def is_unreadable_date(text: str) -> bool:
    """Say whether a browser's date input would lose the text."""
    return bool(text) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)


def as_typed(part: Part, value: Any, locale: str) -> str:
    """Return what stands in the input; what a person typed wrong stays as it was typed."""
    if value is None or isinstance(value, bool | list | tuple | Mapping):
        return ""
    if part.kind is Kind.NUMBER and isinstance(value, int | float):
        return show_number(value, locale)
    if part.kind is Kind.DATE:
        try:
            return read_date(value).isoformat()
        except Unreadable:
            return str(value)
    return str(value)


def as_read(part: Part, value: Any, choices: tuple[Option, ...], locale: str) -> str:
    """Return the answer for reading: labels instead of values, dates as people write them."""
    if choices or part.kind is Kind.CHECKLIST:
        labels = {str(option.value): option.label.of(locale) for option in choices}
        entries = value if isinstance(value, list | tuple) else [value]
        return ", ".join(labels.get(str(entry), str(entry)) for entry in entries if entry not in (None, ""))
    if part.kind is Kind.DATE:
        return _day(value, locale)
    return as_typed(part, value, locale)


def _day(value: Any, locale: str) -> str:
    """Return «14 апреля 2026»; what is no date as it is."""
    try:
        return date_words(read_date(value), locale[:2])
    except Unreadable:
        return value if isinstance(value, str) else ""


def blocks(text: str, context: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Yield kind, lines and heading level of the blocks of a designer's text.

    The text is cut into blocks first and filled in from the data afterwards: nothing in the data becomes a heading.
    """
    if text.startswith("="):
        yield "paragraph", tuple(conditions.fill_in(text, context).splitlines()), 0
        return
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        yield from _of_one(block.split("\n"), context)


def _of_one(lines: list[str], context: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Yield the blocks between two blank lines: neighbours of one kind go together."""
    kind, gathered = "", list[str]()
    for line in lines:
        found_heading, found_item = _HEADING.match(line.strip()), _ITEM.match(line.strip())
        this = "heading" if found_heading else "list" if found_item else "paragraph"
        if gathered and this != kind:
            yield kind, tuple(gathered), 0
            gathered = []
        kind = this
        if found_heading:
            yield "heading", (_plain(found_heading[2], context),), len(found_heading[1])
        elif line.strip():
            gathered.append(_plain(found_item[1] if found_item else line.strip(), context))
    if gathered:
        yield kind, tuple(gathered), 0


def _plain(line: str, context: Mapping[str, Any]) -> str:
    return conditions.fill_in(_STRONG.sub(r"\2", line), context)
