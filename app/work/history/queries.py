"""Reading history. Sentences are made at the door, in the reader's language; nothing here changes anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.kernel.rows import write_rows_of
from app.kernel.statements import Statement
from app.work.history.models import Entry

PAGE = 50


def entries(session: Session, *, business_key: str, limit: int | None = PAGE, after: int = 0) -> Sequence[Entry]:
    """Return what happened in a case or cycle, in order: the first `limit` entries, or all, after the entry `after`."""
    wanted = select(Entry).where(Entry.business_key == business_key, Entry.id > after).order_by(Entry.id)
    return session.scalars(wanted.limit(limit)).all()


def latest_entries(
    session: Session, *, business_key: str, limit: int = PAGE, before: int | None = None
) -> Sequence[Entry]:
    """Return what happened last in a case or cycle, the newest first; `before` is the id where the last page ended."""
    wanted = select(Entry).where(Entry.business_key == business_key).order_by(Entry.id.desc()).limit(limit)
    return session.scalars(wanted if before is None else wanted.where(Entry.id < before)).all()


def entries_about(session: Session, *, subject: tuple[str, int], limit: int | None = None) -> Sequence[Entry]:
    """Return what happened to one thing, table and id, in order."""
    kind, id_ = subject
    wanted = select(Entry).where(Entry.subject_kind == kind, Entry.subject_id == id_).order_by(Entry.id)
    return session.scalars(wanted.limit(limit)).all()


@dataclass(frozen=True)
class Told:
    """What a sentence says of an entry; `Entry` explains the fields."""

    at: datetime
    person_id: int | None
    action: str
    detail: Mapping[str, Any]


_entry: Any = Entry.__table__.c
_ABOUT = Statement(
    select(_entry.at, _entry.person_id, _entry.action, _entry.detail)
    .where(_entry.subject_kind == bindparam("kind"), _entry.subject_id == bindparam("number"))
    .order_by(_entry.id)
)


def told_about(session: Session, *, subject: tuple[str, int]) -> list[Told]:
    """Return the entries of `entries_about` to be told, read past the ORM."""
    write_rows_of(session, Entry)
    kind, number = subject
    return [Told(*row) for row in _ABOUT.all(session, kind=kind, number=number)]
