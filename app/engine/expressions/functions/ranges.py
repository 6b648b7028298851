"""Ranges written in a text, and how points and ranges lie to each other."""

import re
from collections.abc import Callable
from decimal import Decimal

from app.engine.expressions.comparison import compare
from app.engine.expressions.functions.registry import Functions
from app.engine.expressions.reading import read_date, read_date_time, read_duration, read_temporal, read_time
from app.engine.expressions.run import Run
from app.engine.expressions.values import DECIMAL, Range, Value, finite, kind

FUNCTIONS = Functions()


class _Order:
    """Comparisons of two values or ranges; `unknown` once two values had no common order."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.unknown = False

    def __call__(self, left: Value, right: Value) -> int:
        order = None if left is None or right is None else compare(left, right, self.run)
        if order is None:
            self.unknown = True
            return 0
        return order


_Relation = Callable[[_Order, Value, Value], bool]


def _as_range(value: Value) -> Range:
    return value if isinstance(value, Range) else Range(value, value, True, True)


def _before(order: _Order, one: Range, other: Range) -> bool:
    gap = order(one.end, other.start)
    return gap < 0 or (gap == 0 and not (one.end_included and other.start_included))


def _meets(order: _Order, one: Range, other: Range) -> bool:
    return one.end_included and other.start_included and order(one.end, other.start) == 0


def _starts_no_earlier(order: _Order, inner: Range, outer: Range) -> bool:
    gap = order(inner.start, outer.start)
    return gap > 0 or (gap == 0 and (outer.start_included or not inner.start_included))


def _ends_no_later(order: _Order, inner: Range, outer: Range) -> bool:
    gap = order(inner.end, outer.end)
    return gap < 0 or (gap == 0 and (outer.end_included or not inner.end_included))


def _includes(order: _Order, outer: Range, inner: Range) -> bool:
    return _starts_no_earlier(order, inner, outer) and _ends_no_later(order, inner, outer)


def _same_start(order: _Order, one: Range, other: Range) -> bool:
    return order(one.start, other.start) == 0 and one.start_included == other.start_included


def _same_end(order: _Order, one: Range, other: Range) -> bool:
    return order(one.end, other.end) == 0 and one.end_included == other.end_included


def _overlaps_before(order: _Order, one: Range, other: Range) -> bool:
    starts = order(one.start, other.start)
    begins_first = starts < 0 or (starts == 0 and one.start_included and not other.start_included)
    return begins_first and not _before(order, one, other) and _ends_no_later(order, one, other)


def _overlaps(order: _Order, one: Range, other: Range) -> bool:
    return not _before(order, one, other) and not _before(order, other, one)


def _coincides(order: _Order, one: Range, other: Range) -> bool:
    return _same_start(order, one, other) and _same_end(order, one, other)


def _starts(order: _Order, one: Range, other: Range) -> bool:
    return _same_start(order, one, other) and _ends_no_later(order, one, other)


def _finishes(order: _Order, one: Range, other: Range) -> bool:
    return _same_end(order, one, other) and _starts_no_earlier(order, one, other)


def _swapped(relation: _Relation) -> _Relation:
    return lambda order, one, other: relation(order, other, one)


def _define(name: str, relation: _Relation, *signatures: tuple[str, str]) -> None:
    def relate(run: Run, one: Value, other: Value) -> bool | None:
        order = _Order(run)
        result = relation(order, _as_range(one), _as_range(other))
        return None if order.unknown else result

    for first, second in signatures:
        FUNCTIONS(name, first, second)(relate)


_RANGES = ("range1:range", "range2:range")
_POINTS = ("point1:point", "point2:point")
_POINT_RANGE = ("point:point", "range:range")
_RANGE_POINT = ("range:range", "point:point")

_define("before", _before, _POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES)
_define("after", _swapped(_before), _POINTS, _POINT_RANGE, _RANGE_POINT, _RANGES)
_define("meets", _meets, _RANGES)
_define("met by", _swapped(_meets), _RANGES)
_define("overlaps", _overlaps, _RANGES)
_define("overlaps before", _overlaps_before, _RANGES)
_define("overlaps after", _swapped(_overlaps_before), _RANGES)
_define("includes", _includes, _RANGE_POINT, _RANGES)
_define("during", _swapped(_includes), _POINT_RANGE, _RANGES)
_define("coincides", _coincides, _POINTS, _RANGES)


def _define_at_ends() -> None:
    def starts_at(order: _Order, one: Range, other: Range) -> bool:
        return other.start_included and order(one.start, other.start) == 0

    def finishes_at(order: _Order, one: Range, other: Range) -> bool:
        return other.end_included and order(one.end, other.end) == 0

    _define("starts", starts_at, _POINT_RANGE)
    _define("starts", _starts, _RANGES)
    _define("started by", _swapped(starts_at), _RANGE_POINT)
    _define("started by", _swapped(_starts), _RANGES)
    _define("finishes", finishes_at, _POINT_RANGE)
    _define("finishes", _finishes, _RANGES)
    _define("finished by", _swapped(finishes_at), _RANGE_POINT)
    _define("finished by", _swapped(_finishes), _RANGES)


_define_at_ends()


_RANGE = re.compile(r"\s*([\[\](])(.*?)\.\.(.*?)([\])\[])\s*", re.DOTALL)
_END = re.compile(
    r"\s*(?:(?P<number>-?(?:[0-9]{1,40}(?:\.[0-9]{1,40})?|\.[0-9]{1,40}))"
    r"|(?:(?P<reader>@|(?:date and time|date|time|duration)\s*(?=\())?"
    r'(?P<open>\()?\s*"(?P<text>[^"]*)"\s*(?(open)\))))\s*'
)
_MAX_RANGE = 200
_READERS: dict[str, Callable[[str], Value]] = {
    "": str,
    "@": read_temporal,
    "date": read_date,
    "time": read_time,
    "date and time": read_date_time,
    "duration": read_duration,
}


@FUNCTIONS("range", "from:string")
def range_from_text(run: Run, text: str) -> Value:
    """Return the range that is written in a text, its ends plain values; null where it is none."""
    found = _RANGE.fullmatch(text) if len(text) <= _MAX_RANGE else None
    if found is None:
        return None
    opening, first, last, closing = found.groups()
    start, end = _end_of(first), _end_of(last)
    if (first.strip() and start is None) or (last.strip() and end is None) or (start is None and end is None):
        return None
    included = (opening == "[", closing == "]")
    if start is None or end is None:
        unbounded_included = included[0] if start is None else included[1]
        return None if unbounded_included else Range(start, end, *included)
    fits = kind(start) == kind(end) and (compare(start, end, run) or 0) <= 0
    return Range(start, end, *included) if fits else None


def _end_of(text: str) -> Value:
    found = _END.fullmatch(text)
    if found is None:
        return None
    if found["number"]:
        number: Decimal = DECIMAL.create_decimal(found["number"])
        return finite(number)
    return _READERS[(found["reader"] or "").strip()](found["text"])
