"""Reading files and documents. Nothing here changes anything."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, selectinload

from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.kernel.statements import Statement
from app.work.documents.diff import SectionDiff, diff_sections
from app.work.documents.models import Document, DocumentVersion, StoredFile
from app.work.documents.rules import reference
from app.work.people import queries as people
from app.work.people.roles import Actor
from app.work.tasks.models import Task


class FileNotFound(NotFound):
    """There is no such file, or none that this person may see."""


class DocumentNotFound(NotFound):
    """There is no such document."""


def get_file(session: Session, file_id: int) -> StoredFile:
    """Return the file.

    Raises:
        FileNotFound: there is none with this id, or it was removed.
    """
    file = session.get(StoredFile, file_id)
    if file is None or file.removed_at is not None:
        raise FileNotFound(_("There is no such file."))
    return file


def visible_file(session: Session, *, file_id: int, actor: Actor) -> StoredFile:
    """Return the file if the actor may see it.

    A file is seen by whoever looks after one of the organisations that the case goes through, or holds the mandate
    that its task was for.

    Raises:
        FileNotFound: there is none, or it is of somebody else; a stranger cannot tell which.
    """
    file = get_file(session, file_id)
    task = session.get(Task, file.task_id) if file.task_id is not None else None
    if task is not None and task.candidates in actor.mandates:
        return file
    passed_through = set(
        session.scalars(select(Task.organisation_id).where(Task.business_key == file.business_key).distinct())
    )
    territory = people.territory(session, actor=actor, supervised_only=True)
    if not territory & {file.organisation_id, *passed_through}:
        raise FileNotFound(_("There is no such file."))
    return file


def files_of_task(session: Session, *, task_id: int, field: str | None = None) -> Sequence[StoredFile]:
    """Return the files attached to a task, or to one field of its form, the oldest first."""
    wanted = select(StoredFile).where(StoredFile.task_id == task_id, StoredFile.removed_at.is_(None))
    if field is not None:
        wanted = wanted.where(StoredFile.field == field)
    return session.scalars(wanted.order_by(StoredFile.id)).all()


def references_of_task(session: Session, *, task_id: int) -> dict[str, list[dict[str, object]]]:
    """Return how answers refer to the files of a task, by field: what `forms.validate` and `field_views` take."""
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    for file in _REFERENCES.all(session, task_id=task_id):
        found[file.field].append(reference(file))
    return dict(found)


_file: Any = StoredFile.__table__.c
_REFERENCES = Statement(
    select(_file.id, _file.name, _file.size, _file.field)
    .where(_file.task_id == bindparam("task_id"), _file.removed_at.is_(None))
    .order_by(_file.id)
)


def files_of_case(session: Session, *, business_key: str) -> Sequence[StoredFile]:
    """Return every file of a case, the newest first."""
    return session.scalars(
        select(StoredFile)
        .where(StoredFile.business_key == business_key, StoredFile.removed_at.is_(None))
        .order_by(StoredFile.id.desc())
    ).all()


def storage_ids(session: Session) -> frozenset[str]:
    """Return under which ids files are stored, those that were removed from their task too."""
    return frozenset(session.scalars(select(StoredFile.storage_id)))


def bytes_of_case(session: Session, *, business_key: str) -> int:
    """Return how much the files of a case take."""
    taken = session.scalar(
        select(func.sum(StoredFile.size)).where(
            StoredFile.business_key == business_key, StoredFile.removed_at.is_(None)
        )
    )
    return int(taken or 0)


def documents_of(session: Session, *, business_key: str) -> Sequence[Document]:
    """Return the documents of a case with their versions, in the order in which they came to be."""
    return session.scalars(
        select(Document)
        .where(Document.business_key == business_key)
        .options(selectinload(Document.versions))
        .order_by(Document.id)
    ).all()


@dataclass(frozen=True)
class Titled:
    """A document where only its name is shown."""

    id: int
    title: str


_paper: Any = Document.__table__.c
_TITLES = Statement(
    select(_paper.id, _paper.title).where(_paper.business_key == bindparam("business_key")).order_by(_paper.id)
)


def titles_of(session: Session, *, business_key: str) -> list[Titled]:
    """Return the names of the documents of a case, in the order in which they came to be."""
    return [Titled(*row) for row in _TITLES.all(session, business_key=business_key)]


def find_document(session: Session, *, business_key: str, kind: str, about: str = "") -> Document | None:
    """Return the document of a case; None before its first version."""
    return session.scalar(
        select(Document).where(Document.business_key == business_key, Document.kind == kind, Document.about == about)
    )


def get_document(session: Session, document_id: int) -> Document:
    """Return the document.

    Raises:
        DocumentNotFound: there is none with this id.
    """
    document = session.get(Document, document_id)
    if document is None:
        raise DocumentNotFound(_("There is no such document."))
    return document


def versions(session: Session, *, document_id: int) -> Sequence[DocumentVersion]:
    """Return the versions of a document, the newest first."""
    return session.scalars(
        select(DocumentVersion)
        .where(DocumentVersion.document_id == document_id)
        .order_by(DocumentVersion.number.desc())
    ).all()


def diff(before: DocumentVersion, after: DocumentVersion) -> tuple[SectionDiff, ...]:
    """Return what changed between two versions, section by section."""
    return diff_sections(before.content, after.content)
