"""The tokens of an instance by number, what must be done with them, and what changed in this run."""

from collections import OrderedDict
from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.journal import Change
from app.engine.spiff.tokens import HELD, LIVE, UNDO, process_key_of


class Index:
    """Tokens of the instance and its levels by number, and those that something must be done with."""

    def __init__(self) -> None:
        self.number = 0
        self.tasks: dict[int, Any] = {}
        self.automatic: OrderedDict[int, Any] = OrderedDict()
        self.joins: dict[int, Any] = {}
        self.conditions: dict[int, Any] = {}
        self.changes: list[Change] = []
        self.touched: dict[int, tuple[Any, int]] = {}
        self.data_changed = False

    def next_number(self) -> int:
        self.number += 1
        return self.number

    def add(self, task: Any) -> None:
        self.tasks[task.id] = task
        self._place(task)

    def begin(self) -> None:
        """Forget what the last run changed."""
        self.changes = []
        self.touched = {}

    def touch(self, task: Any, before: int | None = None) -> None:
        """Remember that the token has changed, and in which state it was at the beginning of this run."""
        task.fragment = None
        if task.id not in self.touched:
            self.touched[task.id] = (task, task._state if before is None else before)

    def change(self, task: Any, before: int) -> None:
        self.touch(task, before)
        self._place(task)
        self._record(task, before)

    def remove(self, task: Any) -> None:
        for group in (self.tasks, self.automatic, self.joins, self.conditions):
            group.pop(task.id, None)

    def _place(self, task: Any) -> None:
        state, number, spec = task._state, task.id, task.task_spec
        if state == TaskState.READY and not spec.manual and HELD not in task.internal_data:
            self.automatic[number] = task
        else:
            self.automatic.pop(number, None)
        if spec.is_join:
            _keep(self.joins, number, task, state == TaskState.WAITING)
        if spec.is_conditional:
            _keep(self.conditions, number, task, state == TaskState.WAITING)

    def _record(self, task: Any, before: int) -> None:
        state = task._state
        if task.task_spec.guards and TaskState.WAITING in (state, before) and state != TaskState.READY:
            return
        if state & LIVE and not before & LIVE:
            self.note(task, "entered")
        elif state == TaskState.COMPLETED:
            self.note(task, "completed")
        elif state == TaskState.CANCELLED and before & LIVE:
            self.note(task, "cancelled")

    def note(self, task: Any, event: str) -> None:
        """Write down a step of the diagram; of what does not wait, only that it happened."""
        spec = task.task_spec
        if UNDO in task.internal_data:
            return  # The activity is not done again.
        if spec.element_type and (event == "completed" or spec.rests) and not spec.is_frame:
            self.changes.append(Change(process_key_of(task), spec.bpmn_id, spec.element_type, event))


def _keep(group: dict[int, Any], number: int, task: Any, belongs: bool) -> None:
    if belongs:
        group[number] = task
    else:
        group.pop(number, None)
