"""Plays recorded steps on an instance, in the same way in every release, and says where it stands.

Only what every release offers is used: the verbs of `app.engine.instances.operations` and the stored rows.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.events import operations as events
from app.engine.instances import operations, queries
from app.engine.instances.models import Incident, IncidentState, Instance, Subscription
from app.engine.timers.models import Timer, TimerState

SCOPE = "cycle:1"

Step = Mapping[str, Any]


def process_of(task: Any) -> str:
    """Return the key of the process that a token stands in."""
    return str(task.workflow.spec.name).partition(":")[0]


def open_tasks(session: Session, instance_id: int) -> list[Any]:
    """Return the tokens at tasks that a person can complete, the oldest first."""
    return _tokens(session, instance_id, lambda task: task._state == TaskState.READY and task.task_spec.manual)


def waiting_calls(session: Session, instance_id: int) -> list[Any]:
    """Return the tokens at service tasks that wait for a result."""
    return _tokens(
        session, instance_id, lambda task: task._state == TaskState.STARTED and hasattr(task.task_spec, "operation")
    )


def _tokens(session: Session, instance_id: int, wanted: Any) -> list[Any]:
    live = queries.read_workflow(session, instance_id).index.tasks
    found = [task for task in live.values() if wanted(task) and "held" not in task.internal_data]
    return sorted(found, key=lambda task: int(task.id))


def timers(session: Session, instance_id: int) -> list[Timer]:
    """Return the timers that wait, in the order in which they are due."""
    waiting = (Timer.instance_id == instance_id, Timer.state == TimerState.WAITING)
    return list(session.scalars(select(Timer).where(*waiting).order_by(Timer.due_at, Timer.id)))


def standing(session: Session, instance_id: int) -> dict[str, Any]:
    """Return where an instance stands and everything it waits for, in words that no release changes."""
    row = queries.get_instance(session, instance_id=instance_id)
    running = row.state.value == "running"
    waits = select(Subscription).where(Subscription.instance_id == instance_id)
    held = select(Incident).where(Incident.instance_id == instance_id, Incident.state == IncidentState.OPEN)
    return {
        "state": row.state.value,
        "open": sorted(task.task_spec.bpmn_id for task in open_tasks(session, instance_id)) if running else [],
        "calls": sorted(task.task_spec.bpmn_id for task in waiting_calls(session, instance_id)) if running else [],
        "timers": [[timer.element_id, timer.due_at.isoformat()] for timer in timers(session, instance_id)],
        "waits": sorted([one.kind.value, one.name, one.correlation] for one in session.scalars(waits)),
        "incidents": sorted(one.element_id for one in session.scalars(held)),
    }


def play(session: Session, instance_id: int, step: Step, answers: Mapping[str, Any], now: datetime) -> datetime:
    """Do one step and return what the time is after it. What a step gives stands in it, or in `answers`."""
    if "complete" in step:
        task = _nth(open_tasks(session, instance_id), step["complete"], step.get("nth", 0))
        data = _given(step, "data", task, answers)
        operations.complete_task(session, instance_id=instance_id, task_ref=str(task.id), data=data, now=now)
    elif "result" in step:
        task = _nth(waiting_calls(session, instance_id), step["result"], step.get("nth", 0))
        result = _given(step, "data", task, answers)
        operations.complete_call(session, instance_id=instance_id, task_ref=str(task.id), result=result, now=now)
    elif "fail" in step:
        task = _nth(waiting_calls(session, instance_id), step["fail"], 0)
        about: dict[str, Any] = {"instance_id": instance_id, "task_ref": str(task.id), "now": now}
        operations.fail_call(session, message="It does not answer.", detail="timeout", **about)
    elif "due" in step:
        now = max(now, datetime.fromisoformat(step["due"]))
        for timer in timers(session, instance_id):
            if timer.due_at <= now:
                operations.fire_timer(session, timer_id=timer.id, now=now)
    elif "message" in step:
        events.deliver_message(
            session,
            name=step["message"],
            correlation=step["correlation"],
            payload=step.get("payload", {}),
            business_key=session.get_one(Instance, instance_id).business_key,
            scope_key=SCOPE,
            now=now,
        )
    elif "signal" in step:
        events.broadcast_signal(session, name=step["signal"], scope_key=step.get("scope", SCOPE), now=now)
    else:
        _retry(session, instance_id, step["retry"], now)
    session.flush()
    session.expire_all()
    return now


def _nth(tasks: list[Any], element: str, number: int) -> Any:
    return [task for task in tasks if task.task_spec.bpmn_id == element][number]


def _given(step: Step, name: str, task: Any, answers: Mapping[str, Any]) -> Any:
    if name in step:
        return step[name]
    return answers.get(f"{process_of(task)}/{task.task_spec.bpmn_id}", {})


def _retry(session: Session, instance_id: int, element: str, now: datetime) -> None:
    wanted = (Incident.instance_id == instance_id, Incident.element_id == element)
    incident = session.scalars(select(Incident).where(*wanted, Incident.state == IncidentState.OPEN)).one()
    operations.retry_incident(session, incident_id=incident.id, now=now)
