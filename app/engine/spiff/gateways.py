"""Task specs of gateways. Joins are ours: upstream's mixes up turns of a loop, and inclusive ones fire too early."""

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin as UpstreamBoundaryEventJoin
from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.exclusive_gateway import ExclusiveGateway as UpstreamExclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.inclusive_gateway import InclusiveGateway as UpstreamInclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.parallel_gateway import ParallelGateway as UpstreamParallelGateway
from SpiffWorkflow.util.task import TaskState

from app.engine.expressions import Expression
from app.engine.spiff.activities import Guarded
from app.engine.spiff.data import merge_branches
from app.engine.spiff.evaluation import evaluate_condition
from app.engine.spiff.failures import StepFailure
from app.engine.spiff.workflow import LIVE
from app.kernel.i18n import _

CHOSEN = TaskState.FUTURE | TaskState.PREDICTED_MASK


class _Join:
    """Brings branches together: each token that has come waits here, and one of each flow is used up at a time.

    Upstream tells turns of a loop apart by their place in the tree of tasks, and lets arrivals of an earlier turn
    count again. Here a join that fires ends the tasks that it used up.
    """

    name: str
    inputs: list[Any]

    def _prepare(self, my_task: Any) -> bool:
        arrived = self._arrived(my_task)
        may_fire = self._may_fire(my_task, {task.parent.task_spec.name for task in arrived})
        if not may_fire:
            my_task._set_state(TaskState.WAITING)
            return False
        my_task.data = self._merged(arrived)
        for task in arrived:
            if task is not my_task:
                task._set_state(TaskState.CANCELLED)
                task._drop_children()
        return True

    def _arrived(self, my_task: Any) -> list[Any]:
        """Return the first token of each flow, in the order of arrival; of its own flow, this task."""
        tokens = {my_task.parent.task_spec.name: my_task}
        for task in sorted(self._waiting(my_task), key=lambda task: int(task.parent.last_state_change)):
            tokens.setdefault(task.parent.task_spec.name, task)
        return sorted(tokens.values(), key=lambda task: int(task.parent.last_state_change))

    def _waiting(self, my_task: Any) -> list[Any]:
        return [
            task
            for task in my_task.workflow.top_workflow.index.joins.values()
            if task.task_spec is self and task.workflow is my_task.workflow and task is not my_task
        ]

    def _may_fire(self, my_task: Any, arrived: set[str]) -> bool:
        raise NotImplementedError

    @staticmethod
    def _merged(arrived: list[Any]) -> dict[str, Any]:
        parents = [task.parent for task in arrived]
        if len(parents) == 1:
            return dict(parents[0].data)
        return merge_branches(_common_ancestor(parents).data, [parent.data for parent in parents])


def _common_ancestor(tasks: list[Any]) -> Any:
    lines = []
    for task in tasks:
        line = []
        while task is not None:
            line.append(task)
            task = task.parent
        lines.append(line[::-1])
    common = lines[0][0]
    for level in zip(*lines, strict=False):
        if any(task is not level[0] for task in level):
            break
        common = level[0]
    return common


class ParallelGateway(_Join, Guarded, UpstreamParallelGateway, BpmnSpecMixin):
    """Waits for every incoming flow and opens every outgoing one."""

    def _may_fire(self, my_task: Any, arrived: set[str]) -> bool:
        return {spec.name for spec in self.inputs} <= arrived

    def _run_hook(self, my_task: Any) -> bool:
        return True


class Choice:
    """Chooses outgoing flows by their conditions, in the order in which they stand in the file."""

    choices: list[tuple[int, Expression | None, str]]

    def choose(self, my_task: Any, *, first_only: bool) -> bool:
        """Open the flows whose condition holds, or the default flow.

        Raises:
            StepFailure: no condition holds and there is no default flow.
        """
        chosen: list[str] = []
        for _order, condition, target in self.choices:
            if condition is not None and evaluate_condition(condition, my_task):
                chosen.append(target)
                if first_only:
                    break
        chosen = chosen or [target for _order, condition, target in self.choices if condition is None]
        if not chosen:
            raise StepFailure(_("No outgoing flow of the gateway fits, and there is no default flow."))
        open_branches(my_task, chosen)
        return True


def open_branches(my_task: Any, names: list[str]) -> None:
    """Keep the branches that were chosen and remove the rest."""
    specs = my_task.workflow.spec.task_specs
    my_task._sync_children([specs[name] for name in names], TaskState.FUTURE)
    for child in my_task.children:
        child.task_spec._predict(child, mask=CHOSEN)


class ExclusiveGateway(Choice, Guarded, UpstreamExclusiveGateway, BpmnSpecMixin):
    """Lets one flow go on."""

    def _run_hook(self, my_task: Any) -> bool:
        return self.choose(my_task, first_only=True)


class InclusiveGateway(Choice, _Join, Guarded, UpstreamInclusiveGateway, BpmnSpecMixin):
    """Waits for every token that can still come, and opens every flow whose condition holds."""

    def _may_fire(self, my_task: Any, arrived: set[str]) -> bool:
        missing = {spec.name for spec in self.inputs} - arrived
        if not missing:
            return True
        towards_missing, towards_arrived = self._reaching(missing), self._reaching(arrived)
        for task in my_task.workflow.tasks.values():
            spec = task.task_spec
            if not task._state & LIVE or spec is self or isinstance(spec, BoundaryEvent):
                continue
            if spec.name in towards_missing and spec.name not in towards_arrived:
                return False
        return True

    def _reaching(self, names: set[str]) -> set[str]:
        """Return the specs from which these inputs can be reached without passing this gateway."""
        specs = self._wf_spec.task_specs
        found, pending = set(names), list(names)
        while pending:
            for spec in specs[pending.pop()].inputs:
                if spec.name not in found and spec is not self:
                    found.add(spec.name)
                    pending.append(spec.name)
        return found

    def _run_hook(self, my_task: Any) -> bool:
        return self.choose(my_task, first_only=False)


class EndJoin(_Join, Guarded, _EndJoin):
    """The end of a process: waits until no token is left in it. Branches that ended bring their data together."""

    def _arrived(self, my_task: Any) -> list[Any]:
        """Return all branches that have ended."""
        return sorted([*self._waiting(my_task), my_task], key=lambda task: int(task.parent.last_state_change))

    def _may_fire(self, my_task: Any, arrived: set[str]) -> bool:
        return not any(task._state & LIVE and task.task_spec is not self for task in my_task.workflow.tasks.values())

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.data.update(my_task.data)
        return True


class BoundaryEventJoin(UpstreamBoundaryEventJoin, BpmnTaskSpec):
    """Ends the boundary events of an activity that is done; what a non-interrupting one has begun goes on."""

    def _check_threshold_structured(self, my_task: Any) -> tuple[bool, list[Any]]:
        split = my_task.find_ancestor(self.split_task)
        events = [task for task in split.children if isinstance(task.task_spec, BoundaryEvent)]
        main = next(task for task in split.children if not isinstance(task.task_spec, BoundaryEvent))
        happened = TaskState.READY | TaskState.COMPLETED
        interrupted = any(task.task_spec.cancel_activity and task.has_state(happened) for task in events)
        if not interrupted and not main.has_state(TaskState.FINISHED_MASK):
            return False, []
        waiting = [task for task in events if task._state == TaskState.WAITING]
        for task in waiting:
            if task._children:
                task._set_state(TaskState.COMPLETED)
        return True, [task for task in waiting if not task._children] + ([main] if interrupted else [])

    def _update_hook(self, my_task: Any) -> bool:
        my_task._inherit_data()
        may_fire, ending = self._check_threshold_structured(my_task)
        if not may_fire:
            my_task._set_state(TaskState.WAITING)
            return False
        for task in ending:
            task.cancel()
        for task in my_task.find_ancestor(self.split_task).children:
            for join in task.children:
                if join.task_spec is self and join is not my_task and not join.has_state(TaskState.FINISHED_MASK):
                    join._set_state(TaskState.CANCELLED)
        return True
