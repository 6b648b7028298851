"""Reads timers. Nothing here changes anything."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine.timers.models import MAX_ATTEMPTS, Timer, TimerState
from app.kernel.tables import Instant


def next_due_at(session: Session) -> datetime | None:
    """Return when the next waiting timer falls due, also if that has passed; None when none waits.

    Timers that failed too often do not count: they wait for somebody to look at their incident.
    """
    waits = (Timer.state == TimerState.WAITING, Timer.attempts < MAX_ATTEMPTS)
    return session.scalar(select(func.min(Timer.due_at, type_=Instant())).where(*waits))
