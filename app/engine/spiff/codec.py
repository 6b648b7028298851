"""The stored state of an instance: its tasks, each different value once, as compressed JSON after a version byte.

The definition is not in it. Names of user data are never interpreted, and the order of keys is kept.
"""

from collections.abc import Mapping
from typing import Any

import orjson
import zstandard
from SpiffWorkflow.task import Task

from app.engine.spiff.workflow import LiveWorkflow, RunContext, SubWorkflow

FORMAT = 1
_MAX_JSON_BYTES = 256 * 1024 * 1024
_INLINE_BYTES = 12
_OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS


class _Values:
    """Numbers the values of the instance's data, so that each is written once."""

    def __init__(self) -> None:
        self.written: list[orjson.Fragment] = []
        self._by_content: dict[bytes, int] = {}
        self._by_identity: dict[int, int] = {}

    def refer(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data with each value as a number, or inside a list where it is short."""
        return {name: self._one(value) for name, value in data.items()}

    def _one(self, value: Any) -> Any:
        compound = isinstance(value, dict | list)
        if compound and id(value) in self._by_identity:
            return self._by_identity[id(value)]
        content = orjson.dumps(value, option=_OPTIONS)
        if len(content) <= _INLINE_BYTES:
            return [value]
        number = self._by_content.setdefault(content, len(self.written))
        if number == len(self.written):
            self.written.append(orjson.Fragment(content))
        if compound:
            self._by_identity[id(value)] = number
        return number


def encode(workflow: LiveWorkflow) -> bytes:
    """Return the state of a workflow that has come to rest."""
    values = _Values()
    levels = [workflow, *workflow.subprocesses.values()]
    state = {
        "number": workflow.index.number,
        "levels": [_encode_level(level, values) for level in levels],
        "tasks": [_encode_task(task, values) for level in levels for task in level.tasks.values()],
        "values": values.written,
    }
    return bytes([FORMAT]) + zstandard.ZstdCompressor(level=3).compress(orjson.dumps(state, option=_OPTIONS))


def _encode_level(level: Any, values: _Values) -> list[Any]:
    last = level.last_task
    return [
        level.parent_task_id,
        level.spec.name,
        level.success,
        level.completed,
        last.id if last is not None and last.id in level.tasks else None,
        level.task_tree.id,
        values.refer(level.data),
    ]


def _encode_task(task: Any, values: _Values) -> list[Any]:
    return [
        task.id,
        task._parent,
        task._children,
        task.workflow.parent_task_id,
        task.task_spec.name,
        task._state,
        task.last_state_change,
        task.triggered,
        task.internal_data,
        values.refer(task.data),
    ]


def decode(blob: bytes, specs: Mapping[str, Any], context: RunContext) -> LiveWorkflow:
    """Return the workflow whose state was stored, on the specs of its definition."""
    if blob[0] != FORMAT:
        raise ValueError(f"The state is stored in format {blob[0]}, which this version does not read.")
    state = orjson.loads(zstandard.ZstdDecompressor().decompress(blob[1:], max_output_size=_MAX_JSON_BYTES))
    values = state["values"]
    levels = state["levels"]
    workflow = LiveWorkflow(specs[levels[0][1]], specs, context, restoring=True)
    fragments: dict[int | None, list[Any]] = {}
    for fragment in state["tasks"]:
        fragments.setdefault(fragment[3], []).append(fragment)
    for header in levels:  # A subprocess is written after the level it belongs to.
        level = workflow if header[0] is None else _restore_subprocess(workflow, header, specs)
        for fragment in fragments.get(header[0], []):
            _restore_task(level, fragment, values)
        _restore_level(level, header, values)
    workflow.index.number = state["number"]
    return workflow


def _restore_subprocess(workflow: LiveWorkflow, header: list[Any], specs: Mapping[str, Any]) -> SubWorkflow:
    parent = workflow.index.tasks[header[0]]
    level = SubWorkflow(specs[header[1]], header[0], workflow, deserializing=True)
    workflow.subprocesses[header[0]] = level
    level.completed_event.connect(parent.task_spec._on_subworkflow_completed, parent)
    return level


def _restore_task(level: Any, fragment: list[Any], values: list[Any]) -> None:
    task = Task.__new__(Task)
    (
        task.id,
        task._parent,
        task._children,
        _level,
        name,
        task._state,
        task.last_state_change,
        task.triggered,
        task.internal_data,
        data,
    ) = fragment
    task.workflow, task.task_spec, task.thread_id = level, level.spec.task_specs[name], 0
    task.data = _resolve(data, values)
    level.tasks[task.id] = task
    level.top_workflow.index.add(task)


def _restore_level(level: Any, header: list[Any], values: list[Any]) -> None:
    _parent, _name, level.success, level.completed, last, root, data = header
    level.last_task = level.tasks.get(last)
    level.task_tree = level.tasks[root]
    level.data = _resolve(data, values)


def _resolve(data: Mapping[str, Any], values: list[Any]) -> dict[str, Any]:
    return {name: values[value] if isinstance(value, int) else value[0] for name, value in data.items()}
