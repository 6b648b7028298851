"""Task specs of what has a workflow of its own inside: subprocesses, transactions, event subprocesses, calls."""

from collections.abc import Sequence
from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.expressions import Expression
from app.engine.spiff import compensation
from app.engine.spiff.data import Data, digest
from app.engine.spiff.evaluation import evaluate, evaluate_condition
from app.engine.spiff.events import Waiting
from app.engine.spiff.failures import StepFailure
from app.engine.spiff.nodes import Copy, Flow, Node, read, write, write_outside
from app.engine.spiff.tokens import UNDO


class Container(Node):
    """A token here stands outside of a level of its own, and goes on when that has ended."""

    rests = True
    spec: str

    def prepare(self, my_task: Any) -> bool | None:
        top = my_task.workflow.top_workflow
        if my_task.id in top.subprocesses:
            top.subprocesses[my_task.id].end_if_empty()  # Its completion condition is asked again.
            return None
        my_task._set_state(TaskState.STARTED)
        if UNDO in my_task.internal_data:
            compensation.undo_inside(my_task)
        else:
            self.fill(my_task, top.open_level(my_task, self.spec))
        return None

    def fill(self, my_task: Any, level: Any) -> None:
        """Give the new level its variables."""
        level.values = dict.fromkeys(level.spec.declared)

    def inner_ended(self, my_task: Any, level: Any) -> None:
        """The level has ended."""
        if level.records:
            my_task.internal_data[compensation.RECORDS] = compensation.what_is_inside(level)
        my_task.workflow.top_workflow.finish(my_task)

    def drop_inside(self, my_task: Any) -> None:
        level = my_task.workflow.top_workflow.subprocesses.pop(my_task.id, None)
        if level is not None:
            level.completed = True
            level.clear()


class SubProcess(Container):
    """An embedded subprocess, also a transaction: it sees and changes the variables around it."""

    transaction = False


class AdHocSubProcess(SubProcess):
    """Activities in any order, all at once or one after the other, until a condition holds or all are done."""

    is_ad_hoc = True
    sequential = False
    condition: Expression | None = None
    cancel_remaining = True

    def inner_step_ended(self, my_task: Any, level: Any) -> None:
        """An activity inside is done: see whether that is enough, and begin the next."""
        if UNDO in my_task.internal_data:
            return
        try:
            is_enough = self.condition is not None and evaluate_condition(self.condition, my_task)
        except StepFailure as failure:
            my_task.workflow.top_workflow.hold(my_task, failure)
            return
        if is_enough:
            level.memory["waiting"] = []
            if self.cancel_remaining:
                level.clear()
        elif self.sequential and level.is_empty():
            begin_next(level)


def begin_next(level: Any) -> None:
    """Begin the next activity of a sequential ad-hoc subprocess."""
    waiting = level.memory.get("waiting", [])
    if waiting:
        level.memory["waiting"] = waiting[1:]
        level.touch()
        level.put(waiting[0])


class CallActivity(Container):
    """A process called by its key, in the version that the deployment settled, or if `latest` in the newest one.

    Without mappings its variables go in whole, and what the called process has changed comes out.
    """

    calls = True
    latest = False
    element: str
    mapped_in: tuple[Copy, ...] | None = None
    mapped_out: tuple[Copy, ...] | None = None
    all_in = False
    all_out = False

    def fill(self, my_task: Any, level: Any) -> None:
        if self.mapped_in is None or self.all_in:
            level.values = dict(read(my_task))
        for target, source in self.mapped_in or ():
            level.values[target] = evaluate(source, my_task)
        level.given = {name: digest(value) for name, value in level.values.items()}
        level.values |= {name: None for name in level.spec.declared if name not in level.values}

    def inner_ended(self, my_task: Any, level: Any) -> None:
        changed = {name: value for name, value in level.values.items() if level.given.get(name) != digest(value)}
        my_task.internal_data["changed"] = changed
        my_task.internal_data["result"] = level.values if self.mapped_out else {}
        my_task.workflow.top_workflow.finish(my_task)

    def before_leaving(self, my_task: Any) -> None:
        internal = my_task.internal_data
        values: Data = internal.get("changed", {}) if self.mapped_out is None or self.all_out else {}
        if self.mapped_out:
            own, my_task.data = my_task.data, {**my_task.data, **internal["result"]}
            try:
                values = values | {target: evaluate(source, my_task) for target, source in self.mapped_out}
            finally:
                my_task.data = own
        write_outside(my_task, values)
        super().before_leaving(my_task)


class EventSubProcess(Waiting, Container):
    """Waits beside its scope until its event happens; an interrupting one ends everything else in the scope."""

    guards = True
    interrupting = True
    undoes = False

    def prepare(self, my_task: Any) -> bool | None:
        if UNDO in my_task.internal_data:
            return Container.prepare(self, my_task)
        if "happened" not in my_task.internal_data:
            return Waiting.prepare(self, my_task)
        payload = my_task.internal_data.pop("payload", {})
        number = my_task.internal_data.pop("happened")
        write(my_task, self.definitions[number].receive(payload))
        return Container.prepare(self, my_task)

    def come(self, my_task: Any, number: int, payload: Data) -> None:
        level = my_task.workflow
        if self.interrupting:
            self.begin(level, number, payload)
            return
        if not self.wait_again(my_task, number):
            level.forget(my_task)
        self.begin(level, number, payload)

    def begin(self, level: Any, number: int, payload: Data) -> None:
        """Start the subprocess."""
        if self.interrupting:
            level.interrupted = True
            level.touch()
            level.clear()
        level.put(self.name, {"happened": number, "payload": payload})

    def choose(self, my_task: Any) -> Sequence[Flow]:
        return ()


__all__ = ["AdHocSubProcess", "CallActivity", "Container", "EventSubProcess", "SubProcess", "begin_next"]
