"""Moving instances. Each call is one step of one instance, to rest, in the caller's transaction.

What the engine does automatically after a completion may fail: an expression without a value, a gateway without a
fitting flow. The completion is stored nevertheless. The automatic step that failed is held where it is, with an
open incident; other branches go on; `retry_incident` repeats the held step. Nothing else is ever half done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from SpiffWorkflow.util.task import TaskState
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.engine.calls import operations as calls
from app.engine.definitions.queries import Version, latest_version
from app.engine.definitions.specs import SpecLibrary, spec_name
from app.engine.instances.failing_timers import try_again
from app.engine.instances.live import Live, Row, know, lock_instance, open_running
from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState
from app.engine.instances.outcome import Outcome
from app.engine.instances.reporting import is_call, is_open
from app.engine.instances.settle import FAILED, settle
from app.engine.instances.waits import number_of, token_of
from app.engine.spiff import throwing
from app.engine.spiff.data import storable
from app.engine.spiff.failures import StepFailure
from app.engine.spiff.journal import Failed, RunContext, StartedBy
from app.engine.spiff.tokens import HELD, write
from app.engine.spiff.workflow import LiveWorkflow
from app.engine.timers.models import Timer, TimerState
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.i18n import _
from app.kernel.rows import insert_row


class TaskNotOpen(Conflict):
    """The task was completed or cancelled before."""


class CallNotWaiting(Conflict):
    """No service task waits for this result any more."""


class NotStartable(Conflict):
    """The process has no start event of the kind that is needed."""


class TimeZoneUnknown(Invalid):
    """There is no such time zone."""


class IncidentNotFound(NotFound):
    """There is no such incident."""


class IncidentNotOpen(Conflict):
    """Somebody has dealt with the incident before."""


def start(
    session: Session,
    *,
    process_key: str,
    data: Mapping[str, Any],
    business_key: str,
    scope_key: str,
    now: datetime,
    time_zone: str = "UTC",
    element: str | None = None,
) -> Outcome:
    """Start the newest version of a process.

    `element` is the start event to begin at, as if what it waits for had come with `data`. Without it that is the
    plain start event, or the only one there is.

    Raises:
        DefinitionNotFound: it is not deployed.
        NotStartable: it has no such start event, or several and none is plain.
        DataNotStorable: the data are no plain JSON.
    """
    version = latest_version(session, key=process_key)
    about = Beginning(business_key, scope_key, time_zone, now)
    return start_version(session, version=version, about=about, data=data, element=element)


@dataclass(frozen=True)
class Beginning:
    """What a new instance is about, and when it begins; `Instance` explains the fields."""

    business_key: str
    scope_key: str
    time_zone: str
    started_at: datetime


def start_version(
    session: Session,
    *,
    version: Version,
    about: Beginning,
    data: Mapping[str, Any],
    element: str | None = None,
    number: int = 0,
) -> Outcome:
    """Start a version; `element` says where.

    Of several things that the element waits for, the one of this `number` has come.

    Raises:
        NotStartable: it has no such start event.
        TimeZoneUnknown: there is no such time zone.
    """
    specs = SpecLibrary(session, version)
    spec = specs[spec_name(version)]
    started_by = StartedBy(_start_element(spec, element), storable(data), number)
    workflow = LiveWorkflow(spec, specs, _context(about), started_by)
    workflow.values = dict.fromkeys(spec.declared)
    if not started_by.element:
        workflow.values |= started_by.payload
    values: dict[str, Any] = {
        "definition_id": version.id,
        "process_key": version.key,
        "business_key": about.business_key,
        "scope_key": about.scope_key,
        "time_zone": about.time_zone,
        "state": InstanceState.RUNNING,
        "version": 0,
        "step_count": 0,
        "engine_state": b"",
        "started_at": about.started_at,
    }
    row = Row(id=insert_row(session, Instance, **values), **values, definition=version)
    know(session, row)
    return settle(session, Live(row, workflow))


def _context(about: Beginning) -> RunContext:
    try:
        ZoneInfo(about.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise TimeZoneUnknown(_("There is no time zone «%(zone)s»."), zone=about.time_zone) from error
    return RunContext(about.started_at, about.time_zone, about.business_key)


def _start_element(spec: Any, element: str | None) -> str:
    """Return the id of the event to begin at; empty for a plain beginning."""
    if element is not None:
        if element not in (*spec.starts, *spec.implicit_starts):
            raise NotStartable(_("The process has no start event «%(id)s»."), id=element)
        return element if getattr(spec.task_specs[element], "definitions", ()) else ""
    if spec.plain_start() or not spec.starts:
        return ""
    if len(spec.starts) > 1:
        raise NotStartable(_("The process has no plain start event."))
    return str(spec.starts[0])


def lock(session: Session, *, instance_id: int) -> None:
    """Let nobody else move the instance until the end of the transaction.

    Every verb here takes this lock itself; whoever changes rows of his own before calling one takes it first,
    so that everybody locks in the same order.

    Raises:
        InstanceNotFound: there is no such instance.
    """
    lock_instance(session, instance_id)


def complete_task(
    session: Session, *, instance_id: int, task_ref: str, data: Mapping[str, Any], now: datetime
) -> Outcome:
    """Complete a task for a person; `data` are written over the task's data, name by name.

    Raises:
        TaskNotOpen: it is no longer open.
        InstanceNotFound, InstanceEnded, InstanceMoved, DataNotStorable: as their names say.
    """
    live = open_running(session, instance_id, now)
    task = _live_task(live.workflow, task_ref)
    if task is None or not is_open(task):
        raise TaskNotOpen(_("This task is no longer open."))
    write(task, storable(data))
    live.workflow.execute(task)
    return settle(session, live, frozenset({task.id}))


def _live_task(workflow: LiveWorkflow, task_ref: str) -> Any:
    known = task_ref.isascii() and task_ref.partition(".")[0].isdigit()
    return workflow.index.tasks.get(int(task_ref.partition(".")[0])) if known else None


def complete_call(
    session: Session, *, instance_id: int, task_ref: str, result: Mapping[str, Any] | None, now: datetime
) -> Outcome:
    """Give a service task its result.

    Raises:
        CallNotWaiting: it does not wait for one any more.
        DataNotStorable: the result is no plain JSON.
    """
    live, task = _waiting_call(session, instance_id, task_ref, now)
    task.task_spec.receive(task, result)
    task.internal_data.pop(FAILED, None)
    live.workflow.finish(task)
    calls.finish(session, instance_id=instance_id, task_ref=task_ref, now=now)
    return settle(session, live, frozenset({task.id}))


def _waiting_call(session: Session, instance_id: int, task_ref: str, now: datetime) -> tuple[Live, Any]:
    live = open_running(session, instance_id, now)
    task = _live_task(live.workflow, task_ref)
    if task is None or not is_call(task):
        raise CallNotWaiting(_("Nothing waits for this result any more."))
    return live, task


def fail_call(
    session: Session, *, instance_id: int, task_ref: str, message: str, detail: str, now: datetime
) -> Outcome:
    """Say that a service task's operation failed: an incident opens, the call goes on waiting.

    Raises:
        CallNotWaiting: it does not wait any more.
    """
    live, task = _waiting_call(session, instance_id, task_ref, now)
    calls.fail(session, instance_id=instance_id, task_ref=task_ref, error=message)
    if FAILED not in task.internal_data:
        task.internal_data[FAILED] = True
        live.workflow.index.touch(task)
        live.workflow.outbox.failures.append(Failed(task, StepFailure(message, detail)))
    return settle(session, live)


def throw_error(
    session: Session, *, instance_id: int, task_ref: str, code: str, message: str, now: datetime
) -> Outcome:
    """Say that a service task's operation has raised a BPMN error; uncaught, it ends the instance as failed.

    Raises:
        CallNotWaiting: the task does not wait any more.
    """
    live, task = _waiting_call(session, instance_id, task_ref, now)
    throwing.throw_error(task, code, message, at_activity=True)
    calls.finish(session, instance_id=instance_id, task_ref=task_ref, now=now)
    return settle(session, live, frozenset({task.id}))


def retry_incident(session: Session, *, incident_id: int, now: datetime) -> Outcome:
    """Repeat what failed: a call is in `Outcome.calls` anew, a held step is carried out again.

    Raises:
        IncidentNotFound: there is no such incident.
        IncidentNotOpen: it was resolved before.
    """
    live, incident = _open_incident(session, incident_id, now)
    task = _live_task(live.workflow, incident.task_ref)
    if task is not None and FAILED in task.internal_data:
        del task.internal_data[FAILED]
        live.workflow.index.touch(task, TaskState.FUTURE)  # The call is asked for anew.
    elif task is not None and HELD in task.internal_data:
        live.workflow.release(task)
    else:
        try_again(session, instance_id=live.row.id, task_ref=incident.task_ref)
    incident.state, incident.resolved_at = IncidentState.RESOLVED, now
    return settle(session, live)


def _open_incident(session: Session, incident_id: int, now: datetime) -> tuple[Live, Incident]:
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise IncidentNotFound(_("There is no such incident."))
    live = open_running(session, incident.instance_id, now)
    session.refresh(incident)
    if incident.state != IncidentState.OPEN:
        raise IncidentNotOpen(_("This incident is already resolved."))
    return live, incident


def fire_timer(session: Session, *, timer_id: int, now: datetime) -> Outcome | None:
    """Let a timer happen, and return what followed, or None when it has happened or was cancelled before."""
    instance_id = session.scalar(select(Timer.instance_id).where(Timer.id == timer_id))
    if instance_id is None:
        return None
    if lock_instance(session, instance_id).state != InstanceState.RUNNING:
        return None
    fired = session.execute(
        update(Timer)
        .where(Timer.id == timer_id, Timer.state == TimerState.WAITING, Timer.due_at <= now)
        .values(state=TimerState.FIRED, fired_at=now)
        .returning(Timer.task_ref)
    ).first()
    if fired is None:
        return None
    live = open_running(session, instance_id, now)
    task = live.workflow.index.tasks[token_of(fired.task_ref)[0]]
    task.task_spec.happen(task, number_of(task, fired.task_ref, "timer"), {})
    return settle(session, live)


def cancel(session: Session, *, instance_id: int, now: datetime) -> Outcome:
    """End an instance and everything in it.

    Raises:
        InstanceNotFound, InstanceEnded: as their names say.
    """
    live = open_running(session, instance_id, now)
    live.workflow.stop()
    return settle(session, live)


def give_up(session: Session, *, incident_id: int, now: datetime) -> Outcome:
    """End the instance of an incident that cannot be mended; it is `failed` then.

    Raises:
        IncidentNotFound, IncidentNotOpen, InstanceEnded: as their names say.
    """
    live, incident = _open_incident(session, incident_id, now)
    live.workflow.stop(incident.message or "given up")
    return settle(session, live)
