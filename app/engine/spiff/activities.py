"""Task specs of activities: what people do, what the program does, what the engine works out, what is called."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.manual_task import ManualTask as UpstreamManualTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import CallActivity as UpstreamCallActivity
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask as UpstreamSubWorkflowTask
from SpiffWorkflow.bpmn.specs.mixins.user_task import UserTask as UpstreamUserTask
from SpiffWorkflow.util.task import TaskState

from app.engine.expressions import Expression, Script
from app.engine.spiff.data import storable
from app.engine.spiff.evaluation import evaluate, surroundings
from app.engine.spiff.failures import StepFailure
from app.engine.timers.rules import NotATime, parse_duration, parse_moment
from app.kernel.errors import AppError
from app.kernel.i18n import _


class Decides(Protocol):
    """What a business rule task needs of a decision; `app.engine.decisions` has them."""

    def evaluate(self, context: Mapping[str, Any]) -> Any:
        """Return a result with `output` and `trace`, both JSON."""


class Guarded:
    """Holds a task whose preparation fails, instead of tearing down the step before it."""

    element_type: str
    role: str | None = None
    properties: Mapping[str, str] = {}

    def _update_hook(self, my_task: Any) -> bool | None:
        if my_task.internal_data.get("held"):
            return None
        try:
            return self._prepare(my_task)
        except StepFailure as failure:
            my_task._set_state(TaskState.WAITING)
            my_task.workflow.top_workflow.hold(my_task, failure)
            return None

    def _prepare(self, my_task: Any) -> bool | None:
        return super()._update_hook(my_task)  # type: ignore[misc, no-any-return]


class UserTask(Guarded, UpstreamUserTask, BpmnSpecMixin):
    """A task for a person. Its due time and the line beside its title are worked out when it opens."""

    due: Expression | None = None
    about: Expression | None = None

    def _prepare(self, my_task: Any) -> bool | None:
        result = super()._prepare(my_task)
        if self.due is not None:
            my_task.internal_data["due"] = evaluate(self.due, my_task)
            read_due(my_task.internal_data["due"], my_task)
        if self.about is not None:
            text = evaluate(self.about, my_task)
            my_task.internal_data["about"] = None if text is None else str(text)
        return result


def read_due(value: Any, my_task: Any) -> date | datetime | timedelta | None:
    """Return a due time as the kind of value it is; months, which have no fixed length, are counted from now.

    Raises:
        StepFailure: it is no date and no duration.
    """
    if value is None:
        return None
    context = my_task.workflow.top_workflow.context
    zone = ZoneInfo(context.time_zone)
    try:
        if not isinstance(value, str):
            raise StepFailure(_("The due time is neither a date nor a duration."), repr(value))
        if value.startswith("P"):
            duration = parse_duration(value)
            whole = timedelta(days=duration.days, seconds=duration.seconds)
            return duration.after(context.now, zone) if duration.months else whole
        instant = parse_moment(value, zone)
        return date.fromisoformat(value) if len(value) == 10 else instant
    except (NotATime, OverflowError) as error:
        raise StepFailure(_("The due time is neither a date nor a duration."), str(error)) from error


class ManualTask(UserTask, UpstreamManualTask):
    """A task done away from the program; a person says that it is done."""


class ScriptTask(Guarded, BpmnSpecMixin):
    """Assignments: the entries of a FEEL context, written to the data in order."""

    script: Script

    def _run_hook(self, my_task: Any) -> bool:
        my_task.data = {**my_task.data, **evaluate(self.script, my_task)}
        return True


class ServiceTask(Guarded, BpmnSpecMixin):
    """Something the program does. The task is started, and completed by the result brought from outside."""

    operation: str
    parameters: Mapping[str, Expression]
    result_variable: str | None = None

    def _run_hook(self, my_task: Any) -> None:
        my_task.internal_data["parameters"] = {
            name: evaluate(formula, my_task) for name, formula in self.parameters.items()
        }

    def receive(self, my_task: Any, result: Any) -> None:
        """Put the result into the task's data.

        Raises:
            DataNotStorable: it is no JSON, or not an object though no variable is named for it.
        """
        value = storable(result)
        if self.result_variable:
            value = {self.result_variable: value}
        my_task.data = {**my_task.data, **(value or {})}


class BusinessRuleTask(Guarded, BpmnSpecMixin):
    """A decision: its output and the trace of how it came about go into the data."""

    decision: Decides | None = None
    result_variable: str | None = None

    def _run_hook(self, my_task: Any) -> bool:
        if self.decision is None:
            raise StepFailure(_("The decision is not deployed."))
        try:
            result = self.decision.evaluate({**my_task.data, **surroundings(my_task)})
            output, trace = storable(result.output), storable(result.trace)
        except (AppError, ArithmeticError, RecursionError) as error:
            raise StepFailure(_("The decision could not be made."), str(error)) from error
        my_task.data = {**my_task.data, **self._named(output, trace)}
        return True

    def _named(self, output: Any, trace: Any) -> dict[str, Any]:
        if self.result_variable:
            return {self.result_variable: output, f"{self.result_variable}_trace": trace}
        if not isinstance(output, dict):
            raise StepFailure(_("The decision has one output, and the task names no variable for it."))
        return {**output}


class _Contains(Guarded):
    """What has a workflow of its own inside: its data go in whole and come out whole."""

    spec: str

    def _prepare(self, my_task: Any) -> bool | None:
        if my_task.id in my_task.workflow.top_workflow.subprocesses:
            return None  # It reports its end by itself.
        my_task._inherit_data()
        self.start_workflow(my_task)  # type: ignore[attr-defined]
        my_task._set_state(TaskState.STARTED)
        return None

    def _on_subworkflow_completed(self, subworkflow: Any, my_task: Any) -> None:
        if my_task._state == TaskState.STARTED:
            my_task.data = dict(subworkflow.last_task.data)
            my_task._set_state(TaskState.READY)

    def _on_cancel(self, my_task: Any) -> None:
        my_task.workflow.top_workflow.drop_subprocess(my_task)

    def copy_data(self, my_task: Any, subworkflow: Any) -> None:
        subworkflow.task_tree.data = dict(my_task.data)


class SubProcess(_Contains, UpstreamSubWorkflowTask, BpmnSpecMixin):
    """An embedded subprocess."""


class CallActivity(_Contains, UpstreamCallActivity, BpmnSpecMixin):
    """A process called by its key, in the version pinned at deployment."""
