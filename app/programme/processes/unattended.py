"""What happens without anybody acting: calls that are tried again, and processes that a time starts."""

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.calls import operations as calls
from app.engine.calls import queries as call_queries
from app.engine.events.starting import Subject, start_by_time
from app.engine.instances import operations as instances
from app.kernel.errors import AppError, Conflict
from app.kernel.i18n import _
from app.kernel.rows import savepoint
from app.programme.cycles.models import Cycle, CycleState
from app.programme.processes import performing
from app.programme.processes.calls import Answer, Errand
from app.programme.processes.carry_out import carry_out
from app.programme.processes.handlers import REMOTE

log = logging.getLogger(__name__)


def try_call(session: Session, *, call_id: int, now: datetime) -> Errand | None:
    """Make the next attempt at a call that was claimed, in this transaction.

    Returns:
        What a worker has to carry out first, outside of any transaction, for an operation that acts outside of the
        database: `performing.run_errand`, then `answer_call`. None when nothing is left to do.
    """
    attempt = performing.open_attempt(session, call_id=call_id, now=now)
    if attempt is None:
        return None
    if attempt.call.operation in REMOTE:
        return performing.errand(session, call_id=call_id, attempt=attempt)
    carry_out(session, performing.perform(session, attempt), actor_id=None, now=now)
    return None


def answer_call(session: Session, *, errand: Errand, answer: Answer, now: datetime) -> None:
    """Give an instance the answer that its call waits for; an answer that came too late changes nothing."""
    carry_out(session, performing.take_answer(session, task=errand, answer=answer, now=now), actor_id=None, now=now)


def give_up_spent_calls(session: Session, *, now: datetime) -> int:
    """Open an incident for each call whose last attempt never came back; return how many.

    A call of an instance that cannot be brought to life is only given up: it must not hold up the others.
    """
    spent = call_queries.spent_calls(session, now=now)
    for row in spent:
        place: dict[str, Any] = {"instance_id": row.instance_id, "task_ref": row.task_ref, "now": now}
        message = _("The operation was begun several times and never ended.")
        detail = f"call {row.id}, {row.operation}, begun {row.attempts} times: see the log. {row.last_error}".strip()
        try:
            with savepoint(session):
                failed = instances.fail_call(session, **place, message=message, detail=detail)
        except Conflict:  # Nobody waits for it any more; what is left is the row.
            calls.write(session, instance_id=row.instance_id, calls=(), gone_refs=[row.task_ref], now=now)
        except AppError:
            log.exception("call %s was given up, and its instance cannot be told", row.id)
            calls.fail(session, instance_id=row.instance_id, task_ref=row.task_ref, error=message)
        else:
            carry_out(session, [failed], actor_id=None, now=now)
    return len(spent)


def start_by_timer(session: Session, *, start_timer_id: int, now: datetime) -> bool:
    """Start a process whose time has come, once in every cycle that runs; False when it has started before."""
    subjects = [
        Subject(
            business_key=cycle.business_key,
            scope_key=cycle.business_key,
            time_zone=cycle.region.time_zone,
            data={
                "cycle": {"id": cycle.id, "title": cycle.title, "year": cycle.year},
                "calendar": dict(cycle.calendar),
            },
        )
        for cycle in session.scalars(select(Cycle).where(Cycle.state == CycleState.RUNNING).order_by(Cycle.id))
    ]
    outcomes = start_by_time(session, start_timer_id=start_timer_id, now=now, subjects=subjects)
    if outcomes is None:
        return False
    carry_out(session, outcomes, actor_id=None, now=now)
    return True
