"""Reading history. Sentences are made at the door, in the reader's language; nothing here changes anything."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

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
