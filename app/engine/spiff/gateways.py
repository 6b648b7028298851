"""Task specs of gateways. A join keeps the tokens that have come, and uses up one of each flow when it goes on."""

from collections.abc import Sequence
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.exclusive_gateway import ExclusiveGateway as UpstreamExclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.inclusive_gateway import InclusiveGateway as UpstreamInclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.parallel_gateway import ParallelGateway as UpstreamParallelGateway
from SpiffWorkflow.util.task import TaskState

from app.engine.expressions import Expression
from app.engine.spiff.evaluation import evaluate_condition
from app.engine.spiff.failures import StepFailure
from app.engine.spiff.nodes import Flow, Node
from app.engine.spiff.tokens import is_guard
from app.kernel.i18n import _


class ExclusiveGateway(Node, UpstreamExclusiveGateway):
    """Lets the token go on along the first flow that has no condition or whose condition holds."""

    def choose(self, my_task: Any) -> Sequence[Flow]:
        for flow in self.flows:
            if not flow.is_default and (flow.condition is None or evaluate_condition(flow.condition, my_task)):
                return [flow]
        default = [flow for flow in self.flows if flow.is_default]
        if self.flows and not default:
            raise StepFailure(_("No outgoing flow of the gateway fits, and there is no default flow."))
        return default


class _Join(Node):
    """Waits for tokens of several flows."""

    is_join = True

    def prepare(self, my_task: Any) -> bool | None:
        if len(self.incoming) < 2 or "passes" in my_task.internal_data:
            return True
        my_task._set_state(TaskState.WAITING)
        return self.arrived(my_task)

    def arrived(self, my_task: Any) -> bool | None:
        """A token has come: return True when it goes on at once."""
        return None

    def pass_at_rest(self, my_task: Any) -> bool:
        """Nothing else moves: let the join go on if no token that it waits for can come; return whether it did."""
        return False

    def _first_of_each_flow(self, level: Any) -> dict[str, Any]:
        """Return the longest waiting token of each flow."""
        first: dict[str, Any] = {}
        for task in level.tasks.values():
            if task.task_spec is self and task._state == TaskState.WAITING:
                first.setdefault(task.internal_data["flow"], task)
        return first

    @staticmethod
    def _use_up(tokens: list[Any], but: Any) -> None:
        for task in tokens:
            if task is not but:
                task.workflow.forget(task)


class ParallelGateway(_Join, UpstreamParallelGateway):
    """Waits for every incoming flow and opens every outgoing one."""

    def arrived(self, my_task: Any) -> bool | None:
        tokens = self._first_of_each_flow(my_task.workflow)
        if len(tokens) < len(self.incoming):
            return None
        self._use_up(list(tokens.values()), my_task)
        return True

    def choose(self, my_task: Any) -> Sequence[Flow]:
        return self.flows


class _Joining(_Join):
    """Waits for tokens only as long as they can still come.

    `ways` gives, for each incoming flow, the nodes from which a token can come along it without passing here.
    """

    ways: dict[str, frozenset[str]]

    def _is_awaited(self, level: Any, missing: set[str], arrived: set[str]) -> bool:
        """Whether a token elsewhere can reach a missing flow, and none of the flows where one has arrived."""
        wanted: set[str] = set().union(*(self.ways[flow] for flow in missing))
        present: set[str] = set().union(*(self.ways[flow] for flow in arrived))
        return any(
            task.task_spec.name in wanted and task.task_spec.name not in present
            for task in level.tasks.values()
            if task.task_spec is not self and not is_guard(task)
        )


class InclusiveGateway(_Joining, UpstreamInclusiveGateway):
    """Waits for every token that can still come, and opens every flow whose condition holds."""

    def arrived(self, my_task: Any) -> bool | None:
        tokens = self._first_of_each_flow(my_task.workflow)
        if len(tokens) < len(self.incoming):
            return None
        self._use_up(list(tokens.values()), my_task)
        return True

    def pass_at_rest(self, my_task: Any) -> bool:
        tokens = self._first_of_each_flow(my_task.workflow)
        is_first = any(task is my_task for task in tokens.values())
        missing = set(self.incoming) - set(tokens)
        if not is_first or self._is_awaited(my_task.workflow, missing, set(tokens)):
            return False
        self._use_up(list(tokens.values()), my_task)
        my_task.internal_data["passes"] = True
        self._update(my_task)
        return True


class ComplexGateway(_Joining):
    """Goes on when its activation condition holds. The other flows are late then: a token of each is used up first.

    Until no late token can come any more, what arrives on the other flows waits for the next turn.
    """

    activation: Expression | None = None

    def arrived(self, my_task: Any) -> bool | None:
        level, flow = my_task.workflow, my_task.internal_data["flow"]
        late = level.memory.get(self.name, [])
        if flow in late:
            level.forget(my_task)
            self._expect(level, [one for one in late if one != flow])
            level.end_if_empty()
        if late:
            return None
        tokens = self._first_of_each_flow(level)
        counted = {"activationCount": len(tokens)}
        if self.activation is None:
            fires = len(tokens) == len(self.incoming)
        else:
            fires = evaluate_condition(self.activation, my_task, counted)
        if not fires:
            return None
        level.memory[self.name] = [one for one in self.incoming if one not in tokens]
        level.touch()
        self._use_up(list(tokens.values()), my_task)
        return True

    def pass_at_rest(self, my_task: Any) -> bool:
        level = my_task.workflow
        late = level.memory.get(self.name)
        if not late or self._is_awaited(level, set(late), set(self._first_of_each_flow(level))):
            return False
        self._expect(level, [])
        return True

    def _expect(self, level: Any, late: list[str]) -> None:
        """Write down which flows are late; with none, what has waited meanwhile begins the next turn."""
        level.memory[self.name] = late
        level.touch()
        waiting = next(iter(self._first_of_each_flow(level).values()), None)
        if not late and waiting is not None:
            self._update(waiting)
