"""`for`, `some` and `every`."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from app.engine.expressions.code import Build, Code
from app.engine.expressions.limits import NODES_PER_STEP
from app.engine.expressions.run import Run, fitting_list
from app.engine.expressions.scope import Scope
from app.engine.expressions.syntax import Iteration, Loop, Quantified, weight
from app.engine.expressions.temporal import day_number, from_day_number
from app.engine.expressions.values import FarDate, Range, Value

_Source = tuple[str, Code, Code | None]


class NotIterable(Exception):
    """The value has no entries to go through."""


def _sources(iterations: tuple[Iteration, ...], build: Build) -> list[_Source]:
    return [
        (iteration.name, build(iteration.source), build(iteration.end) if iteration.end else None)
        for iteration in iterations
    ]


def build_loop(node: Loop, build: Build) -> Code:
    """Return the closure of `for … return …`."""
    sources, body = _sources(node.iterations, build), build(node.body)
    cost = 1 + weight(node.body) // NODES_PER_STEP

    def loop(scope: Scope) -> Value:
        partial: list[Value] = []
        try:
            for inner in _turns(scope.inner({"partial": partial}), sources):
                scope.run.charge(cost)
                partial.append(body(inner))
        except NotIterable:
            scope.run.note("“for” needs a list or a range.")
            return None
        return fitting_list(partial)

    return loop


def build_quantified(node: Quantified, build: Build) -> Code:
    """Return the closure of `some` or `every`."""
    sources, condition, every = _sources(node.iterations, build), build(node.condition), node.every
    cost = 1 + weight(node.condition) // NODES_PER_STEP

    def decide(scope: Scope) -> bool | None:
        unknown = False
        try:
            for inner in _turns(scope, sources):
                scope.run.charge(cost)
                result = condition(inner)
                if result is (not every):
                    return not every
                unknown = unknown or not isinstance(result, bool)
        except NotIterable:
            return None
        return None if unknown else every

    return decide


def _turns(scope: Scope, sources: list[_Source]) -> Iterator[Scope]:
    """Yield a scope for every combination; the last source turns fastest."""
    name, start, end = sources[0]
    for value in _entries(scope, start, end):
        scope.run.charge()
        inner = scope.inner({name: value})
        if len(sources) == 1:
            yield inner
        else:
            yield from _turns(inner, sources[1:])


def _entries(scope: Scope, start: Code, end: Code | None) -> Iterator[Value]:
    first = start(scope)
    return entries_of(first, scope.run) if end is None else _count(first, end(scope), scope.run)


def entries_of(first: Value, run: Run) -> Iterator[Value]:
    """Return what a loop goes through: a list's entries, a range's numbers or dates, or the value itself.

    Raises:
        NotIterable: it is null, or a range of something else.
    """
    if isinstance(first, list):
        return iter(first)
    if isinstance(first, Range):
        return _count_range(first, run)
    if first is None:
        raise NotIterable
    return iter([first])


def _count_range(bounds: Range, run: Run) -> Iterator[Value]:
    entries = _count(bounds.start, bounds.end, run)
    if not bounds.start_included:
        next(entries, None)
    for entry in entries:
        if entry == bounds.end and not bounds.end_included:
            return
        yield entry


def _count(first: Value, last: Value, run: Run) -> Iterator[Value]:
    """Return the whole numbers, or the dates, from `first` to `last`, upwards or downwards."""
    if isinstance(first, Decimal) and isinstance(last, Decimal):
        if first == first.to_integral_value() and last == last.to_integral_value():
            return (Decimal(number) for number in _steps(int(first), int(last)))
    elif _is_date(first) and _is_date(last):
        return (from_day_number(number) for number in _steps(day_number(first), day_number(last)))
    raise NotIterable


def _steps(first: int, last: int) -> range:
    return range(first, last + 1) if first <= last else range(first, last - 1, -1)


def _is_date(value: Value) -> bool:
    return isinstance(value, dt.date | FarDate) and not isinstance(value, dt.datetime)
