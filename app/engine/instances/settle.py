"""Brings a live instance to rest and writes what follows from it.

State, timers, subscriptions, incidents and steps are written in the transaction of the caller.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState
from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from app.engine.instances.failing_timers import failing_refs
from app.engine.instances.live import Live, keep
from app.engine.instances.models import (
    Incident,
    IncidentState,
    Instance,
    InstanceState,
    PendingMessage,
    Step,
    Subscription,
    SubscriptionKind,
)
from app.engine.instances.outcome import Call, OpenedTask, Outcome, Reached, ThrownMessage
from app.engine.spiff.activities import ServiceTask, read_due
from app.engine.spiff.codec import encode
from app.engine.spiff.events import Catching
from app.engine.spiff.limits import MAX_STATE_BYTES
from app.engine.spiff.workflow import HELD, LiveWorkflow, process_key_of
from app.engine.timers.models import Timer, TimerState
from app.kernel.errors import Conflict, Invalid
from app.kernel.i18n import _

FAILED = "failed"


class InstanceMoved(Conflict):
    """Somebody else has moved the instance at the same time."""


class StateTooLarge(Invalid):
    """The instance holds more data than it may."""


@dataclass(frozen=True)
class Before:
    """What was open when the call began, by task number."""

    open_tasks: frozenset[int]
    calls: frozenset[int]


NOTHING = Before(frozenset(), frozenset())


def before(workflow: LiveWorkflow) -> Before:
    """Remember what is open now."""
    return Before(frozenset(_open_tasks(workflow)), frozenset(_waiting_calls(workflow)))


def _open_tasks(workflow: LiveWorkflow) -> dict[int, Any]:
    return {
        number: task
        for number, task in workflow.index.live.items()
        if task._state == TaskState.READY and task.task_spec.manual
    }


def _waiting_calls(workflow: LiveWorkflow) -> dict[int, Any]:
    return {
        number: task
        for number, task in workflow.index.live.items()
        if task._state == TaskState.STARTED and isinstance(task.task_spec, ServiceTask)
    }


def settle(session: Session, live: Live, was: Before, done: frozenset[int] = frozenset()) -> Outcome:
    """Run to rest and write it down. `done` are tasks that ended by being completed, not by being cancelled.

    Raises:
        InstanceMoved: another transaction has changed the instance since it was read.
        StateTooLarge: the state does not fit into its limit; nothing of this call may be stored.
    """
    workflow, row = live.workflow, live.row
    workflow.run()
    while _take_pending(session, workflow):
        workflow.run()
    if not workflow.completed and not workflow.index.live:
        raise RuntimeError(f"Instance {row.id} of {row.process_key} has no token left and has not ended.")
    now = workflow.context.now
    incidents = _write_incidents(session, live, now)
    _write_timers(session, live)
    _write_subscriptions(session, live)
    _write_steps(session, live, now)
    _write_state(session, live, now)
    return _outcome(live, was, done, incidents)


def _waits(workflow: LiveWorkflow) -> list[tuple[Any, Any]]:
    return [
        (task, wait)
        for task in workflow.index.live.values()
        if isinstance(task.task_spec, Catching)
        for wait in task.task_spec.waits(task)
    ]


def _take_pending(session: Session, workflow: LiveWorkflow) -> bool:
    """Bring one message to the instance that came before the instance waited for it."""
    messages = [(task, wait) for task, wait in _waits(workflow) if wait.kind == "message"]
    if not messages:
        return False
    now = workflow.context.now
    wanted = {(wait.name, wait.armed["correlation"]) for _task, wait in messages}
    statement = select(PendingMessage).where(
        tuple_(PendingMessage.name, PendingMessage.correlation).in_(wanted),
        PendingMessage.delivered_at.is_(None),
        PendingMessage.expires_at > now,
    )
    pending = session.scalars(statement.order_by(PendingMessage.id)).all()
    for message in pending:
        for task, wait in messages:
            if (wait.name, wait.armed["correlation"]) == (message.name, message.correlation) and _claim(
                session, message, now
            ):
                task.task_spec.happen(task, "message", message.payload, message.name)
                return True
    return False


def _claim(session: Session, message: PendingMessage, now: datetime) -> bool:
    statement = update(PendingMessage).where(PendingMessage.id == message.id, PendingMessage.delivered_at.is_(None))
    return session.scalar(statement.values(delivered_at=now).returning(PendingMessage.id)) is not None


def _write_incidents(session: Session, live: Live, now: datetime) -> tuple[int, ...]:
    workflow = live.workflow
    statement = select(Incident).where(Incident.instance_id == live.row.id, Incident.state == IncidentState.OPEN)
    failing = failing_refs(session, instance_id=live.row.id)
    for incident in session.scalars(statement):
        task = workflow.index.live.get(int(incident.task_ref))
        held = task is not None and (HELD in task.internal_data or FAILED in task.internal_data)
        if task is None or not (held or incident.task_ref in failing):
            incident.state, incident.resolved_at = IncidentState.RESOLVED, now
    opened = [
        Incident(
            instance_id=live.row.id,
            task_ref=str(task.id),
            process_key=process_key_of(task),
            element_id=getattr(task.task_spec, "bpmn_id", None) or task.task_spec.name,
            message=failure.message,
            detail=failure.detail,
            state=IncidentState.OPEN,
            opened_at=now,
        )
        for task, failure in workflow.outbox.failures
    ]
    session.add_all(opened)
    session.flush()
    return tuple(incident.id for incident in opened)


def _write_timers(session: Session, live: Live) -> None:
    wanted = {
        (str(task.id), wait.armed.get("turn", 1)): (task, wait.armed)
        for task, wait in _waits(live.workflow)
        if wait.kind == "timer" and wait.armed["due"] is not None
    }
    statement = select(Timer).where(Timer.instance_id == live.row.id, Timer.state == TimerState.WAITING)
    for timer in session.scalars(statement):
        if wanted.pop((timer.task_ref, timer.occurrence), None) is None:
            timer.state = TimerState.CANCELLED
    session.add_all(
        Timer(
            instance_id=live.row.id,
            task_ref=task_ref,
            process_key=process_key_of(task),
            element_id=task.task_spec.bpmn_id,
            occurrence=occurrence,
            due_at=datetime.fromisoformat(armed["due"]),
            missed=armed.get("missed", 0),
            state=TimerState.WAITING,
        )
        for (task_ref, occurrence), (task, armed) in wanted.items()
    )


def _write_subscriptions(session: Session, live: Live) -> None:
    wanted = {
        (str(task.id), wait.kind, wait.name, wait.armed.get("correlation", "")): None
        for task, wait in _waits(live.workflow)
        if wait.kind in ("message", "signal")
    }
    for row in session.scalars(select(Subscription).where(Subscription.instance_id == live.row.id)):
        key = (row.task_ref, row.kind.value, row.name, row.correlation)
        if key in wanted:
            del wanted[key]
        else:
            session.delete(row)
    session.add_all(
        Subscription(
            instance_id=live.row.id,
            task_ref=task_ref,
            kind=SubscriptionKind(kind),
            name=name,
            correlation=correlation,
            scope_key=live.row.scope_key,
        )
        for task_ref, kind, name, correlation in wanted
    )


def _write_steps(session: Session, live: Live, now: datetime) -> None:
    first = live.row.step_count + 1
    session.add_all(
        Step(instance_id=live.row.id, seq=seq, at=now, **change._asdict())
        for seq, change in enumerate(live.workflow.index.changes, start=first)
    )


def _state_of(live: Live) -> InstanceState:
    if not live.workflow.completed:
        return InstanceState.RUNNING
    if live.workflow.success:
        return InstanceState.COMPLETED
    return InstanceState.FAILED if live.given_up else InstanceState.CANCELLED


def _write_state(session: Session, live: Live, now: datetime) -> None:
    row, workflow = live.row, live.workflow
    blob = encode(workflow)
    if len(blob) > MAX_STATE_BYTES:
        raise StateTooLarge(_("The process holds too much data."))
    state = _state_of(live)
    session.flush()
    moved = session.scalar(
        update(Instance)
        .where(Instance.id == row.id, Instance.version == row.version)
        .values(
            engine_state=blob,
            version=row.version + 1,
            step_count=row.step_count + len(workflow.index.changes),
            state=state,
            ended_at=None if state == InstanceState.RUNNING else now,
        )
        .returning(Instance.id)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise InstanceMoved(_("Somebody has moved this process at the same moment. Please look again."))
    session.refresh(row)
    keep(live, blob)


class _Copies:
    """Copies data for the caller, each shared value once, so that nobody outside can change the live workflow."""

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """Return a copy of a JSON value."""
        if not isinstance(value, dict | list):
            return value
        if id(value) not in self._made:
            items = value.items() if isinstance(value, dict) else enumerate(value)
            copied = [(key, self.of(item)) for key, item in items]
            self._made[id(value)] = dict(copied) if isinstance(value, dict) else [item for _key, item in copied]
        return self._made[id(value)]


def _outcome(live: Live, was: Before, done: frozenset[int], incidents: tuple[int, ...]) -> Outcome:
    row, workflow = live.row, live.workflow
    copies = _Copies()
    open_now, calls_now = _open_tasks(workflow), _waiting_calls(workflow)
    return Outcome(
        instance_id=row.id,
        process_key=row.process_key,
        business_key=row.business_key,
        scope_key=row.scope_key,
        opened=tuple(_opened(task, copies) for number, task in open_now.items() if number not in was.open_tasks),
        cancelled=tuple(str(number) for number in sorted(was.open_tasks - open_now.keys() - done)),
        calls=tuple(_call(task, copies) for number, task in calls_now.items() if number not in was.calls),
        messages=tuple(ThrownMessage(*message) for message in workflow.outbox.messages),
        signals=tuple(workflow.outbox.signals),
        reached=tuple(Reached(*change) for change in workflow.index.changes),
        state=_state_of(live),
        incidents=incidents,
    )


def _opened(task: Any, copies: _Copies) -> OpenedTask:
    spec, internal = task.task_spec, task.internal_data
    return OpenedTask(
        task_ref=str(task.id),
        process_key=process_key_of(task),
        element_id=spec.bpmn_id,
        name=spec.bpmn_name or spec.bpmn_id,
        role=spec.role,
        properties=dict(spec.properties),
        due=read_due(internal.get("due"), task),
        about=internal.get("about"),
        data=copies.of(dict(task.data)),
    )


def _call(task: Any, copies: _Copies) -> Call:
    return Call(
        task_ref=str(task.id),
        process_key=process_key_of(task),
        element_id=task.task_spec.bpmn_id,
        operation=task.task_spec.operation,
        parameters=copies.of(task.internal_data["parameters"]),
        data=copies.of(dict(task.data)),
    )
