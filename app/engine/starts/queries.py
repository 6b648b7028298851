"""Reads what starts instances. Nothing here changes anything."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine.starts.models import MAX_ATTEMPTS, StartKind, StartSubscription, StartTimer, StartTimerState
from app.kernel.tables import Instant

_IS_TRIED = (StartTimer.state == StartTimerState.WAITING, StartTimer.attempts < MAX_ATTEMPTS)


def started_by(session: Session, *, kind: StartKind, name: str) -> Sequence[StartSubscription]:
    """Return what a message or signal of this name starts, in the order of the process keys."""
    statement = select(StartSubscription).where(StartSubscription.kind == kind, StartSubscription.name == name)
    return session.scalars(statement.order_by(StartSubscription.process_key, StartSubscription.id)).all()


def next_due_at(session: Session) -> datetime | None:
    """Return when the next start timer falls due, also if that has passed; None when none waits."""
    return session.scalar(select(func.min(StartTimer.due_at, type_=Instant())).where(*_IS_TRIED))


def failing_timers(session: Session, *, now: datetime) -> Sequence[StartTimer]:
    """Return the start timers that are due and are not tried any more."""
    given_up = (StartTimer.state == StartTimerState.WAITING, StartTimer.attempts >= MAX_ATTEMPTS)
    lost = StartTimer.leased_until <= now
    return session.scalars(select(StartTimer).where(*given_up, lost).order_by(StartTimer.id)).all()


def overdue_timers(session: Session, *, before: datetime) -> Sequence[StartTimer]:
    """Return the start timers that were due before an instant and that nobody was acting on then."""
    free = StartTimer.leased_until.is_(None) | (StartTimer.leased_until < before)
    late = (*_IS_TRIED, StartTimer.due_at < before, free)
    return session.scalars(select(StartTimer).where(*late).order_by(StartTimer.id)).all()
