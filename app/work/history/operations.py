"""Writing history."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.kernel.rows import add_row
from app.work.history.models import Entry


def record(
    session: Session,
    *,
    at: datetime,
    person_id: int | None,
    action: str,
    subject: tuple[str, int],
    business_key: str = "",
    **detail: object,
) -> None:
    """Add one line to the history, in the same transaction as the change it tells of.

    Args:
        session: the caller's session.
        at: when it happened, aware, in UTC.
        person_id: who did it; None for the engine.
        action: room and past participle, `task.claimed`.
        subject: table and id of what it was done to.
        business_key: the case or cycle it belongs to.
        detail: JSON values a reader of the history needs and the subject no longer shows.
    """
    kind, id_ = subject
    add_row(
        session,
        Entry,
        at=at,
        person_id=person_id,
        action=action,
        subject_kind=kind,
        subject_id=id_,
        business_key=business_key,
        detail=detail,
    )
