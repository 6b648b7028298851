"""FEEL, compiled to closures over an allow-list.

`compile_expression("count(rows[done]) >= 3").evaluate(data)`: plain JSON values go in, FEEL values come
out, `to_json` makes them plain again. What is no expression raises `ExpressionError` when it is compiled;
when it runs, what does not fit is null, and what costs too much raises `ExpressionBudgetExceeded`.
The clock is never read: `now()` and `today()` are the context's entries `now` and `today`.
"""

from app.engine.expressions.checking import Finding, check_condition, check_expression
from app.engine.expressions.compiled import (
    Expression,
    Script,
    UnaryTest,
    compile_expression,
    compile_script,
    compile_unary,
)
from app.engine.expressions.errors import ExpressionBudgetExceeded, ExpressionError
from app.engine.expressions.json_values import from_json, to_json
from app.engine.expressions.reader import Surroundings
from app.engine.expressions.values import Function, Months, Range, Value

__all__ = [
    "Expression",
    "ExpressionBudgetExceeded",
    "ExpressionError",
    "Finding",
    "Function",
    "Months",
    "Range",
    "Script",
    "Surroundings",
    "UnaryTest",
    "Value",
    "check_condition",
    "check_expression",
    "compile_expression",
    "compile_script",
    "compile_unary",
    "from_json",
    "to_json",
]
