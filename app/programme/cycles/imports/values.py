"""What travels between reading a list of schools and taking it in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.kernel.errors import Invalid


class NotAList(Invalid):
    """The file cannot be read as a list of schools at all."""


@dataclass(frozen=True)
class Sentence:
    """A sentence for the person, in English with `%(name)s` places; the door translates it."""

    message: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class Column(StrEnum):
    """What a column of the list holds; columns that we do not know are left alone."""

    SCHOOL = "school"
    MUNICIPALITY = "municipality"
    PRINCIPAL = "principal"
    CURATOR = "curator"
    YEAR = "year"
    INN = "inn"
    OGRN = "ogrn"


@dataclass(frozen=True)
class Sheet:
    """One sheet of a spreadsheet as text: rows of cells, the first row first, empty cells as ''."""

    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Line:
    """One row that speaks of a school, with the cells that we know.

    Attributes:
        sheet: title of the sheet; empty when the file has only one.
        row: its number in the file, from 1, as the spreadsheet shows it.
        inherited: the municipality was not written in the row but above it.
    """

    sheet: str
    row: int
    cells: Mapping[Column, str]
    inherited: bool = False

    def cell(self, column: Column) -> str:
        """Return the text of a column, '' when the list has no such column."""
        return self.cells.get(column, "")

    @property
    def key(self) -> str:
        """How a decision about this row is named in a form."""
        return f"{self.sheet}:{self.row}" if self.sheet else str(self.row)


@dataclass(frozen=True)
class Passed:
    """A row that is not about a school, and why we passed it over."""

    sheet: str
    row: int
    text: str
    why: Sentence


@dataclass(frozen=True)
class SchoolList:
    """A list as it was read: what it says of schools, what was passed over, which columns were understood."""

    lines: tuple[Line, ...]
    passed: tuple[Passed, ...]
    columns: Mapping[Column, str]
    notes: tuple[Sentence, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the lines as JSON, for a page that asks before it acts. What was passed over is not kept."""
        rows = [[line.sheet, line.row, dict(line.cells), line.inherited] for line in self.lines]
        return {"rows": rows, "columns": dict(self.columns)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SchoolList":
        """Return the list that `to_json` wrote down."""
        lines = tuple(
            Line(sheet, row, {Column(name): text for name, text in cells.items()}, inherited)
            for sheet, row, cells, inherited in data["rows"]
        )
        return cls(lines, (), {Column(name): text for name, text in data["columns"].items()})
