"""Keeps uploaded files in one folder, each under an id of ours; what people called them is a column."""

import hashlib
import os
import secrets
import time
import zipfile
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from app.kernel.errors import Invalid, NotFound, Unavailable
from app.kernel.i18n import _
from app.kernel.settings import Settings

PIECE = 64 * 1024
# A file without a row may belong to a request that is still being answered; after a day it does not.
STRAY_AFTER = timedelta(days=1)
_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
# Ending → content type; what is inside must agree, see `recognise`.
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "docx": f"{_OOXML}wordprocessingml.document",
    "xlsx": f"{_OOXML}spreadsheetml.sheet",
    "odt": f"{_ODF}text",
    "ods": f"{_ODF}spreadsheet",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "txt": "text/plain",
    "zip": "application/zip",
}
MAGIC = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
ZIP_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}


class UnsupportedFile(Invalid):
    """The file is of a kind that we do not keep, or is not what its name says."""


class FileTooLarge(Invalid):
    """The file is larger than the settings allow."""


class FileMissing(NotFound):
    """No file is stored under this id."""


class StorageFailed(Unavailable):
    """The file could not be written: the disk is full or may not be written to."""


@dataclass(frozen=True)
class StoredFile:
    """What was stored.

    Attributes:
        file_id: 32 hexadecimal digits, the name it lies under.
        sha256: hexadecimal.
    """

    file_id: str
    size: int
    sha256: str
    content_type: str


@dataclass(frozen=True)
class Storage:
    """The folder of files.

    Attributes:
        folder: `data_dir / "files"`.
        max_bytes: the largest file that is taken.
    """

    folder: Path
    max_bytes: int

    def store(self, stream: BinaryIO, *, name: str) -> StoredFile:
        """Write the stream durably and return under which id; half a file never gets an id.

        Raises:
            UnsupportedFile: the ending is not allowed, or the content does not agree with it.
            FileTooLarge: more than `max_bytes`.
            StorageFailed: the disk did not take it.
        """
        file_id = secrets.token_hex(16)
        place = self._place(file_id)
        draft = place.with_suffix(".part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            size, digest = self._write(stream, draft)
            content_type = recognise(draft, name=name)
            draft.replace(place)
            _sync_folder(place.parent)
        except OSError as failure:
            raise StorageFailed(_("The file could not be stored. Try again later.")) from failure
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        return StoredFile(file_id=file_id, size=size, sha256=digest, content_type=content_type)

    def path(self, file_id: str) -> Path:
        """Return where the file lies.

        Raises:
            FileMissing: there is none.
        """
        if len(file_id) != 32 or not set(file_id) <= set("0123456789abcdef"):
            raise FileMissing(_("There is no such file."))
        place = self._place(file_id)
        if not place.is_file():
            raise FileMissing(_("There is no such file."))
        return place

    def open(self, file_id: str) -> BinaryIO:
        """Open the file for reading.

        Raises:
            FileMissing: there is none.
        """
        return self.path(file_id).open("rb")

    def remove(self, file_id: str) -> None:
        """Delete the file; none there is fine."""
        with suppress(FileMissing, OSError):
            self.path(file_id).unlink(missing_ok=True)

    def strays(self, known: Collection[str]) -> list[str]:
        """Return the ids of files that lie here for more than a day and are not among the `known`.

        Age is that of the machine: the demo's clock moves, files do not age with it.
        """
        before = time.time() - STRAY_AFTER.total_seconds()
        found = []
        for place in self.folder.glob("??/" + "?" * 32):
            with suppress(OSError):
                if place.name not in known and place.stat().st_mtime < before:
                    found.append(place.name)
        return sorted(found)

    def _place(self, file_id: str) -> Path:
        return self.folder / file_id[:2] / file_id

    def _write(self, stream: BinaryIO, draft: Path) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            while piece := stream.read(PIECE):
                size += len(piece)
                if size > self.max_bytes:
                    raise FileTooLarge(
                        _("The file is larger than %(limit)s MB. Make it smaller or split it."),
                        limit=self.max_bytes // (1024 * 1024),
                    )
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        return size, digest.hexdigest()


def storage_of(settings: Settings) -> Storage:
    """Return the folder of files that the settings name."""
    return Storage(folder=settings.data_dir / "files", max_bytes=settings.max_upload_bytes)


def recognise(path: Path, *, name: str) -> str:
    """Return the content type of a file that somebody called `name`.

    Raises:
        UnsupportedFile: we do not keep such files, or the content is something else.
    """
    ending = name.rpartition(".")[2].strip().lower() if "." in name else ""
    content_type = CONTENT_TYPES.get(ending)
    if content_type is None:
        raise UnsupportedFile(
            _("Files of this kind are not accepted. Accepted are: %(kinds)s."), kinds=", ".join(CONTENT_TYPES)
        )
    if not _agrees(path, ending, content_type):
        raise UnsupportedFile(_("The file is not a readable %(kind)s file."), kind=ending.upper())
    return content_type


def _agrees(path: Path, ending: str, content_type: str) -> bool:
    with path.open("rb") as file:
        start = file.read(PIECE)
    if content_type in MAGIC:
        return start.startswith(MAGIC[content_type])
    if ending == "txt":
        return bool(start) and b"\0" not in start
    return start.startswith(b"PK") and _zip_agrees(path, ending, content_type)


def _zip_agrees(path: Path, ending: str, content_type: str) -> bool:
    """Look into the archive without unpacking anything but a type name of at most 100 bytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if ending in ZIP_PARTS:
                _refuse_macros(names)
                return ZIP_PARTS[ending] in names
            if ending in {"odt", "ods"}:
                with archive.open("mimetype") as kind:
                    return kind.read(100).decode("ascii", "replace") == content_type
            return bool(names)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, ValueError):
        return False


def _refuse_macros(names: set[str]) -> None:
    """Refuse an office file that carries a program, whatever its ending says."""
    if any(name.replace("\\", "/").rpartition("/")[2].lower() == "vbaproject.bin" for name in names):
        raise UnsupportedFile(_("The file holds macros. Save it without them and attach it again."))


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
