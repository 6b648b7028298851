"""Keeping what starts instances in step with the newest versions, and claiming start timers that are due.

Starting the instance is `app.engine.events.starting`.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from app.engine.starts.models import (
    MAX_ATTEMPTS,
    StartKind,
    StartSubscription,
    StartTimer,
    StartTimerState,
)
from app.engine.starts.rules import StartEvent, Turn, first_turn, turn_after
from app.kernel.leases import claim_rows


def replace(
    session: Session,
    *,
    definition_id: int,
    process_key: str,
    events: Collection[StartEvent],
    now: datetime,
    time_zone: str = "UTC",
) -> None:
    """Let this version, and no older one, be started by its start events from now on.

    Raises:
        NotATime: a start timer has no time.
    """
    session.execute(delete(StartSubscription).where(StartSubscription.process_key == process_key))
    session.execute(
        update(StartTimer)
        .where(StartTimer.process_key == process_key, StartTimer.state == StartTimerState.WAITING)
        .values(state=StartTimerState.CANCELLED, leased_until=None)
    )
    session.add_all(
        StartSubscription(
            definition_id=definition_id,
            process_key=process_key,
            element_id=event.element_id,
            number=event.number,
            kind=StartKind(event.kind),
            name=event.name,
        )
        for event in events
        if event.kind != "timer"
    )
    for event in events:
        turn = first_turn(event, now, ZoneInfo(time_zone)) if event.kind == "timer" else None
        if turn is not None:
            row = _timer(event, turn, now, time_zone)
            row.definition_id, row.process_key = definition_id, process_key
            session.add(row)
    session.flush()


def _timer(event: StartEvent, turn: Turn, now: datetime, time_zone: str) -> StartTimer:
    return StartTimer(
        element_id=event.element_id,
        number=event.number,
        cycle=event.time if event.cyclic else "",
        time_zone=time_zone,
        begun_at=now,
        occurrence=turn.number,
        due_at=turn.due_at,
        business_key=event.business_key,
        scope_key=event.scope_key,
        state=StartTimerState.WAITING,
    )


def claim_due(session: Session, *, now: datetime, limit: int, lease: timedelta) -> tuple[int, ...]:
    """Claim up to `limit` due start timers, the longest due first, and return their ids.

    Nobody else claims them until the lease ends; what was claimed and has not fired by then is claimed again,
    up to `MAX_ATTEMPTS` times.
    """
    free = or_(StartTimer.leased_until.is_(None), StartTimer.leased_until <= now)
    due: tuple[Any, ...] = (*_waits(now), StartTimer.attempts < MAX_ATTEMPTS, free)
    order = (StartTimer.due_at, StartTimer.id)
    return claim_rows(session, StartTimer, due=due, order=order, until=now + lease, limit=limit)


def take_turn(session: Session, *, start_timer_id: int, now: datetime) -> StartTimer | None:
    """Note that a due start timer has happened, and set it to its next turn.

    Whoever gets the row starts the instance in the same transaction; nobody else gets it for this turn.

    Returns:
        None when it is not due: it has happened, or a newer version was deployed.
    """
    locked = select(StartTimer).where(StartTimer.id == start_timer_id, *_waits(now)).with_for_update()
    row = session.scalars(locked.execution_options(populate_existing=True)).first()
    if row is None:
        return None
    turn = turn_after(row.occurrence, row.cycle, row.begun_at, now, ZoneInfo(row.time_zone))
    row.last_fired_at, row.attempts, row.leased_until = now, 0, None
    if turn is None:
        row.state = StartTimerState.FIRED
    else:
        row.occurrence, row.due_at, row.missed = turn.number, turn.due_at, row.missed + turn.missed
    session.flush()
    return row


def _waits(now: datetime) -> tuple[Any, ...]:
    return StartTimer.state == StartTimerState.WAITING, StartTimer.due_at <= now
