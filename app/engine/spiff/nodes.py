"""What every node of a diagram has in common: how a token arrives, what it waits for, and where it goes on."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from app.engine.expressions import Expression
from app.engine.spiff import compensation
from app.engine.spiff.evaluation import evaluate, evaluate_condition
from app.engine.spiff.failures import StepFailure, unexpected
from app.engine.spiff.tokens import COMPENSATES, FRAME, HELD, UNDO, read, write
from app.kernel.i18n import _


class Flow(NamedTuple):
    """A sequence flow that leaves a node."""

    id: str
    target: str
    condition: Expression | None
    is_default: bool


class Copy(NamedTuple):
    """A variable that gets the value of an expression: a data association or a mapping."""

    target: str
    source: Expression


class Node(BpmnSpecMixin):
    """A node that a token passes at once, and goes on along every flow that may be taken.

    Attributes:
        element_type: the BPMN element; empty for what is not drawn.
        role: of the lane it stands in.
        flows: those that leave it, in the order of the file; `incoming` the ids of those that reach it.
        boundary: names of the boundary events that wait beside it; `catchers` of those that catch what it raises.
        handler: name of the activity that compensates it.
        copies_in, copies_out: data associations and mappings.
        rests: whether a token can stand here for a while.
        guards: whether its waiting token keeps nothing from ending.
    """

    element_type = ""
    role: str | None = None
    properties: Mapping[str, str] = {}
    flows: tuple[Flow, ...] = ()
    incoming: tuple[str, ...] = ()
    boundary: tuple[str, ...] = ()
    handler: str | None = None
    copies_in: tuple[Copy, ...] = ()
    copies_out: tuple[Copy, ...] = ()
    start_quantity = 1
    completion_quantity = 1
    rests = False
    guards = False
    is_frame = False
    is_join = False
    is_conditional = False
    is_ad_hoc = False
    awaits = False
    catchers: tuple[str, ...] = ()
    calls = False

    def _predict(self, *_args: Any, **_more: Any) -> None:
        """Nothing is predicted: a task is a token that has arrived."""

    def _on_ready(self, my_task: Any) -> None:
        """Upstream's assignments and its check of the drawing at each step are not used."""

    def _update_hook(self, my_task: Any) -> bool | None:
        """A token has arrived, or looks again."""
        if HELD in my_task.internal_data:
            return None
        undone = UNDO in my_task.internal_data
        if self.start_quantity > 1 and not undone and not gather(my_task, self.start_quantity):
            return None
        try:
            if not undone:
                self._take_inputs(my_task)
                self._open_boundary(my_task)
            return self.prepare(my_task)
        except StepFailure as failure:
            _hold(my_task, failure)
        except Exception as error:  # noqa: BLE001 - a fault in one instance must not stop the others
            _hold(my_task, unexpected(error))
        return None

    def prepare(self, my_task: Any) -> bool | None:
        """Return True when the step can be carried out now.

        Raises:
            StepFailure: what it needs cannot be worked out.
        """
        return True

    def _take_inputs(self, my_task: Any) -> None:
        for target, source in self.copies_in:
            my_task.data = {**my_task.data, target: evaluate(source, my_task)}

    def _open_boundary(self, my_task: Any) -> None:
        if not self.boundary or "boundary" in my_task.internal_data:
            return
        level = my_task.workflow
        my_task.internal_data["boundary"] = []  # what opens now may happen at once and looks here
        numbers = [level.put(name, {"host": my_task.id}).id for name in self.boundary]
        if my_task.id in level.tasks:
            my_task.internal_data["boundary"] = [number for number in numbers if number in level.tasks]

    def _run_hook(self, my_task: Any) -> bool | None:
        return True

    def before_leaving(self, my_task: Any) -> None:
        """Give out results, before it is sure that the token can go on.

        Raises:
            StepFailure: a result cannot be worked out.
        """
        if self.copies_out and UNDO not in my_task.internal_data:
            write_outside(my_task, {target: evaluate(source, my_task) for target, source in self.copies_out})

    def choose(self, my_task: Any) -> Sequence[Flow]:
        """Return the flows that the token goes on along.

        Raises:
            StepFailure: no condition holds, and no flow is for that case.
        """
        return choose_flows(my_task, self.flows)

    def leave(self, my_task: Any, chosen: Sequence[Flow]) -> None:
        """The token is done: it goes on, or ends here."""
        level = my_task.workflow
        self.close_boundary(my_task)
        compensation.remember(my_task)
        level.forget(my_task)
        if FRAME in my_task.internal_data:
            frame = level.tasks[my_task.internal_data[FRAME]]
            frame.task_spec.child_done(frame, my_task)
        elif COMPENSATES in my_task.internal_data:
            compensation.handled(my_task)
        else:
            send(level, chosen, self.completion_quantity)

    def close_boundary(self, my_task: Any) -> None:
        """What waited beside the activity waits no more."""
        for number in my_task.internal_data.pop("boundary", ()):
            guard = my_task.workflow.tasks.get(number)
            if guard is not None and guard._state == TaskState.WAITING:
                guard.cancel()

    def _on_cancel(self, my_task: Any) -> None:
        self.close_boundary(my_task)
        self.drop_inside(my_task)
        my_task.workflow.forget(my_task)

    def drop_inside(self, my_task: Any) -> None:
        """End what goes on inside a token that is cancelled."""


def _hold(my_task: Any, failure: StepFailure) -> None:
    my_task._set_state(TaskState.WAITING)
    my_task.workflow.top_workflow.hold(my_task, failure)


def gather(my_task: Any, quantity: int) -> bool:
    """Use up as many tokens as the activity needs to start; without enough, this one waits."""
    if "gathered" in my_task.internal_data:
        return True
    level, index = my_task.workflow, my_task.workflow.top_workflow.index
    same = [task for task in level.tasks.values() if task.task_spec is my_task.task_spec and task is not my_task]
    waiting = [task for task in same if task._state == TaskState.WAITING and "gathered" not in task.internal_data]
    if len(waiting) + 1 < quantity:
        my_task._state = TaskState.WAITING  # It has not reached the activity, so nothing is noted.
        index.touch(my_task)
        return False
    for task in waiting[: quantity - 1]:
        level.forget(task)
    my_task.internal_data["gathered"] = True
    return True


def write_outside(my_task: Any, changes: Mapping[str, Any]) -> None:
    """Change variables beside the token's own layer."""
    own = my_task.data
    if FRAME in my_task.internal_data:
        write(my_task, changes)
    else:
        my_task.data = {}
        write(my_task, changes)
        my_task.data = own


def send(level: Any, flows: Sequence[Flow], quantity: int = 1) -> None:
    """Let tokens go along flows; without any, the branch has ended."""
    for flow in flows:
        for _turn in range(quantity):
            if not level.completed:
                level.put(flow.target, {"flow": flow.id})
    if not flows:
        level.end_if_empty()


def choose_flows(my_task: Any, flows: Sequence[Flow]) -> list[Flow]:
    """Return all flows without a condition or whose condition holds; the default flow if no condition holds.

    Raises:
        StepFailure: nothing is left to take, though flows are drawn.
    """
    if not any(flow.condition is not None or flow.is_default for flow in flows):
        return list(flows)
    fitting = [flow for flow in flows if flow.condition is not None and evaluate_condition(flow.condition, my_task)]
    plain = [flow for flow in flows if flow.condition is None and not flow.is_default]
    chosen = fitting or [flow for flow in flows if flow.is_default]
    taken = [flow for flow in flows if flow in chosen or flow in plain]
    if not taken:
        raise StepFailure(_("No outgoing flow of the gateway fits, and there is no default flow."))
    return taken


class Root(Node):
    """Where a level begins, before its start events."""

    def _run_hook(self, my_task: Any) -> bool:
        level = my_task.workflow
        level.forget(my_task)
        level.spec.begin(level)
        return True


class Undoer(Node):
    """Stands in a level that is opened again only to undo what was completed in it."""

    def undone(self, my_task: Any) -> None:
        """Everything is undone."""
        level = my_task.workflow
        level.forget(my_task)
        level.end_if_empty()


__all__ = ["Copy", "Flow", "Node", "Root", "Undoer", "choose_flows", "read", "send", "write", "write_outside"]
