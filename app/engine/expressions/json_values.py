"""Between JSON and FEEL values: decimals here, int or float there; dates and durations as ISO strings."""

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.engine.expressions import limits, writing
from app.engine.expressions.errors import ExpressionBudgetExceeded
from app.engine.expressions.values import DECIMAL, Function, Value, finite
from app.kernel.i18n import _

_INT64 = 2**63


class _Counter:
    """Counts values inside a value, so that shared parts cannot grow without end when they are copied."""

    def __init__(self) -> None:
        self.left = limits.MAX_NODES

    def count(self, depth: int) -> None:
        self.left -= 1
        if self.left < 0 or depth > 2 * limits.MAX_NESTING:
            raise ExpressionBudgetExceeded(_("A value is too large or too deep for an expression."))


def from_json(value: Any) -> Value:
    """Return the FEEL value; strings stay strings, what FEEL has already stays as it is."""
    return _from(value, _Counter(), 0)


def to_json(value: Value) -> Any:
    """Return the JSON value; a function becomes null, a range its FEEL text."""
    return _to(value, _Counter(), 0)


def _from(value: Any, counter: _Counter, depth: int) -> Value:
    if value is None or type(value) in (str, bool, Decimal):
        return value
    if isinstance(value, int):
        return finite(DECIMAL.create_decimal(value))
    if isinstance(value, float):
        return _from_float(value)
    counter.count(depth)
    if isinstance(value, Mapping):
        return {str(key): _from(entry, counter, depth + 1) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_from(entry, counter, depth + 1) for entry in value]
    return value


def _from_float(value: float) -> Decimal | None:
    if not math.isfinite(value):
        return None
    return DECIMAL.create_decimal(int(value) if value.is_integer() else repr(value))


def _to(value: Value, counter: _Counter, depth: int) -> Any:
    if value is None or isinstance(value, str | bool):
        return value
    counter.count(depth)
    if isinstance(value, Decimal):
        return _to_number(value)
    if isinstance(value, list):
        return [_to(entry, counter, depth + 1) for entry in value]
    if isinstance(value, dict):
        return {key: _to(entry, counter, depth + 1) for key, entry in value.items()}
    return None if isinstance(value, Function) else _to_text(value)


def _to_text(value: Value) -> str:
    return value.isoformat() if isinstance(value, dt.datetime) else writing.text_of(value)


def _to_number(value: Decimal) -> int | float | None:
    if not value.is_finite():
        return None
    if value == value.to_integral_value() and abs(value) < _INT64:
        return int(value)
    number = float(value)
    return number if math.isfinite(number) else None
