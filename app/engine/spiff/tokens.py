"""What a token is: where it stands, which variables it sees, and what it only waits beside."""

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.data import Data

LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED
HELD = "held"
LEAVING = "leaving"
FRAME = "frame"
KEEPS = "keeps"
COMPENSATES = "compensates"
UNDO = "undo"
PLAIN_REF = "plain_ref"
"""Of tokens that the first release stored: rows name them without the number of the definition."""


def process_key_of(task: Any) -> str:
    """Return the key of the process whose diagram holds this task."""
    name: str = task.workflow.spec.name
    return name.partition(":")[0]


def is_guard(task: Any) -> bool:
    """Whether the token only waits beside an activity or scope, and does not keep it from ending."""
    return bool(task.task_spec.guards) and task._state == TaskState.WAITING and HELD not in task.internal_data


def read(task: Any) -> Data:
    """Return the variables that a token sees; the result is shared and must not be changed."""
    seen: Data = task.workflow.variables()
    return {**seen, **task.data} if task.data else seen


def write(task: Any, changes: Mapping[str, Any]) -> None:
    """Change variables where they belong: in the token's own layer or in the level's."""
    own: Data = task.data
    index = task.workflow.top_workflow.index
    if KEEPS in task.internal_data:
        task.data = {**own, **changes}
        index.touch(task)
    else:
        mine = {name: value for name, value in changes.items() if name in own} if own else {}
        if mine:
            task.data = {**own, **mine}
            index.touch(task)
        task.workflow.change({name: value for name, value in changes.items() if name not in mine})
    index.data_changed = True


def is_token(task: Any) -> bool:
    """Whether the task is a place where the instance stands, and not a frame around such places."""
    spec = task.task_spec
    return not spec.is_frame and task.id not in task.workflow.top_workflow.subprocesses and not is_guard(task)
