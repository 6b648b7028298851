"""Checks a row of a list of schools by itself, whatever is known elsewhere."""

import re

from app.kernel.i18n import _
from app.programme.cycles.imports.values import Column, Line, Sentence


def problems_of(line: Line, year: int) -> list[Sentence]:
    """Return what is wrong with the row itself, whatever is known elsewhere."""
    found = []
    school = line.cell(Column.SCHOOL)
    if not school:
        found.append(Sentence(_("The name of the school is missing. Write it, or remove the row.")))
    elif school.startswith("#") or line.cell(Column.MUNICIPALITY).startswith("#"):
        found.append(Sentence(_("A formula in this row gives an error. Put the value in its place.")))
    elif not re.search(r"\w", school):
        found.append(Sentence(_("“%(text)s” is not the name of a school. Write the name."), {"text": school}))
    if any(len(text) > 300 for text in line.cells.values()):
        found.append(Sentence(_("A cell is longer than 300 characters. Leave only the name in it.")))
    found.extend(_wrong_year(line.cell(Column.YEAR), year))
    found.extend(_wrong_numbers(line))
    return found


def _wrong_year(text: str, year: int) -> list[Sentence]:
    if not text:
        return []
    years = [int(number) for number in re.findall(r"(?<!\d)\d{4}(?!\d)", text)]
    if year in years:
        return []
    told = {"text": text, "year": year}
    if not years:
        return [Sentence(_("“%(text)s” is not a year. Write %(year)s, or remove the row."), told)]
    return [Sentence(_("The year is %(text)s, but this cycle is of %(year)s. Mend the year, or remove the row."), told)]


def _wrong_numbers(line: Line) -> list[Sentence]:
    found = []
    inn, ogrn = line.cell(Column.INN), line.cell(Column.OGRN)
    if inn and not is_inn(inn):
        found.append(Sentence(_("The INN %(text)s is wrong: check its ten digits."), {"text": inn}))
    if ogrn and not is_ogrn(ogrn):
        found.append(Sentence(_("The OGRN %(text)s is wrong: check its thirteen digits."), {"text": ogrn}))
    return found


def is_inn(text: str) -> bool:
    """Check the control digit of an organisation's INN. A spreadsheet may have eaten the leading zero."""
    digits = text.zfill(10)
    if not re.fullmatch(r"[0-9]{10}", digits):
        return False
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11 % 10 == int(digits[9])


def is_ogrn(text: str) -> bool:
    """Check the control digit of an organisation's OGRN."""
    return bool(re.fullmatch(r"[0-9]{13}", text)) and int(text[:12]) % 11 % 10 == int(text[12])
