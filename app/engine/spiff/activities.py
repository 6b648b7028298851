"""Task specs of activities: what people do, what the program does, what the engine works out."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from SpiffWorkflow.bpmn.specs.mixins.manual_task import ManualTask as UpstreamManualTask
from SpiffWorkflow.bpmn.specs.mixins.user_task import UserTask as UpstreamUserTask

from app.engine.expressions import Expression, Script
from app.engine.spiff.data import DataNotStorable, storable
from app.engine.spiff.evaluation import evaluate, surroundings
from app.engine.spiff.failures import StepFailure
from app.engine.spiff.nodes import Node, read, write
from app.engine.timers.rules import NotATime, parse_duration, parse_moment
from app.kernel.errors import AppError
from app.kernel.i18n import _


class Decides(Protocol):
    """What a business rule task needs of a decision; `app.engine.decisions` has them."""

    def evaluate(self, context: Mapping[str, Any]) -> Any:
        """Return a result with `output` and `trace`, both JSON."""


class UserTask(Node, UpstreamUserTask):
    """A task for a person. Its due time and the line beside its title are worked out when it opens."""

    rests = True
    due: Expression | None = None
    about: Expression | None = None

    def prepare(self, my_task: Any) -> bool:
        if self.due is not None:
            my_task.internal_data["due"] = evaluate(self.due, my_task)
            read_due(my_task.internal_data["due"], my_task)
        if self.about is not None:
            text = evaluate(self.about, my_task)
            my_task.internal_data["about"] = None if text is None else str(text)
        return True


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
    """A task done away from the program, or of no particular kind; a person says that it is done."""


class ScriptTask(Node):
    """Assignments: the entries of a FEEL context, written to the variables in order."""

    rests = True
    script: Script | None = None
    result_variable: str | None = None

    def _run_hook(self, my_task: Any) -> bool:
        if self.script is not None:
            value = evaluate(self.script, my_task)
            write(my_task, {self.result_variable: value} if self.result_variable else value)
        return True


class ServiceTask(Node):
    """Something the program does. The task is started, and completed by the result brought from outside."""

    rests = True
    operation: str
    parameters: Mapping[str, Expression]
    result_variable: str | None = None

    def _run_hook(self, my_task: Any) -> None:
        my_task.internal_data["parameters"] = {
            name: evaluate(formula, my_task) for name, formula in self.parameters.items()
        }

    def receive(self, my_task: Any, result: Any) -> None:
        """Put the result into the variables.

        Raises:
            DataNotStorable: it is no JSON, or not an object though no variable is named for it.
        """
        value = storable(result)
        if self.result_variable:
            value = {self.result_variable: value}
        if value is not None and not isinstance(value, dict):
            raise DataNotStorable(_("The result is no object, and the task names no variable for it."))
        write(my_task, value or {})


class BusinessRuleTask(Node):
    """A decision: its output and the trace of how it came about go into the variables."""

    rests = True
    decision: Decides | None = None
    result_variable: str | None = None

    def _run_hook(self, my_task: Any) -> bool:
        if self.decision is None:
            raise StepFailure(_("The decision is not deployed."))
        try:
            result = self.decision.evaluate({**read(my_task), **surroundings(my_task)})
            output, trace = storable(result.output), storable(result.trace)
        except (AppError, ArithmeticError, RecursionError) as error:
            raise StepFailure(_("The decision could not be made."), str(error)) from error
        write(my_task, self._named(output, trace))
        return True

    def _named(self, output: Any, trace: Any) -> dict[str, Any]:
        if self.result_variable:
            return {self.result_variable: output, f"{self.result_variable}_trace": trace}
        if not isinstance(output, dict):
            raise StepFailure(_("The decision has one output, and the task names no variable for it."))
        return {**output}
