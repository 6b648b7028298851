"""Claiming timers that are due. Firing one moves its instance and is `app.engine.instances.operations.fire_timer`."""

from datetime import datetime, timedelta

from sqlalchemy import or_
from sqlalchemy.orm import Session

from app.engine.timers.models import MAX_ATTEMPTS, Timer, TimerState
from app.kernel.leases import claim_rows


def claim_due(session: Session, *, now: datetime, limit: int, lease: timedelta) -> tuple[int, ...]:
    """Claim up to `limit` due timers, the longest due first, and return their ids.

    Nobody else claims them until the lease ends; what was claimed and not fired by then is claimed again,
    up to `MAX_ATTEMPTS` times.
    """
    free = or_(Timer.leased_until.is_(None), Timer.leased_until <= now)
    due = (Timer.state == TimerState.WAITING, Timer.due_at <= now, Timer.attempts < MAX_ATTEMPTS, free)
    order = (Timer.due_at, Timer.id)
    return claim_rows(session, Timer, due=due, order=order, until=now + lease, limit=limit)
