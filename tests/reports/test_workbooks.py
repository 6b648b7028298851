"""Exports that carry no formula."""

import io
from datetime import date

import pytest
from openpyxl import load_workbook

from app.reports.workbooks import write_workbook

NASTY = [
    "=1+1",
    "+7 905",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    " =1",
    '=HYPERLINK("http://evil","x")',
    "http://e.org",
]


def test_text_that_looks_like_a_formula_stays_text() -> None:
    data = write_workbook("Школы [2026]/1", ["Школа", "Дней"], [[text, 1] for text in NASTY])

    sheet = load_workbook(io.BytesIO(data)).worksheets[0]

    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * len(NASTY)
    assert all(cell.hyperlink is None for cell in cells)
    assert sheet.title == "Школы 20261"


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "x" * 40_000, "", None, 3, 2.5, date(2026, 4, 30), True])
def test_any_value_can_be_written(value: object) -> None:
    data = write_workbook("", ["Что"], [[value]])

    assert load_workbook(io.BytesIO(data)).worksheets[0]["A1"].value == "Что"
