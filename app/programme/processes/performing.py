"""One attempt at a service task: its handler is called, and its result, or what went wrong, is told to the engine.

What may pass by itself (`Unavailable`, network, disk) is tried again after a pause; everything else becomes an incident
that a person sees and can retry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from traceback import format_exception
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.engine.calls import operations as calls
from app.engine.calls import queries as call_queries
from app.engine.calls.errors import BpmnError
from app.engine.calls.models import CallState, ServiceCall
from app.engine.calls.rules import is_temporary
from app.engine.instances import operations as instances
from app.engine.instances import queries as instance_queries
from app.engine.instances.outcome import Call, Outcome
from app.kernel.errors import AppError
from app.kernel.queue import nudge_later
from app.kernel.rows import savepoint
from app.programme.cycles import queries as cycle_queries
from app.programme.processes.calls import Answer, Done, Errand, Work
from app.programme.processes.handlers import HANDLERS, REMOTE


@dataclass(frozen=True)
class Attempt:
    """An attempt at one call of one instance, and who led to it."""

    instance_id: int
    business_key: str
    call: Call
    actor_id: int | None
    now: datetime

    @property
    def place(self) -> dict[str, Any]:
        """Which call it is, and when, as the engine's verbs want it."""
        return {"instance_id": self.instance_id, "task_ref": self.call.task_ref, "now": self.now}


def perform(session: Session, attempt: Attempt) -> tuple[Outcome, ...]:
    """Make the attempt in this transaction; what acts outside the database is left to a worker after the commit."""
    if attempt.call.operation in REMOTE:
        call_id = calls.leave_to_worker(session, **attempt.place)
        if call_id is not None:
            nudge_later(session, "take_call", call_id)
        return ()
    cycle, case = cycle_queries.about(session, attempt.business_key)
    work = Work(session=session, call=attempt.call, cycle=cycle, case=case, actor_id=attempt.actor_id, now=attempt.now)
    return _settle(session, attempt, lambda: HANDLERS[attempt.call.operation](work))


def _settle(session: Session, attempt: Attempt, work: Callable[[], Done]) -> tuple[Outcome, ...]:
    """Do the work and give the engine its result, both or neither; then tell the engine what failed."""
    try:
        with savepoint(session):
            done = work()
            session.flush()
            return (instances.complete_call(session, **attempt.place, result=done.result), *done.outcomes)
    except OperationalError:
        # The database could not, the handler did nothing wrong: the whole act is tried again.
        raise
    except BpmnError as error:
        return (instances.throw_error(session, **attempt.place, code=error.code, message=error.message),)
    except Exception as error:  # noqa: BLE001 – whatever a handler does wrong must not lose the person's act
        if _has_left(session, attempt):
            return ()
        why = str(error) if isinstance(error, AppError) else f"{type(error).__name__}: {error}"
        if is_temporary(error) and calls.postpone(session, **attempt.place, error=why):
            return ()
        message = str(error) if isinstance(error, AppError) else type(error).__name__
        detail = "".join(format_exception(error))
        return (instances.fail_call(session, **attempt.place, message=message, detail=detail),)


def _has_left(session: Session, attempt: Attempt) -> bool:
    """Say whether the diagram does not wait for the call any more: what failed is of no interest then."""
    row = call_queries.find_call(session, instance_id=attempt.instance_id, task_ref=attempt.call.task_ref)
    return row is not None and row.state is not CallState.WAITING


def open_attempt(session: Session, *, call_id: int, now: datetime) -> Attempt | None:
    """Return the next attempt at a call that was claimed, its instance locked; None when nothing waits for it."""
    known = call_queries.get_call(session, call_id=call_id)
    if known is None:
        return None
    # Whoever moves an instance locks it before its rows; so does a worker.
    instances.lock(session, instance_id=known.instance_id)
    row = call_queries.get_call(session, call_id=call_id)
    if row is None or row.state is not CallState.WAITING:
        return None
    instance = instance_queries.get_instance(session, instance_id=row.instance_id)
    return Attempt(row.instance_id, instance.business_key, _call(session, row), None, now)


def _call(session: Session, row: ServiceCall) -> Call:
    return Call(
        task_ref=row.task_ref,
        process_key=row.process_key,
        element_id=row.element_id,
        operation=row.operation,
        parameters=row.parameters,
        data=instance_queries.task_data(session, instance_id=row.instance_id, task_ref=row.task_ref),
        retries=row.max_attempts,
    )


def errand(session: Session, *, call_id: int, attempt: Attempt) -> Errand:
    """Return what a worker needs to carry out a remote operation."""
    row = session.get_one(ServiceCall, call_id)
    return Errand(
        call_id=call_id,
        attempt=row.attempts,
        operation=row.operation,
        parameters=row.parameters,
        data=attempt.call.data,
        business_key=attempt.business_key,
        now=attempt.now,
    )


def run_errand(task: Errand) -> Answer:
    """Carry out a remote operation; call it outside of any transaction."""
    try:
        return Answer(REMOTE[task.operation](task))
    except Exception as error:  # noqa: BLE001 – it is told to the engine, which opens an incident or waits
        return Answer(error=error)


def take_answer(session: Session, *, task: Errand, answer: Answer, now: datetime) -> tuple[Outcome, ...]:
    """Tell the engine what came of an errand; nothing happens if nobody waits for this attempt any more."""
    attempt = open_attempt(session, call_id=task.call_id, now=now)
    if attempt is None or session.get_one(ServiceCall, task.call_id).attempts != task.attempt:
        return ()

    def outcome() -> Done:
        if answer.error is not None:
            raise answer.error
        return Done(answer.result)

    return _settle(session, attempt, outcome)
