"""Opens a spreadsheet from outside as plain text. Limits are measured before anything is unpacked."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime

from openpyxl import load_workbook
from openpyxl.workbook.workbook import Workbook

from app.kernel.i18n import _
from app.programme.cycles.imports.values import NotAList, Sentence, Sheet

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED_BYTES = 60 * 1024 * 1024
MAX_MEMBERS = 1000
MAX_SHEETS = 60
MAX_ROWS = 5000
MAX_SCANNED_ROWS = 20_000
MAX_COLUMNS = 60
MAX_CELL = 500

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_DELIMITERS = ";,\t|"


def open_spreadsheet(data: bytes) -> tuple[list[Sheet], list[Sentence]]:
    """Return the visible sheets of an XLSX or CSV file as text, and notes about what was not read.

    What the file is, its content decides, not its name.

    Raises:
        NotAList: it is too big, not a spreadsheet, or of a kind that we do not read.
    """
    if not data:
        raise NotAList(_("The file is empty. Choose the file with the list of schools."))
    if len(data) > MAX_BYTES:
        raise NotAList(_("The file is larger than %(limit)s MB. Leave only the list of schools in it."), limit=5)
    if data.startswith(_OLE):
        raise NotAList(
            _(
                "This is a file of an old Excel (.xls) or one with a password."
                " Open it, remove the password and save it as “Excel Workbook (.xlsx)”."
            )
        )
    if data.startswith(b"PK"):
        return _open_xlsx(data)
    return _open_csv(data), []


def clean(value: object) -> str:
    """Return a cell as a person would read it: one line, no invisible characters, whole numbers without a tail."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime | date):
        value = value.strftime("%d.%m.%Y")
    text = _INVISIBLE.sub("", unicodedata.normalize("NFC", str(value)))
    printable = "".join(" " if unicodedata.category(char) in {"Cc", "Zs", "Zl", "Zp"} else char for char in text)
    return " ".join("".join(char for char in printable if unicodedata.category(char) != "Cs").split())


def _open_xlsx(data: bytes) -> tuple[list[Sheet], list[Sentence]]:
    _check_archive(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as failure:
        raise NotAList(_UNREADABLE) from failure
    try:
        return _sheets_of(book)
    except NotAList:
        raise
    except Exception as failure:
        raise NotAList(_UNREADABLE) from failure
    finally:
        book.close()


_UNREADABLE = _("The file is damaged: it cannot be read as a spreadsheet. Open it in Excel and save it again as .xlsx.")


def _check_archive(data: bytes) -> None:
    """Refuse what would unpack into too much, and XML that declares entities, before openpyxl sees it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
                raise NotAList(
                    _("The spreadsheet is too big when unpacked. Leave only the sheet with the list of schools.")
                )
            if not any(member.filename == "xl/workbook.xml" for member in members):
                raise NotAList(_("This is not an Excel workbook. Save the list as .xlsx or .csv and upload it again."))
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    _check_member(archive, member)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as failure:
        raise NotAList(_UNREADABLE) from failure


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as stream:
        head = stream.read(4096)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head or b"\x00" in head:
        raise NotAList(_UNREADABLE)


def _sheets_of(book: Workbook) -> tuple[list[Sheet], list[Sentence]]:
    if len(book.worksheets) > MAX_SHEETS:
        raise NotAList(_("The workbook has more than %(limit)s sheets."), limit=MAX_SHEETS)
    sheets, notes = [], []
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            notes.append(Sentence(_("The hidden sheet “%(sheet)s” was not read."), {"sheet": clean(sheet.title)}))
            continue
        rows = sheet.iter_rows(max_row=MAX_SCANNED_ROWS, max_col=MAX_COLUMNS, values_only=True)
        sheets.append(Sheet(clean(sheet.title), _texts(rows)))
    return sheets, notes


def _texts(rows: Iterable[Iterable[object]]) -> tuple[tuple[str, ...], ...]:
    """Return the rows as text, without the empty ones at the end."""
    texts: list[tuple[str, ...]] = []
    filled = 0
    for row in rows:
        cells = tuple(clean(value) for value in row)[:MAX_COLUMNS]
        texts.append(cells)
        if any(cells):
            filled = len(texts)
        if filled > MAX_ROWS:
            raise NotAList(
                _("The list has more than %(limit)s rows. Split it or remove what is below it."), limit=MAX_ROWS
            )
    return tuple(texts[:filled])


def _open_csv(data: bytes) -> list[Sheet]:
    text = _decode(data)
    if "\x00" in text or text.lstrip()[:1] in {"<", "{"} or text.startswith(("%PDF", "\x89PNG")):
        raise NotAList(_("This is not a spreadsheet. Save the list as .xlsx or .csv and upload it again."))
    tables = [_parse_csv(text, delimiter) for delimiter in _DELIMITERS]
    return [Sheet("", max(tables, key=_columns_that_hold))]


def _decode(data: bytes) -> str:
    """Decode as UTF-8 with or without a mark, UTF-16 with one, else as Windows-1251, in which Excel writes CSV."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        attempts: tuple[str, ...] = ("utf-16",)
    else:
        attempts = ("utf-8-sig", "cp1251")
    for encoding in attempts:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotAList(_("The letters of the file cannot be read. Save it as “CSV UTF-8” or as .xlsx."))


def _parse_csv(text: str, delimiter: str) -> tuple[tuple[str, ...], ...]:
    limit: Callable[[int], int] = csv.field_size_limit
    limit(MAX_BYTES)
    try:
        return _texts(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as failure:
        raise NotAList(_UNREADABLE) from failure


def _columns_that_hold(rows: tuple[tuple[str, ...], ...]) -> float:
    """Rate a way of splitting: how many cells a row has on average where more than one is filled."""
    counts = [sum(1 for cell in row if cell) for row in rows[:200]]
    return sum(count for count in counts if count > 1) / max(1, len(counts))
