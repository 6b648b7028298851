"""Functions over numbers."""

import datetime as dt
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
)

from app.engine.expressions.arithmetic import negate
from app.engine.expressions.functions.registry import Body, Functions
from app.engine.expressions.run import Run
from app.engine.expressions.values import DECIMAL, Months, Value, finite

FUNCTIONS = Functions()
_MIN_SCALE, _MAX_SCALE = -6111, 6176


def rounded(number: Decimal, scale: Decimal, rounding: str) -> Decimal | None:
    """Return the number with `scale` digits after the point; null for a scale out of DMN's bounds."""
    places = int(scale)
    if not _MIN_SCALE <= places <= _MAX_SCALE:
        return None
    if places >= -int(number.as_tuple().exponent):
        return number
    return finite(number.quantize(Decimal(1).scaleb(-places), rounding=rounding, context=_WIDE))


_WIDE = DECIMAL.copy()
_WIDE.prec = 6200


def _rounding(rounding: str) -> Body:
    def round_it(_run: Run, number: Decimal, scale: Decimal = Decimal(0)) -> Value:
        return rounded(number, scale, rounding)

    return round_it


for _name, _mode in (
    ("decimal", ROUND_HALF_EVEN),
    ("round up", ROUND_UP),
    ("round down", ROUND_DOWN),
    ("round half up", ROUND_HALF_UP),
    ("round half down", ROUND_HALF_DOWN),
):
    FUNCTIONS(_name, "n:number", "scale:number")(_rounding(_mode))
for _name, _mode in (("floor", ROUND_FLOOR), ("ceiling", ROUND_CEILING)):
    FUNCTIONS(_name, "n:number")(_rounding(_mode))
    FUNCTIONS(_name, "n:number", "scale:number")(_rounding(_mode))


@FUNCTIONS("abs", "n:number|duration")
def absolute(run: Run, value: Value) -> Value:
    """Return the value without its sign."""
    zero: Value = Decimal(0)
    if isinstance(value, dt.timedelta):
        zero = dt.timedelta()
    elif isinstance(value, Months):
        zero = Months(0)
    return negate(value, run) if value < zero else value


@FUNCTIONS("modulo", "dividend:number", "divisor:number")
def modulo(_run: Run, dividend: Decimal, divisor: Decimal) -> Value:
    """Return what is left of a division, with the sign of the divisor."""
    if not divisor:
        return None
    quotient = DECIMAL.divide(dividend, divisor).to_integral_value(rounding=ROUND_FLOOR)
    rest = DECIMAL.remainder(dividend, divisor)
    if rest.is_finite():
        return DECIMAL.add(rest, divisor) if rest and (rest < 0) != (divisor < 0) else rest
    return finite(DECIMAL.subtract(dividend, DECIMAL.multiply(quotient, divisor)))


@FUNCTIONS("sqrt", "number:number")
def square_root(_run: Run, number: Decimal) -> Value:
    """Return the square root; null of a negative number."""
    return finite(DECIMAL.sqrt(number))


@FUNCTIONS("log", "number:number")
def logarithm(_run: Run, number: Decimal) -> Value:
    """Return the natural logarithm; null where there is none."""
    return finite(DECIMAL.ln(number)) if number > 0 else None


@FUNCTIONS("exp", "number:number")
def exponential(_run: Run, number: Decimal) -> Value:
    """Return e to the power of the number."""
    return finite(DECIMAL.exp(number))


@FUNCTIONS("odd", "number:number")
def odd(_run: Run, number: Decimal) -> Value:
    """Return whether a whole number is odd; null of a fraction."""
    return _is_even(number, False)


@FUNCTIONS("even", "number:number")
def even(_run: Run, number: Decimal) -> Value:
    """Return whether a whole number is even; null of a fraction."""
    return _is_even(number, True)


def _is_even(number: Decimal, wanted: bool) -> bool | None:
    if number != number.to_integral_value():
        return None
    rest = DECIMAL.remainder(number, Decimal(2))
    return (not rest.is_finite() or not rest) is wanted
