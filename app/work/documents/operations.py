"""Changing files and documents."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, BinaryIO, cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.kernel.errors import Conflict
from app.kernel.i18n import _
from app.kernel.rows import savepoint
from app.kernel.storage import Storage
from app.kernel.storage import StoredFile as Stored
from app.work.documents import queries, rules
from app.work.documents.models import Document, DocumentState, DocumentVersion, StoredFile
from app.work.documents.names import display_name
from app.work.history.operations import record
from app.work.people.roles import Actor
from app.work.tasks.models import Task
from app.work.tasks.queries import get_task


class WrittenElsewhere(Conflict):
    """Somebody stored a version of the same document at the same moment."""


@dataclass(frozen=True)
class Upload:
    """A file as a browser sends it.

    Attributes:
        stream: seekable, read from its beginning.
        name: as the browser says, not trusted.
        field: HTML name of the form field that it belongs to; the caller has seen that the form has it.
    """

    stream: IO[bytes]
    name: str
    field: str


@dataclass(frozen=True)
class Brought:
    """An uploaded file that is stored and has no row yet."""

    field: str
    name: str
    stored: Stored


@dataclass(frozen=True)
class Paper:
    """What names a document: there is one of each kind and subject in a case.

    Attributes:
        kind: `concept`, `programme`, `anti_risk_programme`, `package`.
        about: what tells several of a kind apart, the code of a risk; empty otherwise.
    """

    business_key: str
    organisation_id: int
    kind: str
    about: str
    title: str


@dataclass(frozen=True)
class Order:
    """The principal's order that puts a document in force."""

    number: str
    signed_on: date


def attach_file(
    session: Session, *, upload: Upload, task: Task, actor: Actor, now: datetime, storage: Storage
) -> StoredFile:
    """Store an uploaded file for a field of the task's form: `bring_file` and `attach_brought` in one.

    Raises:
        See both.
    """
    brought = bring_file(session, upload=upload, task=task, actor=actor, storage=storage)
    return attach_brought(session, brought=brought, task=task, actor=actor, now=now, storage=storage)


def bring_file(session: Session, *, upload: Upload, task: Task, actor: Actor, storage: Storage) -> Brought:
    """Write an uploaded file to the store. It takes long, so this happens before the unit of work.

    Whoever does not attach it then calls `Storage.remove`.

    Raises:
        NotYourTask, TaskIsOver: see `rules.check_can_change_files`.
        EmptyFile, TooManyFiles, NoRoomLeft: see `rules.check_room`.
        UnsupportedFile, FileTooLarge, StorageFailed: see `kernel.storage`.
    """
    rules.check_can_change_files(task, actor)
    _check_room(session, task, field=upload.field, size=_size(upload.stream))
    name = display_name(upload.name)
    return Brought(upload.field, name, storage.store(cast(BinaryIO, upload.stream), name=name))


def attach_brought(
    session: Session, *, brought: Brought, task: Task, actor: Actor, now: datetime, storage: Storage
) -> StoredFile:
    """Attach a stored file to its field of the task's form. The same file again is the file that is there.

    Raises:
        NotYourTask, TaskIsOver: see `rules.check_can_change_files`.
        TooManyFiles, NoRoomLeft: see `rules.check_room`.
    """
    rules.check_can_change_files(task, actor)
    stored, name = brought.stored, brought.name
    _check_room(session, task, field=brought.field, size=stored.size)
    beside = queries.files_of_task(session, task_id=task.id, field=brought.field)
    same = next((file for file in beside if (file.sha256, file.name) == (stored.sha256, name)), None)
    if same is not None:
        storage.remove(stored.file_id)
        return same
    file = StoredFile(
        storage_id=stored.file_id,
        sha256=stored.sha256,
        size=stored.size,
        name=name,
        media_type=stored.content_type,
        business_key=task.business_key,
        organisation_id=task.organisation_id,
        task_id=task.id,
        field=brought.field,
        uploaded_by_id=actor.person_id,
        uploaded_at=now,
    )
    session.add(file)
    session.flush()
    _record_file(session, file, "file.attached", actor, now)
    return file


def sweep_files(session: Session, *, storage: Storage) -> int:
    """Delete stored files that no row knows of, a day after they were written; return how many."""
    strays = storage.strays(queries.storage_ids(session))
    for file_id in strays:
        storage.remove(file_id)
    return len(strays)


def _check_room(session: Session, task: Task, *, field: str, size: int) -> None:
    rules.check_room(
        size=size,
        in_field=len(queries.files_of_task(session, task_id=task.id, field=field)),
        in_case=queries.bytes_of_case(session, business_key=task.business_key),
    )


def _size(stream: IO[bytes]) -> int:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    return size


def remove_file(session: Session, *, file_id: int, actor: Actor, now: datetime) -> StoredFile:
    """Take a file off the task that it was attached to. Its row stays, so that the history can name it.

    Raises:
        FileNotFound: there is none.
        NotYourTask, TaskIsOver: see `rules.check_can_change_files`.
    """
    file = queries.get_file(session, file_id)
    if file.task_id is None:
        raise queries.FileNotFound(_("There is no such file."))
    rules.check_can_change_files(get_task(session, file.task_id), actor)
    file.removed_at = now
    session.flush()
    _record_file(session, file, "file.removed", actor, now)
    return file


def _record_file(session: Session, file: StoredFile, action: str, actor: Actor, now: datetime) -> None:
    record(
        session,
        at=now,
        person_id=actor.person_id,
        action=action,
        subject=("stored_file", file.id),
        business_key=file.business_key,
        name=file.name,
        field=file.field,
        task_id=file.task_id,
    )


def write_document(
    session: Session, *, paper: Paper, content: Mapping[str, Any], actor_id: int | None, now: datetime
) -> DocumentVersion:
    """Store the content as the next version, or return the latest one when nothing changed.

    Args:
        session: the caller's session.
        paper: which document; the first version makes it.
        content: JSON, section key to text or rows.
        actor_id: who wrote; None for the program.
        now: when.

    Raises:
        DocumentNotWritable: somebody is deciding about it.
        WrittenElsewhere: two wrote at once.
    """
    document = queries.find_document(
        session, business_key=paper.business_key, kind=paper.kind, about=paper.about
    ) or _new_document(session, paper, now)
    written = queries.versions(session, document_id=document.id)
    if written and written[0].content == dict(content):
        return written[0]
    rules.check_can_write(document.state)
    document.title = paper.title
    version = DocumentVersion(
        document_id=document.id,
        number=written[0].number + 1 if written else 1,
        content=dict(content),
        created_at=now,
        created_by_id=actor_id,
    )
    try:
        with savepoint(session):
            session.add(version)
    except IntegrityError:
        raise WrittenElsewhere(_("Somebody has just stored another version. Look at it first.")) from None
    session.expire(document, ["versions"])
    _record_document(session, document, "document.written", actor_id, now, number=version.number)
    return version


def _new_document(session: Session, paper: Paper, now: datetime) -> Document:
    document = Document(
        business_key=paper.business_key,
        organisation_id=paper.organisation_id,
        kind=paper.kind,
        about=paper.about,
        title=paper.title,
        state=DocumentState.DRAFT,
        created_at=now,
    )
    session.add(document)
    session.flush()
    return document


def set_state(
    session: Session, *, document: Document, state: DocumentState, actor_id: int | None, now: datetime
) -> Document:
    """Move the document along one of the ways of `rules.TRANSITIONS`.

    Raises:
        DocumentNotThere: there is no way from where it is.
    """
    rules.check_can_move(document.state, state)
    before, document.state = document.state, state
    session.flush()
    _record_document(session, document, f"document.{state.value}", actor_id, now, before=before.value)
    return document


def approve(session: Session, *, document: Document, order: Order, actor_id: int | None, now: datetime) -> Document:
    """Put an agreed document in force by an order.

    Raises:
        DocumentNotThere: it is not agreed.
    """
    rules.check_can_move(document.state, DocumentState.APPROVED)
    document.order_number, document.order_on = order.number, order.signed_on
    return set_state(session, document=document, state=DocumentState.APPROVED, actor_id=actor_id, now=now)


def publish(session: Session, *, document: Document, actor_id: int | None, now: datetime) -> Document:
    """Show a document in force on the school's public page.

    Raises:
        DocumentNotThere: it is not in force.
    """
    rules.check_can_move(document.state, DocumentState.PUBLISHED)
    document.published_at = now
    return set_state(session, document=document, state=DocumentState.PUBLISHED, actor_id=actor_id, now=now)


def _record_document(
    session: Session, document: Document, action: str, actor_id: int | None, now: datetime, **detail: object
) -> None:
    record(
        session,
        at=now,
        person_id=actor_id,
        action=action,
        subject=("document", document.id),
        business_key=document.business_key,
        title=document.title,
        kind=document.kind,
        **detail,
    )
