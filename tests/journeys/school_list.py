"""A list of schools as it lies on the desk of a regional coordinator."""

from io import BytesIO

from openpyxl import Workbook

from tests.journeys.visitor import File


def the_list() -> File:
    """Return a list of schools as a region has it: a title, merged cells, slips, a year that cannot be."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Список школ – участниц проекта «500+» в 2027 году"])
    sheet.merge_cells("A1:D1")
    sheet.append([])
    sheet.append(["№", "Муниципальное образование", "Наименование ОО", "Год участия", "ФИО куратора"])
    rows = (
        (1, "Озёрский район", "МБОУ «СОШ № 1 с. Озёрное»", 2027, "Петрова Елена Викторовна"),
        (2, None, "МБОУ СОШ №2 п.Заречный", 2027, None),
        (3, "Лесной район", "МКОУ «Боровская ООШ»", 3031, None),
        (4, "Лесной район", "МКОУ «Сосновская СОШ»", 2027, None),
    )
    for row in rows:
        sheet.append(list(row))
    sheet.merge_cells("B4:B5")
    sheet.append([None, "Итого", 4])
    stream = BytesIO()
    book.save(stream)
    return File("Список школ.xlsx", stream.getvalue())
