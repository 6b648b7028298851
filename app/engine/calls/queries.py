"""Reads calls. Nothing here changes anything."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.engine.calls.models import CallState, ServiceCall
from app.kernel.tables import Instant


def _is_tried() -> ColumnElement[bool]:
    return (ServiceCall.state == CallState.WAITING) & (ServiceCall.attempts < ServiceCall.max_attempts)


def get_call(session: Session, *, call_id: int) -> ServiceCall | None:
    """Return the call as it is stored now; None when there is no such row."""
    return session.get(ServiceCall, call_id, populate_existing=True)


def calls_of(session: Session, *, instance_id: int) -> Sequence[ServiceCall]:
    """Return every call of an instance, in the order in which they were started."""
    return session.scalars(
        select(ServiceCall).where(ServiceCall.instance_id == instance_id).order_by(ServiceCall.id)
    ).all()


def find_call(session: Session, *, instance_id: int, task_ref: str) -> ServiceCall | None:
    """Return the call of one service task as it is stored now, or None where the task made none."""
    mine = (ServiceCall.instance_id == instance_id, ServiceCall.task_ref == task_ref)
    return session.scalars(select(ServiceCall).where(*mine), execution_options={"populate_existing": True}).first()


def next_attempt_at(session: Session, *, without: Collection[str] = ()) -> datetime | None:
    """Return when the next call is tried, also if that has passed; `without` are operations that do not count."""
    wanted = select(func.min(ServiceCall.next_attempt_at, type_=Instant()))
    return session.scalar(wanted.where(_is_tried(), ServiceCall.operation.not_in(without)))


def spent_calls(session: Session, *, now: datetime) -> Sequence[ServiceCall]:
    """Return the calls whose last attempt was begun and never answered: whoever tried it has died."""
    spent = (ServiceCall.state == CallState.WAITING, ServiceCall.attempts >= ServiceCall.max_attempts)
    lost = (ServiceCall.leased_until.is_not(None), ServiceCall.leased_until <= now)
    return session.scalars(select(ServiceCall).where(*spent, *lost).order_by(ServiceCall.id)).all()


def overdue_calls(session: Session, *, before: datetime) -> Sequence[ServiceCall]:
    """Return the calls that were due before an instant and that nobody was trying then."""
    free = ServiceCall.leased_until.is_(None) | (ServiceCall.leased_until < before)
    late = (_is_tried(), ServiceCall.next_attempt_at < before, free)
    return session.scalars(select(ServiceCall).where(*late).order_by(ServiceCall.id)).all()
