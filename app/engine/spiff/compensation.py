"""Compensation: what was completed and can be undone is remembered in its level, and undone in the reverse order."""

from collections.abc import Sequence
from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.tokens import COMPENSATES, FRAME, KEEPS, UNDO

UNDOING = "undoing"
RECORDS = "records"
TURNS = "turns done"


def remember(my_task: Any) -> None:
    """An activity was completed: write down how it can be undone, if it can.

    A turn of a loop or multi-instance tells that to the frame around it, which is completed with the last turn.
    """
    spec, internal, level = my_task.task_spec, my_task.internal_data, my_task.workflow
    inside = internal.pop(RECORDS, None)
    if COMPENSATES in internal:
        return
    if FRAME in internal:
        if inside:
            frame = level.tasks[internal[FRAME]]
            turn = {"activity": frame.task_spec.name, "node": spec.name, "handler": None, **inside}
            if KEEPS in internal:
                turn["own"] = my_task.data
            frame.internal_data.setdefault(TURNS, []).append(turn)
            level.top_workflow.index.touch(frame)
        return
    turns = internal.pop(TURNS, [])
    if spec.handler or inside:
        turns = [{"activity": spec.name, "node": spec.name, "handler": spec.handler, **(inside or {})}]
    if turns:
        level.records.extend(turns)
        level.touch()


def throw(my_task: Any, activity: str | None, *, waits: bool = True) -> bool:
    """Begin to undo what was completed; return whether the thrower has to wait for it."""
    level = _level_of(my_task, activity)
    chosen = [record for record in level.records if activity in (None, record["activity"])]
    if not chosen:
        return False
    level.records = [record for record in level.records if record not in chosen]
    level.touch()
    # Where nobody waits, a token that is not drawn stands for who asked, so that the level does not end before.
    thrower = my_task if waits else level.put(level.spec.undoer.name)
    thrower.internal_data[UNDOING] = chosen
    thrower._set_state(TaskState.STARTED)
    _next(thrower, level)
    return waits


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
        own = record.get("own")
        level.put(record["node"], {**about, UNDO: record, **({} if own is None else {KEEPS: True})}, own)


def handled(my_task: Any) -> None:
    """A handler is done: the next one begins, or whoever asked for it goes on."""
    thrower = my_task.workflow.top_workflow.index.tasks.get(my_task.internal_data[COMPENSATES])
    if thrower is None:
        my_task.workflow.end_if_empty()
    else:
        _next(thrower, my_task.workflow)


def what_is_inside(level: Any) -> dict[str, Any]:
    """Return what it takes to undo a level that ends: its records, and its variables as they are now."""
    return {"inner": level.records, "values": level.values}


def undo_inside(container: Any) -> None:
    """Undo what was completed inside a subprocess that is itself completed."""
    record = container.internal_data[UNDO]
    records: Sequence[Any] = record["inner"]
    level = container.workflow.top_workflow.open_level(container, container.task_spec.spec)
    level.clear()
    level.values = dict(record["values"])
    handlers = [name for name in level.spec.event_subprocesses if level.spec.task_specs[name].undoes]
    if handlers:
        level.records = list(records)
        level.put(handlers[0], {"happened": 0, "payload": {}})
        return
    undoing = level.put(level.spec.undoer.name)
    undoing.internal_data[UNDOING] = list(records)
    undoing._set_state(TaskState.STARTED)
    _next(undoing, level)
