"""Task specs of multi-instance activities: one instance for each item of a list, side by side or in turn."""

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.util.task import TaskState

from app.engine.expressions import Expression
from app.engine.spiff.activities import Guarded
from app.engine.spiff.evaluation import evaluate, evaluate_condition
from app.engine.spiff.failures import StepFailure
from app.engine.spiff.limits import MAX_INSTANCES
from app.engine.spiff.workflow import Failed
from app.kernel.i18n import _


class MultiInstance(Guarded, LoopTask, BpmnSpecMixin):
    """The frame around the instances.

    The data of the instances do not flow back. With an output collection, it holds one result for each instance that
    was completed, in the order of the items.
    """

    task_spec: str
    sequential: bool
    items: Expression | None = None
    cardinality: Expression | None = None
    item_name: str | None = None
    output: str | None = None
    output_item: str | None = None
    condition: Expression | None = None

    def _prepare(self, my_task: Any) -> bool | None:
        my_task._inherit_data()
        items = self._items(my_task)
        my_task.internal_data["items"] = items
        my_task.internal_data["results"] = []
        my_task.internal_data["begun"] = 0
        if not items:
            self._finish(my_task)
            return True
        my_task._set_state(TaskState.STARTED)
        for _turn in range(1 if self.sequential else len(items)):
            self._begin_next(my_task)
        return None

    def _items(self, my_task: Any) -> list[Any]:
        items: Any
        if self.items is not None:
            items, text = evaluate(self.items, my_task), self.items.text
        else:
            assert self.cardinality is not None  # noqa: S101 - the parser gives one of the two
            text = self.cardinality.text
            count = evaluate(self.cardinality, my_task)
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise StepFailure(_("The number of instances is not a whole number."), f"{text} = {count!r}")
            items = range(min(count, MAX_INSTANCES + 1))
        if not isinstance(items, list | range):
            raise StepFailure(_("What the instances are made for is not a list."), f"{text} = {items!r}"[:300])
        if len(items) > MAX_INSTANCES:
            raise StepFailure(_("There are too many instances."), f"{text}: limit {MAX_INSTANCES}")
        return list(items)

    def _begin_next(self, my_task: Any) -> None:
        number = my_task.internal_data["begun"]
        my_task.internal_data["begun"] = number + 1
        child = my_task._add_child(my_task.workflow.spec.task_specs[self.task_spec], TaskState.FUTURE)
        child.triggered = True
        child.internal_data["number"] = number
        if self.item_name:
            child.data = {self.item_name: my_task.internal_data["items"][number]}
        child.task_spec._update(child)

    def merge_child(self, _workflow: Any, child: Any) -> None:
        """An instance is done: keep its result, and see whether it was the last."""
        my_task = child.parent
        if my_task._state != TaskState.STARTED:
            return
        result = child.data.get(self.output_item) if self.output_item else None
        internal = my_task.internal_data
        internal["results"].append([child.internal_data["number"], result])
        if self._is_enough(my_task, child):
            for sibling in list(my_task.children):
                if sibling is not child and sibling.has_state(TaskState.NOT_FINISHED_MASK):
                    sibling.cancel()
        elif len(internal["results"]) < len(internal["items"]):
            if self.sequential:
                self._begin_next(my_task)
            return
        self._finish(my_task)
        my_task._set_state(TaskState.READY)

    def _is_enough(self, my_task: Any, child: Any) -> bool:
        if self.condition is None:
            return False
        numbers = {
            "numberOfInstances": len(my_task.internal_data["items"]),
            "numberOfCompletedInstances": len(my_task.internal_data["results"]),
        }
        try:
            return evaluate_condition(self.condition, child, numbers)
        except StepFailure as failure:
            my_task.workflow.top_workflow.outbox.failures.append(Failed(child, failure))
            return False

    def _finish(self, my_task: Any) -> None:
        results = sorted(my_task.internal_data.pop("results"), key=lambda pair: int(pair[0]))
        del my_task.internal_data["items"], my_task.internal_data["begun"]
        if self.output:
            my_task.data = {**my_task.data, self.output: [result for _number, result in results]}
