"""What would change for one instance that moved to another version, and why it may not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.migration.compare import frame_of, kind_of, waits
from app.engine.spiff.compensation import UNDOING
from app.engine.spiff.loops import Frame
from app.engine.spiff.tokens import HELD, is_guard
from app.engine.spiff.workflow import LiveWorkflow
from app.kernel.i18n import _


@dataclass(frozen=True)
class Refusal:
    """Why an instance cannot move: the element where it stands, and a sentence."""

    element_id: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """What moving would do to one instance.

    Attributes:
        kept: elements where it stands now and goes on standing.
        armed: events that begin to wait beside them.
        cancelled: events that waited beside them and do not any more.
        refusals: if there are any, the instance stays where it is.
    """

    kept: tuple[str, ...]
    armed: tuple[str, ...]
    cancelled: tuple[str, ...]
    refusals: tuple[Refusal, ...]


def levels_of(workflow: LiveWorkflow) -> dict[str, Any]:
    """Return the levels that belong to the process itself, not to what it calls, by the number of their container."""
    own: dict[str, Any] = {"": workflow}
    for number, level in workflow.subprocesses.items():  # A container is older than what is inside of it.
        if not level.is_isolated and any(level.parent_level is one for one in own.values()):
            own[str(number)] = level
    return own


def place_of(level: Any) -> str:
    """Return where in its process a level is: empty for the process, else its subprocess."""
    _version, slash, name = level.spec.name.partition("/")
    return f"{slash}{name}"


def plan_of(workflow: LiveWorkflow, newer: Mapping[str, Any]) -> Plan:
    """Say what moving the workflow to the newer specs, by place, would do."""
    kept: list[str] = []
    armed: list[str] = []
    cancelled: list[str] = []
    refusals: list[Refusal] = []
    for level in levels_of(workflow).values():
        spec = newer.get(place_of(level))
        if spec is None:
            refusals.append(
                Refusal(level.container.task_spec.bpmn_id, _("The subprocess is not in the newer version."))
            )
            continue
        refusals += _refused_of_level(level, spec, newer)
        for task in level.tasks.values():
            if is_guard(task):
                continue
            found = list(_refused(task, spec))
            refusals += found
            if not found and task.task_spec.element_type and not task.task_spec.is_frame:
                kept.append(task.task_spec.bpmn_id)
        gone, new = changed_guards(level, spec)
        cancelled += [guard.task_spec.name for guard in gone]
        armed += [name for name, _host in new]
    return Plan(tuple(sorted(kept)), tuple(sorted(armed)), tuple(sorted(cancelled)), tuple(refusals))


def _refused(task: Any, spec: Any) -> Iterator[Refusal]:
    """Say why a token cannot stand in the newer version of its level."""
    now, then = task.task_spec, spec.task_specs.get(task.task_spec.name)
    name = now.bpmn_id or now.name
    if then is None:
        if now.name.endswith(" [child]") and now.bpmn_id in spec.task_specs:
            yield Refusal(name, _("The step is not repeated any more, and some of its turns are running."))
        else:
            yield Refusal(name, _("The step is not in the newer version, and the instance stands there."))
        return
    if kind_of(now) != kind_of(then):
        yield Refusal(name, _("The step is of another kind in the newer version."))
    elif isinstance(now, Frame) and frame_of(now) != frame_of(then):
        yield Refusal(name, _("The step is repeated in another way, and some of its turns are running."))
    elif "armed" in task.internal_data and waits(now) != waits(then):
        yield Refusal(name, _("The step waits for something else in the newer version."))
    elif now.is_join and task._state == TaskState.WAITING and task.internal_data["flow"] not in then.incoming:
        yield Refusal(name, _("The flow along which a token has come to the gateway is not in the newer version."))
    elif not _fits(task.internal_data.get(UNDOING, ()), spec, {}):
        yield Refusal(name, _("What is being undone is not in the newer version."))


def _refused_of_level(level: Any, spec: Any, newer: Mapping[str, Any]) -> Iterator[Refusal]:
    name = level.container.task_spec.bpmn_id if level.container is not None else spec.name.partition(":")[0]
    if not _fits(level.records, spec, newer):
        yield Refusal(name, _("Something that was done can be undone today, and not in the newer version."))
    waiting = [one for one in level.memory.get("waiting", ()) if one not in spec.task_specs]
    if waiting or any(one != "waiting" and one not in spec.task_specs for one in level.memory):
        yield Refusal(name, _("A step whose turn comes later is not in the newer version."))


def _fits(records: Iterable[Mapping[str, Any]], spec: Any, newer: Mapping[str, Any]) -> bool:
    """Whether everything that can be undone has the same handler in the newer version."""
    for record in records:
        activity = spec.task_specs.get(record["activity"])
        if activity is None or record.get("node", record["activity"]) not in spec.task_specs:
            return False
        if record["handler"] and activity.handler != record["handler"]:
            return False
        inside, inner = record.get("inner"), newer.get(f"/{record['activity']}")
        if inside and newer and (inner is None or not _fits(inside, inner, newer)):
            return False
    return True


def changed_guards(level: Any, spec: Any) -> tuple[list[Any], list[tuple[str, Any]]]:
    """Return the tokens of events that stop waiting, and the names of those that begin to, each with its host.

    An event that waits for the same things as before goes on waiting: its time stays.
    """
    gone, new = [], []
    stays: dict[int | None, set[str]] = {}
    for guard in [task for task in level.tasks.values() if task.task_spec.guards and "armed" in task.internal_data]:
        host = guard.internal_data.get("host")
        if _goes_on(guard, spec, level.tasks.get(host)):
            stays.setdefault(host, set()).add(guard.task_spec.name)
        elif is_guard(guard):
            gone.append(guard)
    for task in level.tasks.values():
        then = spec.task_specs.get(task.task_spec.name)
        if then is None or not _is_active(task):
            continue
        before = {name for name in task.task_spec.boundary if _same(level.spec, spec, name)}
        new += [(name, task) for name in then.boundary if name not in stays.get(task.id, set()) | before]
    if not level.interrupted:
        before = {name for name in level.spec.event_subprocesses if _same(level.spec, spec, name)}
        new += [(name, None) for name in spec.event_subprocesses if name not in before]
    return gone, new


def _goes_on(guard: Any, spec: Any, host: Any) -> bool:
    name = guard.task_spec.name
    if host is None:
        beside = spec.event_subprocesses
    else:
        then = spec.task_specs.get(host.task_spec.name)
        beside = () if then is None else then.boundary
    return name in beside and _same(guard.workflow.spec, spec, name)


def _same(older: Any, newer: Any, name: str) -> bool:
    """Whether an event waits for the same things in the same way in both versions."""
    now, then = older.task_specs.get(name), newer.task_specs.get(name)
    if now is None or then is None or type(now) is not type(then):
        return False
    return bool(waits(now) == waits(then) and now.interrupting == then.interrupting)


def _is_active(task: Any) -> bool:
    """Whether boundary events wait beside this token, or would if it had any."""
    ready = task._state in (TaskState.READY, TaskState.STARTED) or "boundary" in task.internal_data
    return ready and task.task_spec.rests and not (HELD in task.internal_data and task._state == TaskState.WAITING)
