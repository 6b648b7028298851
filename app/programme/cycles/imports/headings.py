"""Finds the row with the headings, in any order and wording, and says which column holds what."""

import re
from collections.abc import Sequence

from app.programme.cycles.imports.values import Column, Sheet

# How far below the top the headings may lie: letterheads, «Приложение к приказу», the title.
HEADER_WITHIN = 40
_LONGEST_HEADING = 90

# The first pattern that fits decides, so what merely mentions a school comes before the school itself.
_LEFT_ALONE = re.compile(
    r"^№|^n п|п/п|телефон|^тел\b|почт|e-?mail|адрес|сайт|^код|кпп|приказ|дата|подпись|примечан|количеств|числ|должност"
    r"|^тип|^вид|статус|phone|address|site|note"
)
# «Куратор (ФИО, телефон)» is about the person, «Телефон куратора» is not.
_PERSON = re.compile(r"^(ф\.? ?и\.? ?о\.? )?(куратор|директор|руководител)")
_PATTERNS: tuple[tuple[Column, re.Pattern[str]], ...] = (
    (Column.CURATOR, re.compile(r"куратор|curator|наставник")),
    (Column.PRINCIPAL, re.compile(r"директор|руководител|principal|head of|заведующ")),
    (Column.INN, re.compile(r"^инн\b|\bинн$|^inn$|taxpayer")),
    (Column.OGRN, re.compile(r"^огрн\b|\bогрн$|^ogrn$")),
    (Column.YEAR, re.compile(r"^год\b|\bгод$|учебный год|год участия|год включения|^year$")),
    (
        Column.SCHOOL,
        re.compile(r"общеобразоват|образовательн\w* (организац|учрежден)|^о[оу]$|\bо[оу]$|^шнор$|^school|school$"),
    ),
    (Column.MUNICIPALITY, re.compile(r"муниципал|район|округ|территори|^мо$|^мр|^го$|^ато$|municipality|district")),
    (Column.SCHOOL, re.compile(r"школ|учрежден|организац|наименован|назван|^name$")),
)


def column_of(heading: str) -> Column | None:
    """Say what a column with this heading holds; None when we do not know or do not need it."""
    text = heading.casefold().replace("ё", "е").strip(" .:*")
    if not text or len(text) > _LONGEST_HEADING or re.search(r"\d{2,}", text):
        return None
    if _LEFT_ALONE.search(text) and not _PERSON.match(text):
        return None
    return next((column for column, pattern in _PATTERNS if pattern.search(text)), None)


def columns_of(headings: Sequence[str]) -> dict[int, Column]:
    """Return position to meaning; of two columns with one meaning the first counts."""
    found: dict[int, Column] = {}
    for position, heading in enumerate(headings):
        column = column_of(heading)
        if column is not None and column not in found.values():
            found[position] = column
    return found


def find_header(sheet: Sheet) -> tuple[int, dict[int, Column]] | None:
    """Return the index of the first row below the headings, and the columns; None when there are no headings.

    Headings may take two rows: «Школа» over «Название» and «Директор».
    """
    best: tuple[int, dict[int, Column]] | None = None
    rows = sheet.rows[:HEADER_WITHIN]
    for index, row in enumerate(rows):
        if any(re.search(r"\d{2,}|№ ?\d", cell) for cell in row if not cell.strip().isdigit()) and best is not None:
            break
        columns = columns_of(row)
        if _is_better(columns, best):
            best = (index + 1, columns)
        below = rows[index + 1] if index + 1 < len(rows) else ()
        both = _two_rows(row, below)
        if len(both) > len(columns) and len(columns_of(below)) > 0 and _is_better(both, best):
            best = (index + 2, both)
    return best


def _two_rows(upper: Sequence[str], lower: Sequence[str]) -> dict[int, Column]:
    """Read two rows as one: the lower one says more where it says anything that we know."""
    width = max(len(upper), len(lower))
    cells = []
    for position in range(width):
        top = upper[position] if position < len(upper) else ""
        bottom = lower[position] if position < len(lower) else ""
        cells.append(bottom if column_of(bottom) else top)
    return columns_of(cells)


def _is_better(columns: dict[int, Column], best: tuple[int, dict[int, Column]] | None) -> bool:
    if Column.SCHOOL not in columns.values():
        return False
    return best is None or len(columns) > len(best[1])


def is_numbering(row: Sequence[str]) -> bool:
    """Say whether the row only counts the columns: 1 2 3 4, as forms have it below the headings."""
    filled = [cell for cell in row if cell]
    return len(filled) > 1 and filled == [str(number) for number in range(1, len(filled) + 1)]
