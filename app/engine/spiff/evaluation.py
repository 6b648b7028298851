"""Evaluates expressions of a diagram on the variables that a task sees. What the time is comes from the run."""

from collections.abc import Mapping
from reprlib import Repr
from typing import Any

from app.engine.expressions import Expression, Script, to_json
from app.engine.spiff.data import Data, storable
from app.engine.spiff.failures import StepFailure, unexpected
from app.engine.spiff.tokens import read
from app.kernel.errors import Invalid
from app.kernel.i18n import _

_MOST_OF_VALUES = 2_000


def surroundings(task: Any) -> Data:
    """Return what expressions know beside the variables: `now`, `today`, and in a loop the turn, from 1."""
    known: Data = task.workflow.top_workflow.context.surroundings
    number = task.internal_data.get("number")
    return known if number is None else {**known, "loopCounter": number + 1}


def evaluate(expression: Expression | Script, task: Any, extra: Data | None = None) -> Any:
    """Return the expression's value as JSON.

    Raises:
        StepFailure: it has no value that can be stored.
    """
    context = {**read(task), **surroundings(task), **(extra or {})}
    try:
        return storable(to_json(expression.evaluate(context)))
    except (Invalid, ArithmeticError, RecursionError) as error:
        detail = f"{expression.text}: {error}{_values_of(expression, context)}"
        raise StepFailure(_("An expression could not be evaluated."), detail) from error
    except Exception as error:  # whatever an expression meets must not lose the act that led to it
        detail = f"{expression.text}{_values_of(expression, context)}\n{unexpected(error).detail}"
        raise StepFailure(_("An expression could not be evaluated."), detail) from error


def text_of(value: Any, expression: Expression, task: Any) -> str:
    """Return the value of an expression as text; numbers are written out.

    Raises:
        StepFailure: it is neither a text nor a number.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise StepFailure(_("An expression does not give a text."), _explain(expression, task, value))
    return str(value)


def evaluate_condition(expression: Expression, task: Any, extra: Data | None = None) -> bool:
    """Return the truth of a condition.

    Raises:
        StepFailure: it is neither true nor false.
    """
    value = evaluate(expression, task, extra)
    if not isinstance(value, bool):
        raise StepFailure(_("A condition is neither true nor false."), _explain(expression, task, value))
    return value


def _explain(expression: Expression, task: Any, value: Any) -> str:
    context = {**read(task), **surroundings(task)}
    try:
        reasons = expression.explain(context)
    except Invalid as error:
        reasons = (str(error),)
    told = f"{expression.text} = {value!r}; {' '.join(reasons)}"[:1000]
    return told + _values_of(expression, context)


def _values_of(expression: Expression | Script, context: Mapping[str, Any]) -> str:
    """Return the values of the names that an expression uses, a line each, in short."""
    brief = Repr()
    brief.maxstring = brief.maxother = 100
    brief.maxdict = brief.maxlist = 10
    used = sorted(expression.names & context.keys())
    return "".join(f"\n{name} = {brief.repr(context[name])}" for name in used)[:_MOST_OF_VALUES]
