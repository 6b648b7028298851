"""Evaluates expressions of a diagram on the data of a task."""

from dataclasses import dataclass
from typing import Any

from app.engine.expressions import Expression, compile_expression, to_json
from app.engine.spiff.data import Data, storable
from app.engine.spiff.failures import StepFailure
from app.kernel.errors import Invalid


@dataclass(frozen=True)
class Formula:
    """A FEEL expression as it stands in a diagram, compiled."""

    text: str
    expression: Expression


def compile_formula(text: str) -> Formula:
    """Compile the text of an expression; a leading `=`, as other modellers write it, is not part of it.

    Raises:
        ExpressionError: it is no FEEL.
    """
    body = text.strip().removeprefix("=").strip()
    return Formula(body, compile_expression(body))


def evaluate(expression: Formula, task: Any, extra: Data | None = None) -> Any:
    """Return the expression's value as JSON.

    Raises:
        StepFailure: it has no value that can be stored.
    """
    try:
        return storable(to_json(expression.expression.evaluate({**task.data, **extra} if extra else task.data)))
    except (Invalid, ArithmeticError, RecursionError) as error:
        raise StepFailure("An expression could not be evaluated.", f"{expression.text}: {error}") from error


def evaluate_text(expression: Formula, task: Any) -> str:
    """Return the expression's value as text; numbers are written out.

    Raises:
        StepFailure: it is neither a text nor a number.
    """
    value = evaluate(expression, task)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise StepFailure("An expression does not give a text.", f"{expression.text} = {value!r}")
    return str(value)


def evaluate_condition(expression: Formula, task: Any, extra: Data | None = None) -> bool:
    """Return the truth of a condition.

    Raises:
        StepFailure: it is neither true nor false.
    """
    value = evaluate(expression, task, extra)
    if not isinstance(value, bool):
        raise StepFailure("A condition is neither true nor false.", f"{expression.text} = {value!r}")
    return value
