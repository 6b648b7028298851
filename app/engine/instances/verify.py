"""Looks for what must never be, in everything the engine has stored; numbers are those of the list of invariants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from SpiffWorkflow.util.task import TaskState
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine.calls.models import CallState
from app.engine.calls.queries import calls_of, overdue_calls
from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState, Step, Subscription
from app.engine.instances.queries import read_workflow
from app.engine.instances.reporting import is_call, is_open
from app.engine.instances.settle import FAILED
from app.engine.instances.waits import ref_of, waits_of
from app.engine.spiff.codec import StateUnreadable
from app.engine.spiff.tokens import HELD
from app.engine.spiff.workflow import LiveWorkflow
from app.engine.starts.queries import overdue_timers
from app.engine.timers.models import MAX_ATTEMPTS, Timer, TimerState

SETTLING = timedelta(seconds=60)
"""How long after its due time a timer may still wait for the ticker."""


@dataclass(frozen=True)
class Violation:
    """Something that must never be.

    Attributes:
        invariant: its number in the list of invariants.
        subject: what it is about, such as `instance:7`.
    """

    invariant: int
    subject: str
    message: str


def find_violations(session: Session, *, now: datetime) -> tuple[Violation, ...]:
    """Return everything that is wrong with instances, their tasks, timers, subscriptions and incidents."""
    found: list[Violation] = []
    for row in session.scalars(select(Instance).order_by(Instance.id)):
        subject = f"instance:{row.id}"
        found += (Violation(number, subject, message) for number, message in _check_instance(session, row))
    found += _check_timers(session, now)
    return tuple(found)


def violations_of(session: Session, *, instance_id: int) -> tuple[str, ...]:
    """Return what is wrong with one instance, in sentences."""
    row = session.get_one(Instance, instance_id)
    return tuple(message for _number, message in _check_instance(session, row))


def _check_instance(session: Session, row: Instance) -> Iterator[tuple[int, str]]:
    try:
        workflow = read_workflow(session, row.id)
    except StateUnreadable as error:
        yield 3, str(error)
        return
    running = row.state == InstanceState.RUNNING
    statement = select(Incident).where(Incident.instance_id == row.id, Incident.state == IncidentState.OPEN)
    incidents = {incident.task_ref for incident in session.scalars(statement)}
    live = workflow.index.tasks.values()
    if running and not any(_is_resting(task, incidents) for task in live):
        yield 3, "It runs, and nothing in it waits for anybody."
    if not running and (incidents or (not workflow.completed)):
        yield 3, "It has ended, and something in it still waits."
    for task in live:
        if task._state == TaskState.READY and not task.task_spec.manual and str(task.id) not in incidents:
            yield 4, f"The step {task.task_spec.name} is ready and was not carried out."
        if (HELD in task.internal_data or FAILED in task.internal_data) and str(task.id) not in incidents:
            yield 14, f"The step {task.task_spec.name} is held, and no incident is open."
    yield from _check_tasks(workflow)
    yield from _check_waits(session, row, workflow, running)
    yield from _check_calls(session, row, workflow, incidents)
    written = session.scalar(select(func.count()).select_from(Step).where(Step.instance_id == row.id))
    if row.version < 1 or written != row.step_count:
        yield 8, f"It counts {row.step_count} steps, and {written} are written."


def _is_resting(task: Any, incidents: set[str]) -> bool:
    waits = task._state == TaskState.WAITING and task.task_spec.awaits
    return is_open(task) or waits or is_call(task) or str(task.id) in incidents


def _check_tasks(workflow: LiveWorkflow) -> Iterator[tuple[int, str]]:
    """Compare the tokens of the index with those of the levels."""
    levels = (workflow, *workflow.subprocesses.values())
    inside = {number for level in levels for number in level.tasks}
    if inside != workflow.index.tasks.keys():
        yield 5, f"Tokens {sorted(inside ^ workflow.index.tasks.keys())} are found in one way and not in the other."


def _check_waits(session: Session, row: Instance, workflow: LiveWorkflow, running: bool) -> Iterator[tuple[int, str]]:
    tokens = workflow.index.tasks.values() if running else ()
    waits = [(ref_of(task, wait), wait) for task, wait in waits_of(tokens)]
    timers = {(ref, wait.armed.get("turn", 1)) for ref, wait in waits if wait.kind == "timer" and wait.armed["due"]}
    waiting = select(Timer).where(Timer.instance_id == row.id, Timer.state == TimerState.WAITING)
    stored = {(timer.task_ref, timer.occurrence) for timer in session.scalars(waiting)}
    for ref, _turn in sorted(timers ^ stored):
        yield 15, f"The task {ref} waits for a time that no timer has, or has one that it does not wait for."
    wanted = {(ref, wait.kind, wait.name) for ref, wait in waits if wait.kind in ("message", "signal")}
    rows = session.scalars(select(Subscription).where(Subscription.instance_id == row.id))
    for ref, _kind, name in sorted(wanted ^ {(one.task_ref, one.kind.value, one.name) for one in rows}):
        yield 15, f"The task {ref} waits for {name} without a subscription, or has one and does not wait."


def _check_calls(
    session: Session, row: Instance, workflow: LiveWorkflow, incidents: set[str]
) -> Iterator[tuple[int, str]]:
    running = row.state == InstanceState.RUNNING
    waiting = {str(task.id) for task in workflow.index.tasks.values() if running and is_call(task)}
    unanswered = (CallState.WAITING, CallState.FAILED)
    stored = {one.task_ref for one in calls_of(session, instance_id=row.id) if one.state in unanswered}
    # What failed before calls were rows gets its row when somebody retries it.
    for ref in sorted((waiting - stored - incidents) | (stored - waiting)):
        yield 15, f"The service task {ref} waits without a row of its call, or has one and does not wait."


def _check_timers(session: Session, now: datetime) -> list[Violation]:
    early = select(Timer).where(Timer.state == TimerState.FIRED, Timer.fired_at < Timer.due_at)
    waits = (Timer.state == TimerState.WAITING, Timer.attempts < MAX_ATTEMPTS)
    late = select(Timer).where(*waits, Timer.due_at < now - SETTLING)
    forgotten = "It is due and nobody has acted on it."
    return [
        *(Violation(16, f"service_call:{one.id}", forgotten) for one in overdue_calls(session, before=now - SETTLING)),
        *(Violation(16, f"start_timer:{one.id}", forgotten) for one in overdue_timers(session, before=now - SETTLING)),
        *(Violation(16, f"timer:{timer.id}", "It fired before its time.") for timer in session.scalars(early)),
        *(Violation(16, f"timer:{timer.id}", forgotten) for timer in session.scalars(late)),
    ]
