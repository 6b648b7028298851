"""The life of a call's row. The engine writes and ends it; whoever carries calls out claims it and says how it went.

The transaction that starts a service task makes the first attempt, unless the call is left to a worker: a row is
born with that attempt counted. What is claimed and not answered when its lease ends is claimed again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.engine.calls.models import CallState, ServiceCall
from app.engine.calls.rules import pause_after
from app.kernel.leases import claim_rows

MAX_ERROR = 1_000
_FRESH = {"populate_existing": True}  # claims change rows past the session
_OPEN = (CallState.WAITING, CallState.FAILED)


class Started(Protocol):
    """A service task that was started, as the engine describes it."""

    @property
    def task_ref(self) -> str: ...
    @property
    def process_key(self) -> str: ...
    @property
    def element_id(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Any]: ...
    @property
    def retries(self) -> int: ...


def write(
    session: Session, *, instance_id: int, calls: Sequence[Started], gone_refs: Collection[str], now: datetime
) -> None:
    """Write the calls that an instance has started, or begun anew, and cancel those that it no longer waits for.

    Whoever receives the calls makes the first attempt in this transaction or leaves it to a worker.
    """
    if gone_refs:
        gone = (ServiceCall.task_ref.in_(gone_refs), ServiceCall.state.in_(_OPEN))
        _update(session, instance_id, *gone, state=CallState.CANCELLED, done_at=now, leased_until=None)
    if not calls:
        return
    refs = [call.task_ref for call in calls]
    known = select(ServiceCall).where(ServiceCall.instance_id == instance_id, ServiceCall.task_ref.in_(refs))
    rows = {row.task_ref: row for row in session.scalars(known, execution_options=_FRESH)}
    for call in calls:
        row = rows.get(call.task_ref)
        if row is None:
            row = ServiceCall(instance_id=instance_id, task_ref=call.task_ref, created_at=now, last_error="")
            session.add(row)
        row.process_key, row.element_id, row.operation = call.process_key, call.element_id, call.operation
        row.parameters, row.max_attempts = dict(call.parameters), call.retries
        row.state, row.attempts, row.leased_until, row.done_at = CallState.WAITING, 1, None, None
        row.next_attempt_at = now + pause_after(1)
    session.flush()


def finish(session: Session, *, instance_id: int, task_ref: str, now: datetime) -> None:
    """Say that the call's result is in the instance."""
    mine = (ServiceCall.task_ref == task_ref, ServiceCall.state.in_(_OPEN))
    _update(session, instance_id, *mine, state=CallState.DONE, done_at=now, leased_until=None)


def fail(session: Session, *, instance_id: int, task_ref: str, error: str) -> None:
    """Say that the call is given up until somebody has looked at its incident."""
    mine = (ServiceCall.task_ref == task_ref, ServiceCall.state == CallState.WAITING)
    _update(session, instance_id, *mine, state=CallState.FAILED, last_error=error[:MAX_ERROR], leased_until=None)


def postpone(session: Session, *, instance_id: int, task_ref: str, error: str, now: datetime) -> bool:
    """Have the call tried again after a pause.

    Returns:
        False when that was the last attempt; then nothing is changed.
    """
    mine = (ServiceCall.instance_id == instance_id, ServiceCall.task_ref == task_ref)
    waits = select(ServiceCall).where(*mine, ServiceCall.state == CallState.WAITING)
    row = session.scalars(waits, execution_options=_FRESH).first()
    if row is None or row.attempts >= row.max_attempts:
        return False
    row.next_attempt_at, row.leased_until = now + pause_after(row.attempts), None
    row.last_error = error[:MAX_ERROR]
    session.flush()
    return True


def leave_to_worker(session: Session, *, instance_id: int, task_ref: str, now: datetime) -> int | None:
    """Make no attempt in this transaction: the call is due for whoever claims it after the commit.

    Returns:
        The row's id; None when the call does not wait any more.
    """
    mine = (ServiceCall.task_ref == task_ref, ServiceCall.state == CallState.WAITING)
    ids = _update(session, instance_id, *mine, attempts=0, next_attempt_at=now, leased_until=None)
    return ids[0] if ids else None


def claim(session: Session, *, call_id: int, now: datetime, lease: timedelta) -> bool:
    """Claim one call that is due; False when it is not, or somebody else has it."""
    mine = (*_due(now), ServiceCall.id == call_id)
    return bool(claim_rows(session, ServiceCall, due=mine, order=(ServiceCall.id,), until=now + lease, limit=1))


def claim_due(
    session: Session, *, now: datetime, limit: int, lease: timedelta, without: Collection[str] = ()
) -> tuple[int, ...]:
    """Claim up to `limit` calls that are due, the longest due first, and return their ids.

    Args:
        session: the caller's session.
        now: the current instant.
        limit: how many at the most.
        lease: nobody else claims them for so long; what is not answered by then is claimed again.
        without: operations to leave to others.
    """
    due = (*_due(now), ServiceCall.operation.not_in(without))
    order = (ServiceCall.next_attempt_at, ServiceCall.id)
    return claim_rows(session, ServiceCall, due=due, order=order, until=now + lease, limit=limit)


def _due(now: datetime) -> tuple[Any, ...]:
    free = or_(ServiceCall.leased_until.is_(None), ServiceCall.leased_until <= now)
    waits = ServiceCall.state == CallState.WAITING
    return waits, ServiceCall.next_attempt_at <= now, ServiceCall.attempts < ServiceCall.max_attempts, free


def _update(session: Session, instance_id: int, *where: Any, **values: Any) -> Sequence[int]:
    statement = update(ServiceCall).where(ServiceCall.instance_id == instance_id, *where).values(**values)
    return session.scalars(
        statement.returning(ServiceCall.id), execution_options={"synchronize_session": "fetch"}
    ).all()
