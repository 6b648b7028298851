"""Arithmetic over numbers, texts, dates and durations; null where they do not fit."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from app.engine.expressions.run import Run, fitting_text
from app.engine.expressions.temporal import (
    UTC,
    add_duration,
    add_months,
    combine,
    instant,
    microseconds,
    shift_time,
    time_part,
)
from app.engine.expressions.values import DECIMAL, Months, Value, finite, kind

_POWER_STEPS = 10
_DATES = ("date", "date and time")
_MOMENTS = (*_DATES, "time")
Operation = Callable[[Value, Value, Run], Value]


def _mismatch(operator: str, left: Value, right: Value, run: Run) -> None:
    run.note(f"{operator} cannot take a {kind(left)} and a {kind(right)}.")


def _duration(micro: Decimal | int) -> dt.timedelta | None:
    try:
        return dt.timedelta(microseconds=int(micro))
    except (OverflowError, ValueError):
        return None


def add(left: Value, right: Value, run: Run) -> Value:
    """Return left + right."""
    if type(left) is Decimal and type(right) is Decimal:
        return finite(DECIMAL.add(left, right))
    if isinstance(left, str) and isinstance(right, str):
        return fitting_text(left + right)
    if kind(left) in _MOMENTS:
        return _move(left, right, run)
    return _move(right, left, run) if kind(right) in _MOMENTS else _add_durations(left, right, run)


def _add_durations(left: Value, right: Value, run: Run) -> Value:
    if isinstance(left, dt.timedelta) and isinstance(right, dt.timedelta):
        return _duration(microseconds(left) + microseconds(right))
    if isinstance(left, Months) and isinstance(right, Months):
        return Months(left.count + right.count)
    return _mismatch("+", left, right, run)


def _move(moment: Value, duration: Value, run: Run) -> Value:
    if isinstance(moment, dt.time):
        if isinstance(duration, dt.timedelta):
            return shift_time(moment, duration)
    elif isinstance(duration, dt.timedelta):
        return add_duration(moment, duration)
    elif isinstance(duration, Months):
        return add_months(moment, duration)
    return _mismatch("+", moment, duration, run)


def subtract(left: Value, right: Value, run: Run) -> Value:
    """Return left - right."""
    if type(left) is Decimal and type(right) is Decimal:
        return finite(DECIMAL.subtract(left, right))
    if isinstance(right, dt.timedelta | Months):
        return add(left, negate(right, run), run)
    if isinstance(left, dt.time) and isinstance(right, dt.time):
        return _between_times(left, right)
    if kind(left) in _DATES and kind(right) in _DATES:
        return _between(left, right, run)
    return _mismatch("-", left, right, run)


def _between_times(left: dt.time, right: dt.time) -> dt.timedelta | None:
    if (left.tzinfo is None) != (right.tzinfo is None):
        return None
    day = dt.date(2000, 1, 1)
    return _duration(instant(combine(day, left)) - instant(combine(day, right)))


def _between(left: Value, right: Value, run: Run) -> dt.timedelta | None:
    if kind(left) != kind(right):
        left, right = at_midnight(left), at_midnight(right)
    if kind(left) == "date and time":
        zoned = [time_part(moment).tzinfo is not None for moment in (left, right)]
        if zoned[0] != zoned[1]:
            run.note("A local time cannot be subtracted from a time with a zone.")
            return None
    return _duration(instant(left) - instant(right))


def at_midnight(value: Value) -> Value:
    """Return a date as a date and time, midnight in UTC; anything else unchanged."""
    return combine(value, dt.time(tzinfo=UTC)) if kind(value) == "date" else value


def multiply(left: Value, right: Value, run: Run) -> Value:
    """Return left * right."""
    if type(left) is Decimal and type(right) is Decimal:
        return finite(DECIMAL.multiply(left, right))
    if isinstance(left, dt.timedelta | Months) and isinstance(right, Decimal):
        return _scaled(left, right, DECIMAL.multiply)
    if isinstance(right, dt.timedelta | Months) and isinstance(left, Decimal):
        return _scaled(right, left, DECIMAL.multiply)
    return _mismatch("*", left, right, run)


def _scaled(duration: dt.timedelta | Months, by: Decimal, operation: Callable[[Decimal, Decimal], Decimal]) -> Value:
    if isinstance(duration, Months):
        months = operation(Decimal(duration.count), by)
        return Months(int(months)) if months.is_finite() and abs(months) < 10**12 else None
    micro = operation(Decimal(microseconds(duration)), by)
    return _duration(micro) if micro.is_finite() else None


def divide(left: Value, right: Value, run: Run) -> Value:
    """Return left / right; null when right is zero."""
    if isinstance(right, Decimal) and not right:
        run.note("A division by zero.")
        return None
    if type(left) is Decimal and type(right) is Decimal:
        return finite(DECIMAL.divide(left, right))
    if isinstance(left, dt.timedelta | Months) and isinstance(right, Decimal):
        return _scaled(left, right, DECIMAL.divide)
    if isinstance(left, dt.timedelta) and isinstance(right, dt.timedelta):
        return _ratio(microseconds(left), microseconds(right))
    if isinstance(left, Months) and isinstance(right, Months):
        return _ratio(left.count, right.count)
    return _mismatch("/", left, right, run)


def _ratio(left: int, right: int) -> Decimal | None:
    return finite(DECIMAL.divide(Decimal(left), Decimal(right))) if right else None


def power(left: Value, right: Value, run: Run) -> Value:
    """Return left ** right."""
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        run.charge(_POWER_STEPS)
        if not right:
            return Decimal(1)
        return finite(DECIMAL.power(left, right))
    return _mismatch("**", left, right, run)


def negate(value: Value, run: Run) -> Value:
    """Return -value."""
    if isinstance(value, Decimal):
        return DECIMAL.minus(value)
    if isinstance(value, dt.timedelta):
        return _duration(-microseconds(value))
    if isinstance(value, Months):
        return Months(-value.count)
    run.note(f"- cannot take a {kind(value)}.")
    return None
