"""Reading lists of schools as people make them."""

import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook

from app.programme.cycles.imports.headings import column_of
from app.programme.cycles.imports.reading import read_list
from app.programme.cycles.imports.spreadsheets import MAX_BYTES, MAX_UNPACKED_BYTES, clean
from app.programme.cycles.imports.values import Column, NotAList, SchoolList

CSV = "Муниципалитет;Школа;Год\nГородищенский район;МБОУ СОШ № 1;2026\nг. Волжский;МБОУ СОШ № 5;2026\n"


def xlsx(*rows: tuple[Any, ...], title: str = "Список", merge: str = "") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def schools(school_list: SchoolList) -> list[str]:
    return [line.cell(Column.SCHOOL) for line in school_list.lines]


def places(school_list: SchoolList) -> list[str]:
    return [line.cell(Column.MUNICIPALITY) for line in school_list.lines]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Наименование ОО", Column.SCHOOL),
        ("Школа", Column.SCHOOL),
        ("Полное наименование общеобразовательной организации", Column.SCHOOL),
        ("Муниципальное общеобразовательное учреждение", Column.SCHOOL),
        ("ОУ", Column.SCHOOL),
        ("Муниципалитет", Column.MUNICIPALITY),
        ("Муниципальный район / городской округ", Column.MUNICIPALITY),
        ("Район", Column.MUNICIPALITY),
        ("МО", Column.MUNICIPALITY),
        ("Ф.И.О. директора школы", Column.PRINCIPAL),
        ("Куратор школы", Column.CURATOR),
        ("Куратор (ФИО, должность)", Column.CURATOR),
        ("Телефон куратора", None),
        ("Год участия", Column.YEAR),
        ("ИНН", Column.INN),
        ("№ п/п", None),
        ("Телефон школы", None),
        ("Адрес ОО", None),
        ("", None),
        ("МБОУ СОШ № 12", None),
    ],
)
def test_a_heading_is_understood_in_many_wordings(heading: str, column: Column | None) -> None:
    assert column_of(heading) == column


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_csv_is_read_in_every_usual_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    read = read_list(CSV.replace(";", delimiter).encode(encoding))

    assert schools(read) == ["МБОУ СОШ № 1", "МБОУ СОШ № 5"]
    assert places(read) == ["Городищенский район", "г. Волжский"]


def test_a_workbook_with_letterhead_sections_totals_and_notes_is_read() -> None:
    read = read_list(
        xlsx(
            ("Приложение № 1 к приказу от 12.01.2026 № 14",),
            ("СПИСОК школ – участников проекта в 2026 году",),
            (),
            ("№ п/п", "Директор", "Наименование ОО", None, "Год"),
            (1, 2, 3, 4, 5),
            ("Городищенский муниципальный район", None, None, None, None),
            (1, "Иванова Мария Петровна", "МБОУ «Ерзовская СШ»", None, 2026.0),
            (2, None, "МБОУ\u00a0СОШ\n№ 3", None, "2026"),
            (None,),
            ("г. Волжский", None, None, None, None),
            (3, None, "МБОУ СОШ № 5", None, 2026),
            ("Итого", None, 3),
            ("Исполнитель: Сидорова, тел. 33-44-55",),
        )
    )

    assert schools(read) == ["МБОУ «Ерзовская СШ»", "МБОУ СОШ № 3", "МБОУ СОШ № 5"]
    assert places(read) == ["Городищенский муниципальный район"] * 2 + ["г. Волжский"]
    assert [line.row for line in read.lines] == [7, 8, 11]
    assert [line.cell(Column.YEAR) for line in read.lines] == ["2026"] * 3
    assert [(passed.row, passed.why.message) for passed in read.passed] == [
        (5, "numbers of the columns"),
        (6, "the name of a municipality"),
        (10, "the name of a municipality"),
        (12, "a total"),
        (13, "a note"),
    ]


def test_merged_cells_of_a_municipality_count_for_every_row_beside_them() -> None:
    read = read_list(
        xlsx(
            ("Район", "Школа"),
            ("Городищенский район", "СОШ № 1"),
            (None, "СОШ № 2"),
            ("Дубовский район", "СОШ № 1"),
            merge="A2:A3",
        )
    )

    assert places(read) == ["Городищенский район", "Городищенский район", "Дубовский район"]
    assert [line.inherited for line in read.lines] == [False, True, False]


def test_headings_in_two_rows_are_read_as_one() -> None:
    read = read_list(
        xlsx(
            ("Муниципалитет", "Образовательная организация", None, "Сопровождение"),
            (None, "Полное наименование", "Директор", "Куратор"),
            ("Дубовский район", "СОШ № 1", "Иванова М. П.", "Петрова Е. В."),
        )
    )

    assert schools(read) == ["СОШ № 1"]
    assert read.lines[0].cell(Column.CURATOR) == "Петрова Е. В."
    assert read.lines[0].cell(Column.PRINCIPAL) == "Иванова М. П."


def test_a_sheet_for_each_municipality_is_read_and_hidden_ones_are_named() -> None:
    book = Workbook()
    for title, school in (("Дубовский район", "СОШ № 1"), ("Городищенский район", "СОШ № 2"), ("Черновик", "СОШ № 9")):
        sheet = book.create_sheet(title)
        sheet.append(("Школа", "Директор"))
        sheet.append((school, "Иванова М. П."))
    book["Черновик"].sheet_state = "hidden"
    del book["Sheet"]
    stream = io.BytesIO()
    book.save(stream)

    read = read_list(stream.getvalue())

    assert [(line.sheet, line.cell(Column.MUNICIPALITY)) for line in read.lines] == [
        ("Дубовский район", "Дубовский район"),
        ("Городищенский район", "Городищенский район"),
    ]
    assert [str(note) for note in read.notes] == ["The hidden sheet “Черновик” was not read."]


def test_a_formula_is_never_computed() -> None:
    read = read_list('Школа;Муниципалитет\n=HYPERLINK("http://evil");Дубовский район\n'.encode())

    assert schools(read) == ['=HYPERLINK("http://evil")']


def test_a_list_survives_the_way_through_a_page() -> None:
    read = read_list(CSV.encode())

    assert SchoolList.from_json(read.to_json()).lines == read.lines


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (MAX_UNPACKED_BYTES + 1))
    return stream.getvalue()


def with_entities() -> bytes:
    """Return a workbook whose sheet declares entities that blow up."""
    source = zipfile.ZipFile(io.BytesIO(xlsx(("Школа", "Район"), ("СОШ № 1", "Дубовский район"))))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in source.namelist():
            text = source.read(name)
            if name.endswith("sheet1.xml"):
                text = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet/>'
            archive.writestr(name, text)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b" " * (MAX_BYTES + 1), "larger than 5 MB", id="too large"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, r"old Excel \(.xls\)", id="xls"),
        pytest.param(b"PK\x03\x04 cut off", "damaged", id="cut off"),
        pytest.param(bomb(), "too big when unpacked", id="zip bomb"),
        pytest.param(with_entities(), "damaged", id="entities"),
        pytest.param(b"%PDF-1.7 ...", "not a spreadsheet", id="pdf"),
        pytest.param(b"<html><table>", "not a spreadsheet", id="html that calls itself xls"),
        pytest.param("школа\0".encode(), "not a spreadsheet", id="NUL"),
        pytest.param("Школа;Район\n".encode(), "no school below", id="headings only"),
        pytest.param("СОШ № 1;Дубовский район\n".encode(), "headings were not found", id="no headings"),
        pytest.param("Школа\n".encode() + "СОШ\n".encode() * 5001, "more than 5000 rows", id="too many rows"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "not a spreadsheet", id="png"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(NotAList, match=says):
        read_list(data)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (2026.0, "2026"),
        (" МБОУ\u200b СОШ \u202e№ 1 ", "МБОУ СОШ № 1"),
        ("a\tb\r\nc", "a b c"),
        ("и\u0306", "й"),
    ],
)
def test_a_cell_is_cleaned_of_what_people_do_not_see(value: object, text: str) -> None:
    assert clean(value) == text
