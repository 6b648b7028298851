"""Reads a spreadsheet as a list of schools: headings, sections, totals and notes told apart from schools."""

import re
from collections.abc import Mapping, Sequence

from app.kernel.i18n import _
from app.programme.cycles.imports.headings import columns_of, find_header, is_numbering
from app.programme.cycles.imports.names import looks_like_municipality
from app.programme.cycles.imports.spreadsheets import open_spreadsheet
from app.programme.cycles.imports.values import Column, Line, NotAList, Passed, SchoolList, Sentence, Sheet

_TOTAL = re.compile(r"^(итого|всего|итог|total)\b", re.IGNORECASE)
_NOTE = re.compile(r"^(исполнител|примечани|составил|приложени|утвержда|согласован|тел\.|телефон|\*)", re.IGNORECASE)

IS_TOTAL = _("a total")
IS_NOTE = _("a note")
IS_SECTION = _("the name of a municipality")
IS_NUMBERING = _("numbers of the columns")
IS_HEADING = _("the headings again")


def read_list(data: bytes) -> SchoolList:
    """Read the bytes of an XLSX or CSV file as a list of schools.

    Raises:
        NotAList: it is not a spreadsheet, or none of its sheets has a heading for schools and a row below it.
    """
    sheets, notes = open_spreadsheet(data)
    lines: list[Line] = []
    passed: list[Passed] = []
    columns: dict[Column, str] = {}
    for sheet in sheets:
        header = find_header(sheet)
        if header is None:
            if sheet.rows:
                notes.append(Sentence(_("The sheet “%(sheet)s” has no list of schools."), {"sheet": sheet.title}))
            continue
        first, meaning = header
        columns |= {column: _heading(sheet, first, position) for position, column in meaning.items()}
        reader = _Reader(sheet, meaning, name=sheet.title if len(sheets) > 1 else "")
        reader.read(first)
        lines += reader.lines
        passed += reader.passed
    if not columns:
        raise NotAList(
            _(
                "The headings were not found. The list needs a row of headings with at least"
                " “School” and “Municipality”, in any order."
            )
        )
    if not lines:
        raise NotAList(_("There is no school below the headings. Fill in the list and upload it again."))
    return SchoolList(tuple(lines), tuple(passed), columns, tuple(notes))


def _heading(sheet: Sheet, first: int, position: int) -> str:
    """Return the heading as it is written, from the lower of two rows where both are used."""
    above = (sheet.rows[index] for index in (first - 1, first - 2) if index >= 0)
    return next((row[position] for row in above if position < len(row) and row[position]), "")


class _Reader:
    """Goes down one sheet and remembers the municipality of the section."""

    def __init__(self, sheet: Sheet, meaning: Mapping[int, Column], *, name: str) -> None:
        self.sheet, self.meaning, self.name = sheet, meaning, name
        self.lines: list[Line] = []
        self.passed: list[Passed] = []
        self.section = sheet.title if looks_like_municipality(sheet.title) else ""

    def read(self, first: int) -> None:
        for index in range(first, len(self.sheet.rows)):
            row = self.sheet.rows[index]
            filled = [cell for cell in row if cell]
            if not filled:
                continue
            why = self._why_not_a_school(row, filled)
            if why is None:
                self._add(index + 1, row)
            else:
                self.passed.append(Passed(self.name, index + 1, " ".join(filled)[:120], Sentence(why)))

    def _why_not_a_school(self, row: Sequence[str], filled: Sequence[str]) -> str | None:
        if any(_TOTAL.match(cell) for cell in filled[:2]):
            return IS_TOTAL
        if is_numbering(row):
            return IS_NUMBERING
        if len(columns_of(row)) >= max(2, len(self.meaning)):
            return IS_HEADING
        if len(set(filled)) == 1:
            return self._lone_cell(row, filled[0])
        return IS_NOTE if _NOTE.match(filled[0]) else None

    def _lone_cell(self, row: Sequence[str], text: str) -> str | None:
        """Tell a section, a note and a school apart where the row has nothing but one text."""
        if looks_like_municipality(text):
            self.section = text
            return IS_SECTION
        if _NOTE.match(text):
            return IS_NOTE
        return None if self._cells(row)[Column.SCHOOL] else IS_NOTE

    def _cells(self, row: Sequence[str]) -> dict[Column, str]:
        return {column: row[at] if at < len(row) else "" for at, column in self.meaning.items()}

    def _add(self, number: int, row: Sequence[str]) -> None:
        cells = self._cells(row)
        written = cells.get(Column.MUNICIPALITY, "")
        if written:
            self.section = written
        elif self.section:
            cells[Column.MUNICIPALITY] = self.section
        inherited = not written and bool(self.section)
        self.lines.append(Line(self.name, number, cells, inherited))
