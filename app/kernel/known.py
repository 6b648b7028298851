"""What a transaction has read and can rely on until it ends: rows that it has locked, or where the row decides."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

_KNOWN = "known"


def known(session: Session, kind: str) -> dict[Any, Any]:
    """Return what is known of one kind of thing, by whatever names it; a rollback, also to a savepoint, forgets all."""
    found: dict[Any, Any] = session.info.setdefault(_KNOWN, {}).setdefault(kind, {})
    return found


@event.listens_for(Session, "after_transaction_end")
def _after_end(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(_KNOWN, None)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, _previous: SessionTransaction) -> None:
    session.info.pop(_KNOWN, None)
