"""Rows of what the tokens of an instance wait for from outside: timers, messages and signals."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.util.task import TaskState
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from app.engine.instances.live import Live
from app.engine.instances.models import Subscription
from app.engine.spiff.events import Wait
from app.engine.spiff.tokens import PLAIN_REF, process_key_of
from app.engine.timers.models import Timer, TimerState
from app.kernel.rows import insert_many
from app.kernel.statements import Statement


def ref_of(task: Any, wait: Wait) -> str:
    """Return how rows name one of the things a token waits for: the token, and its definition but for the first."""
    return f"{task.id}.{wait.number}" if wait.number and PLAIN_REF not in task.internal_data else str(task.id)


def number_of(task: Any, ref: str, kind: str, name: str = "") -> int:
    """Return which of the things that a token waits for a row of this kind and name means."""
    _token, number = token_of(ref)
    if PLAIN_REF not in task.internal_data:
        return number
    return next(int(wait.number) for wait in task.task_spec.waits(task) if (wait.kind, wait.name) == (kind, name))


def waits_of(tasks: Iterable[Any]) -> list[tuple[Any, Wait]]:
    """Return everything that the tokens wait for from outside."""
    return [(task, wait) for task in tasks if task.task_spec.awaits for wait in task.task_spec.waits(task)]


def token_of(ref: str) -> tuple[int, int]:
    """Return the token and the number of its definition that a row names.

    Raises:
        ValueError: it is no such name.
    """
    number, _dot, definition = ref.partition(".")
    return int(number), int(definition or 0)


def write_waits(session: Session, live: Live) -> None:
    """Bring the rows of timers and subscriptions to what the changed tokens wait for."""
    index = live.workflow.index
    changed = [task for task, _state in index.touched.values() if task.task_spec.awaits]
    before = {task.id for task in changed if index.touched[task.id][1] == TaskState.WAITING}
    wanted = waits_of(task for task in changed if task.id in index.tasks)
    timers = {
        (ref_of(task, wait), wait.armed.get("turn", 1)): (task, wait.armed)
        for task, wait in wanted
        if wait.kind == "timer" and wait.armed["due"] is not None
    }
    subscriptions = {
        (ref_of(task, wait), wait.kind, wait.name, wait.armed.get("correlation", "")): None
        for task, wait in wanted
        if wait.kind in ("message", "signal")
    }
    still = {task.id for task, _wait in wanted}
    gone = [task for task in changed if task.id in before - still]
    _end_waits(session, live, gone)
    if before & still:
        _cancel_timers(session, live, changed, before & still, timers)
        _drop_subscriptions(session, live, changed, before & still, subscriptions)
    _add_timers(session, live, timers)
    _add_subscriptions(session, live, subscriptions)


_timer: Any = Timer.__table__
_subscription: Any = Subscription.__table__.c
_CANCEL = Statement(
    update(_timer)
    .where(_timer.c.instance_id == bindparam("ended_in"), _timer.c.task_ref == bindparam("ref"))
    .where(_timer.c.state == TimerState.WAITING)
    .values(state=TimerState.CANCELLED)
)
_FORGET = Statement(
    delete(Subscription).where(
        _subscription.instance_id == bindparam("ended_in"), _subscription.task_ref == bindparam("ref")
    )
)


def _end_waits(session: Session, live: Live, gone: Iterable[Any]) -> None:
    """End the rows of tokens that wait for nothing any more; what their timers and messages are stands in the spec."""
    timers, subscriptions = [], []
    for task in gone:
        kinds = {definition.kind for definition in task.task_spec.definitions}
        rows = [{"ended_in": live.row.id, "ref": ref} for ref in _refs([task], {task.id})]
        timers += rows if "timer" in kinds else []
        subscriptions += rows if kinds & {"message", "signal"} else []
    _CANCEL.run_each(session, timers)
    for seen in [seen for seen in session.identity_map.values() if timers and isinstance(seen, Timer)]:
        session.expire(seen)
    _FORGET.run_each(session, subscriptions)


def _refs(changed: Iterable[Any], before: set[int]) -> list[str]:
    """Return every ref that rows of these tokens can have."""
    return [
        f"{task.id}.{number}" if number else str(task.id)
        for task in changed
        if task.id in before
        for number in range(len(task.task_spec.definitions))
    ]


def _cancel_timers(
    session: Session, live: Live, changed: list[Any], before: set[int], timers: dict[tuple[str, int], Any]
) -> None:
    if not any(definition.kind == "timer" for task in changed for definition in task.task_spec.definitions):
        return
    mine = (Timer.instance_id == live.row.id, Timer.state == TimerState.WAITING)
    refs = _refs(changed, before)
    rows = session.execute(select(Timer.id, Timer.task_ref, Timer.occurrence).where(*mine, Timer.task_ref.in_(refs)))
    gone = [row.id for row in rows if timers.pop((row.task_ref, row.occurrence), None) is None]
    if gone:
        session.execute(update(Timer).where(Timer.id.in_(gone)).values(state=TimerState.CANCELLED))


def _drop_subscriptions(
    session: Session, live: Live, changed: list[Any], before: set[int], wanted: dict[tuple[str, str, str, str], None]
) -> None:
    kinds = {definition.kind for task in changed for definition in task.task_spec.definitions}
    if not kinds & {"message", "signal"}:
        return
    rows = session.execute(
        select(
            Subscription.id, Subscription.task_ref, Subscription.kind, Subscription.name, Subscription.correlation
        ).where(Subscription.instance_id == live.row.id, Subscription.task_ref.in_(_refs(changed, before)))
    ).all()
    gone = []
    for row in rows:
        key = (row.task_ref, row.kind.value, row.name, row.correlation)
        if key in wanted:
            del wanted[key]
        else:
            gone.append(row.id)
    if gone:
        session.execute(delete(Subscription).where(Subscription.id.in_(gone)))


def _add_timers(session: Session, live: Live, timers: Mapping[tuple[str, int], Any]) -> None:
    rows = [
        {
            "instance_id": live.row.id,
            "task_ref": task_ref,
            "process_key": process_key_of(task),
            "element_id": task.task_spec.bpmn_id,
            "occurrence": occurrence,
            "due_at": datetime.fromisoformat(armed["due"]),
            "missed": armed.get("missed", 0),
            "attempts": 0,
            "state": TimerState.WAITING,
        }
        for (task_ref, occurrence), (task, armed) in timers.items()
    ]
    insert_many(session, Timer, rows)


def _add_subscriptions(session: Session, live: Live, wanted: Iterable[tuple[str, str, str, str]]) -> None:
    rows = [
        {
            "instance_id": live.row.id,
            "task_ref": task_ref,
            "kind": kind,
            "name": name,
            "correlation": correlation,
            "scope_key": live.row.scope_key,
        }
        for task_ref, kind, name, correlation in wanted
    ]
    insert_many(session, Subscription, rows)
