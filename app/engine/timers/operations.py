"""Claiming timers that are due. Firing one moves its instance and is `app.engine.instances.operations.fire_timer`."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.engine.timers.models import MAX_ATTEMPTS, Timer, TimerState


def claim_due(session: Session, *, now: datetime, limit: int, lease: timedelta) -> tuple[int, ...]:
    """Claim up to `limit` due timers, the longest due first, and return their ids.

    Nobody else claims them until the lease ends; what was claimed and not fired by then is claimed again,
    up to `MAX_ATTEMPTS` times.
    """
    free = or_(Timer.leased_until.is_(None), Timer.leased_until <= now)
    due = (Timer.state == TimerState.WAITING, Timer.due_at <= now, Timer.attempts < MAX_ATTEMPTS, free)
    candidates = session.scalars(select(Timer.id).where(*due).order_by(Timer.due_at, Timer.id).limit(limit)).all()
    if not candidates:
        return ()
    # The row decides: of two who claim at once, one finds the lease taken.
    claimed = session.scalars(
        update(Timer)
        .where(Timer.id.in_(candidates), *due)
        .values(leased_until=now + lease, attempts=Timer.attempts + 1)
        .returning(Timer.id)
        .execution_options(synchronize_session=False)
    ).all()
    won = set(claimed)
    return tuple(number for number in candidates if number in won)
