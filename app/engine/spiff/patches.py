"""The patches of SpiffWorkflow 3.2.0 that cannot be subclasses, because its own code names the patched thing.

Both are of `Task`, which every workflow of SpiffWorkflow creates by its name; each is applied once, at import:

* `Task.__init__`: tasks get small numbers as ids, so that the same run gives the same ids, read no clock, and are
  known to the index of the live workflow.
* `Task._set_state`: every change feeds that index, so that nobody walks the whole tree to find what is ready;
  upstream builds a record for the log each time.
"""

from importlib.metadata import version
from typing import Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

VERSION = "3.2.0"
if version("SpiffWorkflow") != VERSION:
    raise RuntimeError(f"The engine is written for SpiffWorkflow {VERSION} and for no other version.")


def _init(
    self: Any, workflow: Any, task_spec: Any, parent: Any = None, state: int = TaskState.MAYBE, id: Any = None
) -> None:
    index = workflow.top_workflow.index
    self.id = id or index.next_number()
    self.workflow, self.task_spec = workflow, task_spec
    self._parent, self._children, self._state = None, [], state
    self.triggered, self.thread_id, self.last_state_change = False, 0, 0
    self.data, self.internal_data, self.fragment = {}, {}, None
    workflow.tasks[self.id] = self
    index.add(self)
    index.touch(self, 0)


def _set_state(self: Any, value: int) -> None:
    before = self._state
    if value != before:
        self._state = value
        self.workflow.top_workflow.index.change(self, before)


Task.__init__ = _init
Task._set_state = _set_state
