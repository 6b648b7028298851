"""Writes a table as an Excel workbook in which nothing is ever a formula."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import xlsxwriter

# Text stays text: what a school typed never becomes a formula or a link on the reader's machine.
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "dd.mm.yyyy",
}
# Excel cannot hold longer text in a cell.
_LONGEST = 32_767
_WIDEST = 50


def write_workbook(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return an XLSX file with one sheet: headings in a frozen first row, then the rows.

    Args:
        title: the sheet's name; cut and cleaned to what Excel allows.
        headings: the first row.
        rows: text, whole or decimal numbers, dates, None for an empty cell.
    """
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, _OPTIONS) as book:
        sheet = book.add_worksheet("".join(char for char in title if char not in "[]:*?/\\'")[:31] or None)
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, min(_WIDEST, max(12, len(heading) + 2)))
            sheet.write_string(0, column, heading, bold)
        sheet.freeze_panes(1, 1)
        count = 0
        for count, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                _write(sheet, count, column, value, day)
        sheet.autofilter(0, 0, count, max(0, len(headings) - 1))
    return stream.getvalue()


def _write(sheet: xlsxwriter.workbook.Worksheet, row: int, column: int, value: object, day: object) -> None:
    if value is None or value == "":
        return
    if isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        sheet.write_datetime(row, column, value, day)
    else:
        sheet.write_string(row, column, _printable(str(value))[:_LONGEST])


def _printable(text: str) -> str:
    """Drop what XML cannot carry."""
    return "".join(char for char in text if char in "\t\n" or (char >= " " and not 0xD800 <= ord(char) <= 0xDFFF))
