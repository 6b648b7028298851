"""Equality, order and membership, with null where two values cannot be compared."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.engine.expressions.run import Run
from app.engine.expressions.temporal import day_number, instant, microseconds, offset_of
from app.engine.expressions.values import Range, Value, kind

_MILLISECOND = 1000


def equal(left: Value, right: Value, run: Run) -> bool | None:
    """Return whether two values are the same; null when they are of different types."""
    if type(left) is type(right) and type(left) in (Decimal, str, bool):
        return bool(left == right)
    if left is None or right is None:
        return left is right
    left_kind, right_kind = kind(left), kind(right)
    if left_kind != right_kind:
        run.note(f"A {left_kind} cannot equal a {right_kind}.")
        return None
    if left_kind in ("list", "context", "range"):
        return _equal_parts(left, right, run)
    return _equal_single(left, right, left_kind)


def _equal_parts(left: Value, right: Value, run: Run) -> bool:
    run.charge()
    if isinstance(left, Range):
        return _equal_ranges(left, right, run)
    if len(left) != len(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(equal(value, right[key], run) is True for key, value in left.items())
    run.charge(len(left) // 20)
    return all(equal(one, other, run) is True for one, other in zip(left, right, strict=True))


def _equal_ranges(left: Range, right: Range, run: Run) -> bool:
    return (
        (left.operator == right.operator or not {left.operator, right.operator} & {"=", "!="})
        and left.start_included == right.start_included
        and left.end_included == right.end_included
        and equal(left.start, right.start, run) is True
        and equal(left.end, right.end, run) is True
    )


def _equal_single(left: Value, right: Value, what: str) -> bool:
    if what == "date and time":
        if (offset_of(left) is None) != (offset_of(right) is None):
            return False
        return instant(left) // _MILLISECOND == instant(right) // _MILLISECOND
    if what == "time":
        if (left.tzinfo is None) != (right.tzinfo is None):
            return False
        return bool(_time_key(left) // _MILLISECOND == _time_key(right) // _MILLISECOND)
    return bool(left == right)


def _time_key(value: dt.time) -> int:
    offset = offset_of(value)
    return microseconds(value) - (0 if offset is None else microseconds(offset))


def is_same(left: Value, right: Value, run: Run) -> bool:
    """Return whether two values are certainly the same; null is the same as null."""
    return equal(left, right, run) is True


def order_key(value: Value) -> tuple[str, Any] | None:
    """Return (kind, something Python can order), or null for values without an order."""
    what = kind(value)
    if what not in _KEYS:
        return None
    if what in ("time", "date and time") and offset_of(value) is None:
        return ("local " + what, _KEYS[what](value))
    return (what, _KEYS[what](value))


def _itself(value: Value) -> Any:
    return value


_KEYS: dict[str, Callable[[Any], Any]] = {
    "number": _itself,
    "string": _itself,
    "days and time duration": _itself,
    "years and months duration": _itself,
    "time": _time_key,
    "date and time": instant,
    "date": day_number,
}


def compare(left: Value, right: Value, run: Run) -> int | None:
    """Return -1, 0 or 1 for less, equal, greater; null when the two have no common order."""
    if type(left) is Decimal and type(right) is Decimal:
        return (left > right) - (left < right)
    one, other = order_key(left), order_key(right)
    if one is None or other is None or one[0] != other[0]:
        run.note(f"A {kind(left)} cannot be compared with a {kind(right)}.")
        return None
    return int(one[1] > other[1]) - int(one[1] < other[1])


def less(left: Value, right: Value, run: Run) -> bool | None:
    """Return left < right."""
    order = compare(left, right, run)
    return None if order is None else order < 0


def less_equal(left: Value, right: Value, run: Run) -> bool | None:
    """Return left <= right."""
    order = compare(left, right, run)
    return None if order is None else order <= 0


def greater(left: Value, right: Value, run: Run) -> bool | None:
    """Return left > right."""
    order = compare(left, right, run)
    return None if order is None else order > 0


def greater_equal(left: Value, right: Value, run: Run) -> bool | None:
    """Return left >= right."""
    order = compare(left, right, run)
    return None if order is None else order >= 0


def within(value: Value, bounds: Range, run: Run) -> bool | None:
    """Return whether the value lies in the range; null when it cannot be compared with its ends."""
    if bounds.operator in ("=", "!="):
        same = equal(value, bounds.start, run)
        return same if bounds.operator == "=" or same is None else not same
    above: bool | None = True
    below: bool | None = True
    if bounds.start is not None:
        above = (greater_equal if bounds.start_included else greater)(value, bounds.start, run)
    if bounds.end is not None:
        below = (less_equal if bounds.end_included else less)(value, bounds.end, run)
    if above is None or below is None:
        return None
    return above and below


def passes(value: Value, test: Value, run: Run) -> bool | None:
    """Return `value in test`: inside a range, one of a list, or equal."""
    run.charge()
    if isinstance(test, Range):
        return True if kind(value) == "range" and is_same(value, test, run) else within(value, test, run)
    if isinstance(test, list):
        return _among(value, test, run)
    if test is None:
        return True if value is None else None
    return equal(value, test, run)


def _among(value: Value, tests: list[Value], run: Run) -> bool:
    if isinstance(value, list) and is_same(value, tests, run):
        return True
    for test in tests:
        run.charge()
        if isinstance(test, Range) and within(value, test, run):
            return True
        if is_same(value, test, run):
            return True
    return False


def not_equal(left: Value, right: Value, run: Run) -> bool | None:
    """Return left != right."""
    same = equal(left, right, run)
    return None if same is None else not same
