"""The stored state of an instance: its levels with their variables, and its tokens, as compressed JSON after a byte.

The definition is not in it. Names of user data are never interpreted. What has not changed since it was written or
read is not encoded anew, so that a step costs what it changes and not what the instance holds.
"""

from collections.abc import Mapping
from typing import Any

import orjson
import zstandard
from SpiffWorkflow.task import Task

from app.engine.spiff import codec_v1
from app.engine.spiff.journal import RunContext
from app.engine.spiff.workflow import LiveWorkflow, SubWorkflow
from app.kernel.errors import Invalid, NotFound
from app.kernel.i18n import _

FORMAT = 2
FIRST_FORMAT = 1
"""Read only: what has moved is written in today's format."""
_MAX_JSON_BYTES = 256 * 1024 * 1024
_LEVEL = 1


class StateUnreadable(Invalid):
    """What is stored of an instance cannot be brought to life."""


def encode(workflow: LiveWorkflow) -> bytes:
    """Return the state of a workflow that has come to rest."""
    levels = [_level(level) for level in (workflow, *workflow.subprocesses.values())]
    tasks = [_task(task) for task in workflow.index.tasks.values()]
    head = b"[%d,[" % workflow.index.number
    body = b"".join((head, b",".join(levels), b"],[", b",".join(tasks), b"]]"))
    return bytes([FORMAT]) + zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(body)


def _level(level: Any) -> bytes:
    fragment: bytes | None = level.fragment
    if fragment is None:
        fragment = level.fragment = orjson.dumps(
            [
                level.parent_task_id,
                level.spec.name,
                level.values,
                level.given,
                level.memory,
                level.records,
                level.interrupted,
            ]
        )
    if level.container is not None:
        return fragment
    ended = orjson.dumps([level.completed, level.success, level.failed_with])
    return fragment[:-1] + b"," + ended + b"]"


def _task(task: Any) -> bytes:
    fragment: bytes | None = task.fragment
    if fragment is None:
        fragment = task.fragment = orjson.dumps(
            [task.id, task.workflow.parent_task_id, task.task_spec.name, task._state, task.internal_data, task.data]
        )
    return fragment


def decode(blob: bytes, specs: Mapping[str, Any], context: RunContext) -> LiveWorkflow:
    """Return the workflow whose state was stored, on the specs of its definition.

    Raises:
        StateUnreadable: the bytes are damaged, of another version, or of another definition.
    """
    if blob[:1] not in (bytes([FORMAT]), bytes([FIRST_FORMAT])):
        raise StateUnreadable(
            _("The state is stored in format %(format)s, which this version does not read."), format=blob[:1].hex()
        )
    try:
        if zstandard.get_frame_parameters(blob[1:]).content_size > _MAX_JSON_BYTES:
            raise ValueError("It says that it is far too large.")  # Memory is taken by what it says of itself.
        text = zstandard.ZstdDecompressor().decompress(blob[1:], max_output_size=_MAX_JSON_BYTES)
        stored = orjson.loads(text)
        if blob[0] == FIRST_FORMAT:
            return codec_v1.decode(stored, specs, context)
        number, levels, fragments = stored
        return _restore(number, levels, fragments, specs, context)
    except (zstandard.ZstdError, ValueError, LookupError, TypeError, AttributeError, NotFound) as error:
        raise StateUnreadable(_("The stored state of the process is damaged: %(error)s"), error=repr(error)) from error


def _restore(
    number: int, levels: list[Any], fragments: list[Any], specs: Mapping[str, Any], context: RunContext
) -> LiveWorkflow:
    first = levels[0]
    workflow = LiveWorkflow(specs[first[1]], specs, context, restoring=True)
    _restore_level(workflow, first)
    workflow.completed, workflow.success, workflow.failed_with = first[7]
    inside: dict[int, list[Any]] = {header[0]: header for header in levels[1:]}
    places: dict[int | None, Any] = {None: workflow}
    for fragment in fragments:  # A container is older than every token inside of it.
        task = _restore_task(places[fragment[1]], fragment)
        if task.id in inside:
            header = inside[task.id]
            level = SubWorkflow(specs[header[1]], task, restoring=True)
            _restore_level(level, header)
            workflow.subprocesses[task.id] = places[task.id] = level
    workflow.index.number = number
    return workflow


def _restore_level(level: Any, header: list[Any]) -> None:
    level.values, level.given, level.memory, level.records, level.interrupted = header[2:7]


def _restore_task(level: Any, fragment: list[Any]) -> Any:
    task = Task.__new__(Task)
    task.id, _level, name, task._state, task.internal_data, task.data = fragment
    task.workflow, task.task_spec = level, level.spec.task_specs[name]
    task._parent, task._children, task.fragment = None, [], None
    task.triggered, task.thread_id, task.last_state_change = False, 0, 0
    level.tasks[task.id] = task
    level.top_workflow.index.add(task)
    return task
