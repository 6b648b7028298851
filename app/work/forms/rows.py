"""Rows of a table form: which stored row each one came from, and the buttons that work without JavaScript."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.work.forms.parts import MAX_ROWS, ORIGIN, Part, asked

Row = Mapping[str, Any]
_COMMAND = re.compile(r"_(add|paste|clear|remove|up|down)-([a-z0-9_-]{1,200})", re.ASCII)
_INDEX = re.compile(r"[0-9]{1,5}", re.ASCII)


class Verb(StrEnum):
    """What a button does with rows. `paste` only shows the page anew: cells become rows when they are read."""

    ADD = "add"
    PASTE = "paste"
    CLEAR = "clear"
    REMOVE = "remove"
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class RowCommand:
    """A button that was pressed.

    Attributes:
        table: keys and row indices that lead to the table: `("rows",)`, `("rows", 0, "steps")`.
        index: of the row; 0 for `add`, `paste` and `clear`.
    """

    verb: Verb
    table: tuple[str | int, ...]
    index: int = 0


def command_from(names: Iterable[str]) -> RowCommand | None:
    """Return the row button among the names that a browser sent; None when there is none."""
    for name in names:
        found = _COMMAND.fullmatch(name)
        if found is None:
            continue
        verb = Verb(found[1])
        path = tuple(int(piece) if _INDEX.fullmatch(piece) else piece for piece in found[2].split("-"))
        if verb in (Verb.ADD, Verb.PASTE, Verb.CLEAR):
            return RowCommand(verb, path)
        if len(path) > 1 and isinstance(path[-1], int):
            return RowCommand(verb, path[:-1], path[-1])
    return None


def apply_row_command(answers: Mapping[str, Any], command: RowCommand) -> dict[str, Any]:
    """Return the answers after the button: they are not changed in place.

    A button for a row or table that is not there changes nothing: the page is shown again as it is.
    """
    changed: dict[str, Any] = _changed(dict(answers), command.table, command)
    return changed


def _changed(inside: Any, path: tuple[str | int, ...], command: RowCommand) -> Any:
    """Copy what leads to the table, and change the table."""
    if not path:
        return _moved(list(inside) if isinstance(inside, list) else [], command)
    step, rest = path[0], path[1:]
    if isinstance(inside, Mapping) and isinstance(step, str) and step in inside:
        return {**inside, step: _changed(inside[step], rest, command)}
    if isinstance(inside, list) and isinstance(step, int) and step < len(inside):
        return [_changed(row, rest, command) if at == step else row for at, row in enumerate(inside)]
    return inside


def _moved(rows: list[Any], command: RowCommand) -> list[Any]:
    at = command.index
    if command.verb is Verb.ADD:
        return [*rows, {}] if len(rows) < MAX_ROWS else rows
    if command.verb is Verb.CLEAR:
        return []
    if command.verb is Verb.PASTE or at >= len(rows):
        return rows
    if command.verb is Verb.REMOVE:
        return rows[:at] + rows[at + 1 :]
    other = at - 1 if command.verb is Verb.UP else at + 1
    if 0 <= other < len(rows):
        rows[at], rows[other] = rows[other], rows[at]
    return rows


def aligned(table: Part, rows: list[Row], stored: object) -> list[tuple[Row, Row | None]]:
    """Return each row of answers with the stored row that it was prefilled from, None for a new one.

    Of a fixed table the stored rows decide how many there are and in what order; rows without a mark are
    then taken in their order. A stored row is given to one row of answers at most.
    """
    given = [row for row in stored if isinstance(row, Mapping)] if isinstance(stored, list) else []
    if table.fixed and given and not any(ORIGIN in row for row in rows):
        rows = [{**row, ORIGIN: str(index)} for index, row in enumerate(rows)]
    pairs: list[tuple[Row, Row | None]] = []
    taken: dict[int, Row] = {}
    for row in rows:
        index = _origin(row, len(given))
        fresh = index is not None and index not in taken
        if index is not None and fresh:
            taken[index] = row
        pairs.append((row, given[index] if index is not None and fresh else None))
    if table.fixed and given:
        return [(taken.get(index, {ORIGIN: str(index)}), row) for index, row in enumerate(given)]
    return pairs


def _origin(row: Row, count: int) -> int | None:
    mark = row.get(ORIGIN)
    if not isinstance(mark, str) or not _INDEX.fullmatch(mark):
        return None
    return int(mark) if int(mark) < count else None


def is_blank_row(table: Part, row: Row) -> bool:
    """Say whether a person wrote nothing into the row beyond what it began with."""
    return all(_is_blank(part, row.get(part.key)) for part in asked(table.parts))


def _is_blank(part: Part, value: Any) -> bool:
    if value is None or value is False or value in ("", [], {}):
        return True
    if isinstance(value, list) and part.parts:
        return all(isinstance(row, Mapping) and is_blank_row(part, row) for row in value)
    if isinstance(value, Mapping):
        return is_blank_row(part, value)
    written = list(part.default) if isinstance(part.default, tuple) else part.default
    return (isinstance(value, str) and not value.strip()) or value == written or str(value) == str(written)
