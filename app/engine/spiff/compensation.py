"""Compensation: what was completed and can be undone is remembered in its level, and undone in the reverse order."""

from collections.abc import Sequence
from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.tokens import COMPENSATES, FRAME

UNDOING = "undoing"


def remember(my_task: Any) -> None:
    """An activity was completed: write down how it can be undone, if it can."""
    spec, internal = my_task.task_spec, my_task.internal_data
    if COMPENSATES in internal or FRAME in internal:
        return
    inner = internal.pop("records", None)
    if spec.handler or inner:
        my_task.workflow.records.append({"activity": spec.name, "handler": spec.handler, "inner": inner or []})
        my_task.workflow.touch()


def throw(my_task: Any, activity: str | None) -> bool:
    """Begin to undo what was completed; return whether the thrower has to wait for it."""
    level = _level_of(my_task, activity)
    chosen = [record for record in level.records if activity in (None, record["activity"])]
    if not chosen:
        return False
    level.records = [record for record in level.records if record not in chosen]
    level.touch()
    my_task.internal_data[UNDOING] = chosen
    my_task._set_state(TaskState.STARTED)
    _next(my_task, level)
    return True


def _level_of(my_task: Any, activity: str | None) -> Any:
    """Return the level whose activities are meant: that of the thrower, or outside of the event subprocess it is in."""
    level = my_task.workflow
    while level.container is not None:
        inside_event = level.container.task_spec.guards
        if (activity is None and not inside_event) or (activity is not None and activity in level.spec.task_specs):
            return level
        level = level.parent_level
    return level


def _next(thrower: Any, level: Any) -> None:
    records = thrower.internal_data[UNDOING]
    if not records:
        del thrower.internal_data[UNDOING]
        thrower.task_spec.undone(thrower)
        return
    thrower.internal_data[UNDOING] = records[:-1]
    level.top_workflow.index.touch(thrower)
    record = records[-1]
    about = {COMPENSATES: thrower.id}
    if record["handler"]:
        level.put(record["handler"], about)
    else:
        level.put(record["activity"], {**about, "undo": record["inner"]})


def handled(my_task: Any) -> None:
    """A handler is done: the next one begins, or whoever asked for it goes on."""
    thrower = my_task.workflow.top_workflow.index.tasks.get(my_task.internal_data[COMPENSATES])
    if thrower is None:
        my_task.workflow.end_if_empty()
    else:
        _next(thrower, my_task.workflow)


def undo_inside(container: Any, records: Sequence[Any]) -> None:
    """Undo what was completed inside a subprocess that is itself completed."""
    level = container.workflow.top_workflow.open_level(container, container.task_spec.spec)
    level.clear()
    handlers = [name for name in level.spec.event_subprocesses if level.spec.task_specs[name].undoes]
    if handlers:
        level.records = list(records)
        level.put(handlers[0], {"happened": 0, "payload": {}})
        return
    undoing = level.put(level.spec.undoer.name)
    undoing.internal_data[UNDOING] = list(records)
    undoing._set_state(TaskState.STARTED)
    _next(undoing, level)
