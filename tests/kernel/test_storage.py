"""Keeping uploaded files."""

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from app.kernel.storage import FileMissing, FileTooLarge, Storage, StorageFailed, UnsupportedFile

PDF = b"%PDF-1.7\n" + b"x" * 200_000
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20


def archive(**parts: bytes) -> bytes:
    """Return a zip archive; `__` in a name stands for a slash, `_dot_` for a dot."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return buffer.getvalue()


DOCX = archive(word__document_dot_xml=b"<w/>")
XLSX = archive(xl__workbook_dot_xml=b"<x/>")
ODT = archive(mimetype=b"application/vnd.oasis.opendocument.text")
ODS = archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet")


MACROS = archive(word__document_dot_xml=b"<w/>", word__vbaProject_dot_bin=b"x")
SHEET_MACROS = archive(xl__workbook_dot_xml=b"<x/>", xl__VBAPROJECT_dot_BIN=b"x")


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(folder=tmp_path / "files", max_bytes=1_000_000)


def files_in(storage: Storage) -> list[Path]:
    """Return every file that lies in the storage, finished or not."""
    return [path for path in storage.folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("Отчёт за год.pdf", PDF, "application/pdf"),
        ("ФОТО.JPG", JPEG, "image/jpeg"),
        ("схема.png", PNG, "image/png"),
        ("приказ.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("список.xlsx", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("письмо.odt", ODT, "application/vnd.oasis.opendocument.text"),
        ("таблица.ods", ODS, "application/vnd.oasis.opendocument.spreadsheet"),
        ("заметка.txt", "Привет".encode("cp1251"), "text/plain"),
        ("всё.zip", DOCX, "application/zip"),
    ],
)
def test_a_file_comes_back_as_it_was_sent(storage: Storage, name: str, content: bytes, content_type: str) -> None:
    stored = storage.store(io.BytesIO(content), name=name)

    assert stored.content_type == content_type
    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    with storage.open(stored.file_id) as file:
        assert file.read() == content
    assert storage.path(stored.file_id).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("name", "content"), [("план.docx", MACROS), ("план.xlsx", SHEET_MACROS)])
def test_an_office_file_with_macros_is_refused_in_a_sentence(storage: Storage, name: str, content: bytes) -> None:
    with pytest.raises(UnsupportedFile, match="holds macros"):
        storage.store(io.BytesIO(content), name=name)

    assert files_in(storage) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("virus.exe", b"MZ"),
        ("page.html", b"<script>"),
        ("рисунок.svg", b"<svg/>"),
        ("без окончания", PDF),
        ("", PDF),
        ("отчёт.pdf.exe", PDF),
        ("отчёт.pdf", b"MZ" + PDF),
        ("пусто.pdf", b""),
        ("пусто.txt", b""),
        ("программа.txt", b"\x7fELF\0\0"),
        ("фото.png", JPEG),
        ("приказ.docx", XLSX),
        ("список.xlsx", b"PK\x03\x04 torn"),
        ("письмо.odt", ODS),
        ("макросы.docm", DOCX),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(storage: Storage, name: str, content: bytes) -> None:
    with pytest.raises(UnsupportedFile):
        storage.store(io.BytesIO(content), name=name)

    assert files_in(storage) == []


def test_a_file_may_be_as_large_as_the_settings_say(storage: Storage) -> None:
    largest = PDF.ljust(storage.max_bytes, b"x")

    assert storage.store(io.BytesIO(largest), name="a.pdf").size == storage.max_bytes
    with pytest.raises(FileTooLarge):
        storage.store(io.BytesIO(largest + b"x"), name="a.pdf")
    assert len(files_in(storage)) == 1


@pytest.mark.parametrize("file_id", ["", "../../etc/passwd", "0" * 32, "0" * 31 + "/", "Z" * 32])
def test_only_ids_of_stored_files_open_something(storage: Storage, file_id: str) -> None:
    with pytest.raises(FileMissing):
        storage.open(file_id)


def test_a_disk_that_cannot_be_written_is_an_anticipated_failure(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("not a folder")

    with pytest.raises(StorageFailed):
        Storage(folder=tmp_path / "files", max_bytes=10).store(io.BytesIO(PNG), name="a.png")


def test_a_broken_upload_leaves_nothing(storage: Storage) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionError("the browser went away")

    with pytest.raises(StorageFailed):
        storage.store(Broken(), name="a.pdf")

    assert files_in(storage) == []
