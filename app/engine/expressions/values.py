"""The values of FEEL that Python has no type for, and the name of every value's type."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from app.engine.expressions.run import Run

Value = Any
"""Decimal, str, bool, None, date, time, datetime, timedelta, Months, list, dict, Range, Function; and
FarDate and FarDateTime for years outside 1 to 9999."""

DECIMAL = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[])
"""Numbers have 34 digits, as DMN demands; nothing traps: what is not finite becomes null."""


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A duration of years and months, counted in months; may be negative."""

    count: int


@dataclass(frozen=True, slots=True, order=True)
class FarDate:
    """A date of a year that Python's own type cannot hold."""

    year: int
    month: int
    day: int


class FineTime(dt.time):
    """A time of day with parts of a microsecond: `nano`, 1 to 999."""

    nano = 0

    def replace(self, *args: Any, **kwargs: Any) -> "FineTime":
        """Return the time with other parts, as fine as it was."""
        changed = super().replace(*args, **kwargs)
        changed.nano = self.nano
        return changed


def fine_time(time: dt.time, nano: int) -> dt.time:
    """Return the time, finer by so many nanoseconds."""
    if not nano:
        return time
    fine = FineTime(time.hour, time.minute, time.second, time.microsecond, time.tzinfo)
    fine.nano = nano
    return fine


@dataclass(frozen=True, slots=True)
class FarDateTime:
    """A date and time that Python's own type cannot hold: of a far year, or finer than a microsecond."""

    date: "dt.date | FarDate"
    time: dt.time


@dataclass(frozen=True, slots=True)
class Range:
    """The values from `start` to `end`.

    Attributes:
        operator: `<`, `>=` and so on when it was written so; `=` and `!=` exist only this way.
    """

    start: Value
    end: Value
    start_included: bool
    end_included: bool
    operator: str = ""


class Function:
    """Something that can be called; `parameters` are its names for named arguments."""

    parameters: tuple[str, ...] = ()

    def call(self, run: Run, arguments: Sequence[Value]) -> Value:
        """Return the result for arguments given in order; null when they do not fit."""
        raise NotImplementedError

    def call_named(self, run: Run, arguments: Mapping[str, Value]) -> Value:
        """Return the result for arguments given by name; null when the names do not fit."""
        if set(arguments) != set(self.parameters):
            run.note("A call names other arguments than the function has.")
            return None
        return self.call(run, [arguments[name] for name in self.parameters])


KINDS: dict[type, str] = {
    Decimal: "number",
    str: "string",
    bool: "boolean",
    type(None): "null",
    dt.date: "date",
    dt.time: "time",
    dt.datetime: "date and time",
    dt.timedelta: "days and time duration",
    Months: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    FarDate: "date",
    FineTime: "time",
    FarDateTime: "date and time",
}


def kind(value: Value) -> str:
    """Return the FEEL name of the value's type."""
    found = KINDS.get(type(value))
    if found is None:
        return "function" if isinstance(value, Function) else "unknown"
    return found


def finite(number: Decimal) -> Decimal | None:
    """Return the number, or null when it is infinite or not a number."""
    return number if number.is_finite() else None
