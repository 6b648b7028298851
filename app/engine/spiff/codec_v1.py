"""Reads the state as the first release stored it: SpiffWorkflow's tree of tasks, each with all data that it saw.

There a task stayed in the tree when it was done, those to come were predicted in it, and each branch had data of its
own. Of this the tokens are kept, under their old numbers, so that rows of timers, subscriptions, incidents and tasks
still name them; and of the data what the branches have changed, brought together as their join would have done.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.data import Data, digest, is_same
from app.engine.spiff.journal import RunContext
from app.engine.spiff.loops import Frame
from app.engine.spiff.tokens import FRAME, HELD, KEEPS, LEAVING, LIVE, PLAIN_REF
from app.engine.spiff.workflow import LiveWorkflow, SubWorkflow

_START, _SPLIT, _JOIN = "Start", ".BoundaryEventSplit", ".BoundaryEventJoin"


@dataclass
class _Node:
    """A task of the old tree."""

    id: int
    parent: int | None
    name: str
    state: int
    order: int
    internal: dict[str, Any]
    data: Data


class _Place(NamedTuple):
    """Where a token stands now; `done` where nothing is left to do but to go on."""

    name: str
    state: int
    done: bool = False


@dataclass
class _Tree:
    """One level of the old state, with its tasks by number; `container` is the one that it was inside of."""

    container: int | None
    name: str
    success: bool
    completed: bool
    data: Data
    last: int | None
    spec: Any
    nodes: dict[int, _Node] = field(default_factory=dict)

    def parent(self, node: _Node) -> _Node | None:
        return None if node.parent is None else self.nodes.get(node.parent)

    def line(self, node: _Node) -> list[_Node]:
        """Return the node and all before it, the first of the level first."""
        line = [node]
        while (before := self.parent(line[-1])) is not None:
            line.append(before)
        return line[::-1]

    @cached_property
    def live(self) -> list[_Node]:
        """Return the tasks where the level stands, in the order in which they came there."""
        return sorted((node for node in self.nodes.values() if node.state & LIVE), key=lambda node: node.order)

    def frame(self, node: _Node) -> _Node | None:
        """Return the multi-instance activity that a task is an instance of."""
        before = self.parent(node)
        return before if before is not None and node.name == f"{before.name} [child]" else None

    def is_branch(self, node: _Node) -> bool:
        """Whether the data of a live task are those of a branch of this level."""
        spec = self.spec.task_specs.get(node.name)
        is_guard = spec is not None and spec.guards and node.state == TaskState.WAITING
        only_waits = node.name.endswith(_JOIN) and node.state == TaskState.WAITING
        return not (is_guard or only_waits or self.frame(node))

    def place(self, node: _Node) -> _Place | None:
        """Return where a token stands, None for a branch that has ended; what was not drawn can only be held."""
        if node.name in self.spec.task_specs:
            return _Place(node.name, node.state)
        if HELD not in node.internal:
            return None
        if node.name == _START:
            return _Place(self.spec.start.name, TaskState.READY)
        if node.name.endswith(_SPLIT):
            return _Place(node.name.removesuffix(_SPLIT), TaskState.WAITING)
        before = next(one for one in reversed(self.line(node)) if one.name in self.spec.task_specs)
        return _Place(before.name, TaskState.READY, done=True)


def decode(state: Mapping[str, Any], specs: Mapping[str, Any], context: RunContext) -> LiveWorkflow:
    """Return the workflow whose state, already unpacked, the first release stored."""
    trees = _read(state, specs)
    top = trees[None]
    workflow = LiveWorkflow(top.spec, specs, context, restoring=True)
    workflow.completed, workflow.success = top.completed, top.success
    if top.completed:
        last = None if top.last is None else top.nodes.get(top.last)
        workflow.values = top.data or ({} if last is None else last.data)
    else:
        for tree in trees.values():  # A subprocess is written after the level it belongs to.
            _restore_level(workflow, tree, trees)
    workflow.index.number = state["number"]
    return workflow


def _read(state: Mapping[str, Any], specs: Mapping[str, Any]) -> dict[int | None, _Tree]:
    values = state["values"]

    def resolved(data: Mapping[str, Any]) -> Data:
        return {name: values[value] if isinstance(value, int) else value[0] for name, value in data.items()}

    trees: dict[int | None, _Tree] = {}
    for container, name, success, completed, last, _root, data in state["levels"]:
        trees[container] = _Tree(container, name, success, completed, resolved(data), last, specs[name])
    for number, parent, _children, place, name, now, order, _triggered, internal, data in state["tasks"]:
        trees[place].nodes[number] = _Node(number, parent, name, now, order, internal, resolved(data))
    return trees


def _restore_level(workflow: LiveWorkflow, tree: _Tree, trees: Mapping[int | None, _Tree]) -> None:
    level: Any = workflow
    if tree.container is not None:
        container = workflow.index.tasks.get(tree.container)
        if container is None:
            return  # What the level was inside of has ended.
        level = SubWorkflow(tree.spec, container, restoring=True)
        workflow.subprocesses[tree.container] = level
    merged = _merged(tree, trees)
    level.values = merged if level.is_isolated else {name: merged.get(name) for name in tree.spec.declared}
    if level.is_isolated and tree.container is not None:
        outside = next(one for one in trees.values() if tree.container in one.nodes)
        given = outside.nodes[tree.container].data
        level.given = {name: digest(value) for name, value in given.items()}
    for node in tree.live:
        _restore_token(level, tree, node, trees)
    _bind_guards(level, tree)


def _effective(tree: _Tree, node: _Node, trees: Mapping[int | None, _Tree]) -> Data:
    """Return what a task knows, with what was changed in the embedded subprocess inside of it."""
    inner = trees.get(node.id)
    if inner is not None and "/" in inner.name:
        return _merged(inner, trees)
    before = tree.parent(node)
    spec = tree.spec.task_specs.get(node.name)
    if before is not None and node.state == TaskState.WAITING and (spec is None or spec.is_join):
        return before.data  # A join took the data of its branches only when it went on.
    return node.data


def _merged(tree: _Tree, trees: Mapping[int | None, _Tree]) -> Data:
    """Return the variables of a level: what its branches have changed since they parted, later ones over earlier."""
    branches = [node for node in tree.live if tree.is_branch(node)]
    lines = [tree.line(node) for node in branches]
    shared = [same[0] for same in zip(*lines, strict=False) if all(node is same[0] for node in same)]
    base = shared[-1].data if len(branches) > 1 and shared else {}
    merged = dict(base)
    for node in branches:
        merged = _apply_changes(base, _effective(tree, node, trees), merged)
    return merged


def _apply_changes(base: Data, branch: Data, target: Data) -> Data:
    result = {key: value for key, value in target.items() if key in branch or key not in base}
    for key, value in branch.items():
        before = base.get(key)
        if key in base and is_same(before, value):
            continue
        now = result.get(key)
        both = isinstance(before, dict) and isinstance(value, dict) and isinstance(now, dict)
        result[key] = _apply_changes(before, value, now) if both else value  # type: ignore[arg-type]
    return result


def _restore_token(level: Any, tree: _Tree, node: _Node, trees: Mapping[int | None, _Tree]) -> None:
    place = tree.place(node)
    if place is None:
        return
    spec, internal = tree.spec.task_specs[place.name], dict(node.internal)
    if spec.guards and not _still_waits(internal):
        return
    if place.done:
        internal[LEAVING] = True
    if isinstance(spec, Frame) and "results" in internal:
        _convert_frame(spec, internal)
    if spec.is_join and place.state == TaskState.WAITING:
        internal["flow"] = _flow(level, tree, node)
    frame = tree.frame(node)
    if frame is not None:
        internal |= {FRAME: frame.id, KEEPS: True}
    task = _put(level, node.id, spec, place.state, internal, {} if frame is None else _own_layer(tree, node, trees))
    if len(getattr(spec, "definitions", ())) > 1 and "armed" in internal:
        internal |= {PLAIN_REF: True, "armed": _in_order(task, internal["armed"])}


def _own_layer(tree: _Tree, node: _Node, trees: Mapping[int | None, _Tree]) -> Data:
    """Return what an instance of a multi-instance activity has for itself: its item, and what it has changed."""
    frame = tree.frame(node)
    assert frame is not None  # noqa: S101 - asked of such instances only
    item = tree.spec.task_specs[frame.name].item_name
    return {
        name: value
        for name, value in _effective(tree, node, trees).items()
        if name == item or name not in frame.data or not is_same(value, frame.data[name])
    }


def _in_order(task: Any, armed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what an event-based gateway waits for in the order of the file; the first release went by the drawing."""
    timer = next((one for one in armed if "due" in one), {})
    messages = [one for one in armed if "correlation" in one]
    found: list[dict[str, Any]] = []
    for definition in task.task_spec.definitions:
        if definition.kind != "message":
            found.append(timer if definition.kind == "timer" else {})
        elif all(one == messages[0] for one in messages):
            found.append(messages[0])
        else:
            mine = definition.arm(task)
            found.append(messages.pop(messages.index(mine) if mine in messages else 0))
    return found


def _put(level: Any, number: int, spec: Any, state: int, internal: dict[str, Any], data: Data) -> Any:
    task = Task.__new__(Task)
    task.id, task.workflow, task.task_spec, task._state = number, level, spec, state
    task.internal_data, task.data, task.fragment = internal, data, None
    task._parent, task._children = None, []
    task.triggered, task.thread_id, task.last_state_change = False, 0, 0
    level.tasks[number] = task
    level.top_workflow.index.add(task)
    return task


def _still_waits(internal: Mapping[str, Any]) -> bool:
    """Whether a boundary event can happen: a cycle may be over, what catches errors has no token any more."""
    return HELD in internal or any(armed.get("due", "") is not None for armed in internal.get("armed", ()))


def _convert_frame(frame: Any, internal: dict[str, Any]) -> None:
    items = internal.pop("items")
    internal.pop("begun")
    internal |= {"count": len(items), "done": len(internal["results"]), "left": items if frame.sequential else []}


def _flow(level: Any, tree: _Tree, node: _Node) -> str:
    """Return the flow along which a token came to the join where it waits."""
    before = tree.parent(node)
    source = "" if before is None else before.name.removesuffix(_JOIN)
    spec = tree.spec.task_specs[source]
    flows = [flow.id for flow in spec.flows if flow.target == node.name]
    taken = {task.internal_data["flow"] for task in level.tasks.values() if task.task_spec.name == node.name != source}
    return str(next((flow for flow in flows if flow not in taken), flows[0]))


def _bind_guards(level: Any, tree: _Tree) -> None:
    """Tell boundary events what they wait beside, and activities what waits beside them."""
    for task in level.tasks.values():
        if task.task_spec.boundary and task.internal_data.get(LEAVING) is not True:
            task.internal_data.setdefault("boundary", [])
    for task in list(level.tasks.values()):
        if not task.task_spec.guards or task._state != TaskState.WAITING:
            continue
        host = _host(level, tree, task)
        if host is None or task.task_spec.name not in host.task_spec.boundary:
            level.forget(task)
        else:
            task.internal_data["host"] = host.id
            host.internal_data["boundary"].append(task.id)


def _host(level: Any, tree: _Tree, guard: Any) -> Any:
    split = tree.nodes[guard.id].parent
    beside = [node for node in tree.live if node.parent == split and node.id != guard.id]
    tokens = [level.tasks[node.id] for node in beside if node.id in level.tasks]
    return next((task for task in tokens if not task.task_spec.guards), None)
