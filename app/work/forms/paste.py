"""Cells copied from a spreadsheet become rows of a table form."""

import re
from collections.abc import Mapping
from typing import Any

from app.work.forms.parts import CHOICES, Kind, Part, asked
from app.work.forms.situation import offered
from app.work.forms.texts import Unreadable, read_date

# A cell is quoted only where the closing quote ends it: «"Ромашка" школа» is a plain cell.
_CELL = re.compile(r'"((?:[^"]|"")*)"(?=[\t\n]|\Z)|([^\t\n]*)')
_SHORT_YEAR = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{2})", re.ASCII)
_MIDNIGHT = re.compile(r"\s+0{1,2}:00(:00)?$", re.ASCII)
_NUMBERING = re.compile(r"№.*|n|#", re.IGNORECASE)
_YES = frozenset({"да", "yes", "true", "истина", "+", "1", "x", "х", "✓", "v"})


def fitting_rows(
    table: Part, text: str, context: Mapping[str, Any], *, room: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return a row for each line for which there is room, and what is left: `text`, `taken`, `left`, `limit`.

    Columns are those that people fill in, from left to right, or as a first line of headings says. Nothing is lost:
    cells beyond the last column are added to it, and what cannot be read stays as it is, to be mended on the page.
    What is left is empty where everything fits; its text begins with the headings again.
    """
    lines = [line for line in cells_of(text) if any(cell.strip() for cell in line)]
    columns: list[Part | None] = [part for part in asked(table.parts) if _takes_cells(part)]
    head: list[list[str]] = []
    if lines and (headed := _headings(lines[0], [part for part in columns if part])):
        columns, head, lines = headed, lines[:1], lines[1:]
    taken, left = (lines[:room], lines[room:]) if columns else ([], [])
    rows = [_row(columns, line, context) for line in taken]
    surplus = {"text": as_cells(head + left), "taken": len(rows), "left": len(left), "limit": table.limits.at_most}
    return rows, surplus if left else {}


def as_cells(lines: list[list[str]]) -> str:
    """Return lines of cells as a spreadsheet copies them: what `cells_of` reads."""
    return "\n".join("\t".join(_quoted(cell) for cell in line) for line in lines)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[\t\n]|^"', cell) else cell


def surplus_key(table: str) -> str:
    """Return the key beside a table's rows under which pasted lines lie that did not fit."""
    return f"{table}-paste"


def cells_of(text: str) -> list[list[str]]:
    """Return the cells of tab-separated lines; a quoted cell may hold line breaks, tabs and doubled quotes."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    lines: list[list[str]] = [[]]
    at = 0
    while at <= len(text):
        found = _CELL.match(text, at)
        if found is None:  # pragma: no cover  # the second alternative matches the empty cell too
            break
        quoted = found[1]
        lines[-1].append(found[2] if quoted is None else quoted.replace('""', '"'))
        at = found.end() + 1
        if text[found.end() : at] == "\n":
            lines.append([])
    return lines


def _takes_cells(part: Part) -> bool:
    return not part.readonly and part.kind not in (Kind.TABLE, Kind.GROUP, Kind.FILES)


def _headings(line: list[str], columns: list[Part]) -> list[Part | None] | None:
    """Return the columns in the order of a line of headings; None when the line is none."""
    by_label = {_plain(label): part for part in columns for label in (part.label.ru, part.label.en) if label}
    found: list[Part | None] = [by_label.get(_plain(cell)) for cell in line]
    named = [part for part in found if part]
    if len(named) < min(2, len(columns)) or len(set(map(id, named))) != len(named):
        return None
    return (
        found
        if all(
            part or _NUMBERING.fullmatch(cell.strip()) or not cell.strip()
            for part, cell in zip(found, line, strict=True)
        )
        else None
    )


def _plain(label: str) -> str:
    return " ".join(label.casefold().replace("ё", "е").split()).rstrip(".:*")


def _row(columns: list[Part | None], line: list[str], context: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for part, cell in zip(columns, line, strict=False):
        if part is not None and cell.strip():
            row[part.key] = _answer(part, cell.strip(), context)
    surplus = [cell.strip() for cell in line[len(columns) :] if cell.strip()]
    last = columns[-1]
    if surplus and last is not None:
        row[last.key] = "; ".join([*([str(row[last.key])] if last.key in row else []), *surplus])
    return row


def _answer(part: Part, cell: str, context: Mapping[str, Any]) -> Any:
    if part.kind is Kind.DATE:
        return _date(cell)
    if part.kind is Kind.CHECKBOX:
        return cell.casefold() in _YES
    if part.kind in CHOICES:
        by_label = _choices(part, context)
        if part.kind is Kind.CHECKLIST:
            pieces = [piece for piece in re.split(r"[;\n]", cell) if piece.strip()]
            return [by_label.get(_plain(piece), piece.strip()) for piece in pieces]
        return by_label.get(_plain(cell), cell)
    return cell


def _choices(part: Part, context: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for option in offered(part, context):
        for word in (str(option.value), option.label.en, option.label.ru):
            found[_plain(word)] = str(option.value)
    return found


def _date(cell: str) -> str:
    text = _MIDNIGHT.sub("", cell)
    if short := _SHORT_YEAR.fullmatch(text):
        text = f"{short[1]}.{short[2]}.20{short[3]}"
    try:
        return read_date(text).isoformat()
    except Unreadable:
        return cell
