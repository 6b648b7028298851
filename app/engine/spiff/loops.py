"""Task specs of activities that are carried out several times: for each item of a list, or while a condition holds.

The loop is a frame: a token that stays while the turns, tokens of the activity itself, come and go.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from SpiffWorkflow.util.task import TaskState

from app.engine.expressions import Expression
from app.engine.spiff import throwing
from app.engine.spiff.definitions import Waited
from app.engine.spiff.evaluation import evaluate, evaluate_condition
from app.engine.spiff.failures import StepFailure
from app.engine.spiff.journal import Failed
from app.engine.spiff.limits import MAX_INSTANCES, MAX_STEPS
from app.engine.spiff.nodes import Node, read, write
from app.engine.spiff.tokens import FRAME, KEEPS
from app.kernel.i18n import _

WEIGHED = "weighed"
"""Of a turn that is about to be done: its result, whether that is enough, and what is thrown."""


class Behavior(NamedTuple):
    """An event that a multi-instance activity throws when an instance is completed.

    Attributes:
        when: `all` for each instance, `first` for the first only, or a condition.
    """

    when: str
    condition: Expression | None
    definition: Waited


class Frame(Node):
    """The frame around the turns of an activity."""

    is_frame = True
    rests = True
    task_spec: str

    def begin(self, my_task: Any, number: int, data: dict[str, Any] | None, **about: Any) -> None:
        """Start one turn."""
        my_task.workflow.put(self.task_spec, {FRAME: my_task.id, "number": number, **about}, data)

    def turns(self, my_task: Any) -> list[Any]:
        """Return the tokens of the turns that are not done."""
        tasks = my_task.workflow.tasks.values()
        return [task for task in tasks if task.internal_data.get(FRAME) == my_task.id]

    def drop_inside(self, my_task: Any) -> None:
        for task in self.turns(my_task):
            task.cancel()

    def weigh(self, my_task: Any, child: Any) -> None:
        """Work out what follows from a turn that is about to be done.

        Raises:
            StepFailure: that cannot be worked out; the turn is held.
        """

    def child_done(self, my_task: Any, child: Any) -> None:
        """One turn is done."""
        raise NotImplementedError


class StandardLoop(Frame):
    """One turn after the other, while the condition holds and the greatest number is not reached."""

    condition: Expression | None = None
    maximum: int | None = None
    test_before = False

    def prepare(self, my_task: Any) -> bool | None:
        turn = my_task.internal_data.setdefault("turn", 0)
        if (self.test_before or turn > 0) and not self._goes_on(my_task):
            return True
        my_task._set_state(TaskState.STARTED)
        my_task.internal_data["turn"] = turn + 1
        my_task.workflow.top_workflow.index.touch(my_task)
        self.begin(my_task, turn, None)
        return None

    def _goes_on(self, my_task: Any) -> bool:
        turn = my_task.internal_data["turn"]
        if turn >= (MAX_STEPS if self.maximum is None else self.maximum):
            return False
        return self.condition is None or evaluate_condition(self.condition, my_task, {"loopCounter": turn})

    def child_done(self, my_task: Any, child: Any) -> None:
        self._update(my_task)


class MultiInstance(Frame):
    """One instance for each item, side by side or in turn.

    What the instances change stays with them. With an output collection, it holds one result for each instance that
    was completed, in the order of the items.
    """

    sequential = False
    items: Expression | None = None
    cardinality: Expression | None = None
    item_name: str | None = None
    output: str | None = None
    output_item: str | None = None
    output_formula: Expression | None = None
    condition: Expression | None = None
    behaviors: Sequence[Behavior] = ()

    def prepare(self, my_task: Any) -> bool | None:
        internal = my_task.internal_data
        if my_task._state == TaskState.STARTED:
            return None
        items = self._items(my_task)
        internal |= {"count": len(items), "done": 0, "results": [], "left": items if self.sequential else []}
        if not items:
            return True
        my_task._set_state(TaskState.STARTED)
        for number in range(1 if self.sequential else len(items)):
            self._begin(my_task, number, items[number])
        return None

    def _items(self, my_task: Any) -> list[Any]:
        items: Any
        if self.items is not None:
            items, text = evaluate(self.items, my_task), self.items.text
        else:
            assert self.cardinality is not None  # noqa: S101 - the builder gives one of the two
            text = self.cardinality.text
            count = evaluate(self.cardinality, my_task)
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise StepFailure(_("The number of instances is not a whole number."), f"{text} = {count!r}")
            items = [None] * min(count, MAX_INSTANCES + 1)
        if not isinstance(items, list):
            raise StepFailure(_("What the instances are made for is not a list."), f"{text} = {items!r}"[:300])
        if len(items) > MAX_INSTANCES:
            raise StepFailure(_("There are too many instances."), f"{text}: limit {MAX_INSTANCES}")
        return list(items)

    def _begin(self, my_task: Any, number: int, item: Any) -> None:
        value = number if self.items is None else item
        data = {self.item_name: value} if self.item_name else None
        self.begin(my_task, number, data, **{KEEPS: True})

    def weigh(self, my_task: Any, child: Any) -> None:
        numbers = self._numbers(my_task)
        child.internal_data[WEIGHED] = (
            self._result(child),
            self.condition is not None and evaluate_condition(self.condition, child, numbers),
            [
                definition
                for when, condition, definition in self.behaviors
                if when != "first" or my_task.internal_data["done"] == 0
                if condition is None or evaluate_condition(condition, child, numbers)
            ],
        )

    def _numbers(self, my_task: Any) -> dict[str, int]:
        """Return how the instances stand when the one that is about to be done will be."""
        count, done = my_task.internal_data["count"], my_task.internal_data["done"] + 1
        active = len(self.turns(my_task)) - 1
        return {
            "numberOfInstances": count,
            "numberOfCompletedInstances": done,
            "numberOfActiveInstances": active,
            "numberOfTerminatedInstances": 0,
            "nrOfInstances": count,
            "nrOfCompletedInstances": done,
            "nrOfActiveInstances": active,
        }

    def _result(self, child: Any) -> Any:
        if self.output is None:
            return None
        if self.output_formula is not None:
            return evaluate(self.output_formula, child)
        return read(child).get(self.output_item or "")

    def child_done(self, my_task: Any, child: Any) -> None:
        top, internal = my_task.workflow.top_workflow, my_task.internal_data
        result, is_enough, told = child.internal_data[WEIGHED]
        top.index.touch(my_task)
        internal["done"] += 1
        if self.output is not None:
            internal["results"].append([child.internal_data["number"], result])
        try:
            for definition in told:
                throwing.tell(my_task, definition)
        except StepFailure as failure:
            top.outbox.failures.append(Failed(my_task, failure))
        if is_enough:
            self.drop_inside(my_task)
        elif internal["done"] < internal["count"]:
            if self.sequential:
                self._begin(my_task, internal["done"], internal["left"][internal["done"]])
            return
        top.finish(my_task)

    def before_leaving(self, my_task: Any) -> None:
        if self.output:
            results = sorted(my_task.internal_data["results"], key=lambda pair: int(pair[0]))
            write(my_task, {self.output: [result for _number, result in results]})
        super().before_leaving(my_task)
