"""The patches of SpiffWorkflow 3.2.0 that cannot be subclasses, because its own code names the patched thing.

Each is applied once, at import:

* `Task.__init__`, `Task._set_state`: tasks get small numbers as ids (the same run gives the same ids), the time of a
  change is a counter (a join merges its branches in this order, also when they end in the same instant), and every
  change feeds the index of the live workflow, so that nobody walks the whole tree to find what is ready.
* `Task._inherit_data`: upstream merges nested values in place, so that branches write into each other's data, and
  differently after a reload. Ours shares values and changes none.
* `Task._drop_children`, `Task.is_descendant_of`, `Task.find_ancestor`: upstream recurses once per ancestor, which
  fails in a process that has returned to a step some hundred times.
* `TaskIterator`, `BpmnTaskIterator`: upstream does not see tasks deeper than 1,000; a long-lived instance
  would end without a word and without its result.
"""

from importlib.metadata import version
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.util.task import BpmnTaskIterator
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskIterator, TaskState

VERSION = "3.2.0"
if version("SpiffWorkflow") != VERSION:
    raise RuntimeError(f"The engine is written for SpiffWorkflow {VERSION} and for no other version.")

NO_LIMIT = 10**9

_original_init = Task.__init__


def _init(
    self: Any, workflow: Any, task_spec: Any, parent: Any = None, state: int = TaskState.MAYBE, id: Any = None
) -> None:
    index = workflow.top_workflow.index
    _original_init(self, workflow, task_spec, parent, state, id or index.next_number())
    self.last_state_change = index.next_number()
    index.add(self)


def _set_state(self: Any, value: int) -> None:
    before = self._state
    if value != before:
        index = self.workflow.top_workflow.index
        self._state = value
        self.last_state_change = index.next_number()
        index.change(self, before)


def _inherit_data(self: Any) -> None:
    parent = self.parent
    if isinstance(parent.task_spec, LoopTask):
        self.data = {**parent.data, **self.data}  # the item of a multi-instance child hides a variable of this name
    else:
        self.data = {**self.data, **parent.data}


def _drop_children(self: Any, force: bool = False) -> None:
    drop = []
    pending = [self]
    while pending:
        for child in pending.pop().children:
            if force or child.has_state(TaskState.NOT_FINISHED_MASK):
                drop.append(child.id)
            else:
                pending.append(child)
    for number in drop:
        self.workflow._remove_task(number)


def _is_descendant_of(self: Any, task: Any) -> bool:
    ancestor = self.parent
    while ancestor is not None and ancestor is not task:
        ancestor = ancestor.parent
    return ancestor is not None


def _find_ancestor(self: Any, spec_name: str) -> Any:
    ancestor = self.parent
    while ancestor is not None and ancestor.task_spec.name != spec_name:
        ancestor = ancestor.parent
    return ancestor


Task.__init__ = _init
Task._set_state = _set_state
Task._inherit_data = _inherit_data
Task._drop_children = _drop_children
Task.is_descendant_of = _is_descendant_of
Task.find_ancestor = _find_ancestor
TaskIterator.__init__.__defaults__ = (None, NO_LIMIT, True, None)
BpmnTaskIterator.__init__.__defaults__ = (None, NO_LIMIT, True, False, None)
