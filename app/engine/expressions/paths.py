"""Paths and filters: `school.name`, `rows[status = "done"]`, `rows[-1]`."""

import datetime as dt
from decimal import Decimal
from typing import Any

from app.engine.expressions.code import Build, Code
from app.engine.expressions.functions.dates import weekday
from app.engine.expressions.json_values import from_json
from app.engine.expressions.limits import NODES_PER_STEP
from app.engine.expressions.run import Run
from app.engine.expressions.scope import ABSENT, Scope
from app.engine.expressions.syntax import Descendants, Filter, Name, Node, Path, weight
from app.engine.expressions.temporal import date_part, microseconds, offset_of, time_part, zone_name
from app.engine.expressions.values import FarDateTime, Months, Range, Value, kind


def build_path(node: Path, build: Build) -> Code:
    """Return the closure of a path; a variable is followed to its end before anything is converted."""
    names = _names_of(node)
    if names is not None:
        first, rest = names
        return lambda scope: _follow(scope, first, rest)
    source, name = build(node.source), node.name
    return lambda scope: step(source(scope), name, scope.run)


def _names_of(node: Path) -> tuple[str, list[str]] | None:
    names: list[str] = []
    part: Node = node
    while isinstance(part, Path):
        names.append(part.name)
        part = part.source
    return (part.name, names[::-1]) if isinstance(part, Name) else None


def _follow(scope: Scope, first: str, rest: list[str]) -> Value:
    value = scope.raw(first)
    if scope.is_own(first) or value is ABSENT or first in scope.run.converted:
        value = scope.find(first)
        for name in rest:
            value = step(value, name, scope.run)
        return value
    for place, name in enumerate(rest):
        if type(value) is not dict:
            value = from_json(value)
            for other in rest[place:]:
                value = step(value, other, scope.run)
            return value
        if name not in value:
            scope.run.note(f"There is no “{name}” in “{'.'.join([first, *rest[:place]])}”.")
            return None
        value = value[name]
    return from_json(value)


def step(value: Value, name: str, run: Run) -> Value:
    """Return value.name; of a list, that of each of its entries."""
    if isinstance(value, dict):
        if name not in value:
            run.note(f"There is no “{name}”.")
        return value.get(name)
    if isinstance(value, list):
        run.charge(1 + len(value) // 4)
        return [step(entry, name, run) if not isinstance(entry, list) else None for entry in value]
    found = property_of(value, name)
    if found is ABSENT:
        run.note(f"A {kind(value)} has no “{name}”.")
        return None
    return found


def property_of(value: Value, name: str) -> Any:
    """Return a property of a date, time, duration or range, or ABSENT."""
    match value:
        case Months():
            return _property_of_months(value, name)
        case dt.timedelta():
            return _property_of_days(value, name)
        case Range():
            return _property_of_range(value, name)
        case dt.datetime() | FarDateTime():
            found = _property_of_date(value, name)
            return _property_of_time(value, name) if found is ABSENT else found
        case dt.time():
            return _property_of_time(value, name)
    return _property_of_date(value, name) if kind(value) == "date" else ABSENT


def _property_of_date(value: Value, name: str) -> Any:
    if name == "weekday":
        return Decimal(weekday(value))
    return Decimal(getattr(date_part(value), name)) if name in ("year", "month", "day") else ABSENT


def _property_of_time(value: Value, name: str) -> Any:
    time = value if isinstance(value, dt.time) else time_part(value)
    if name in ("hour", "minute"):
        return Decimal(getattr(time, name))
    if name == "second":
        nano = time.microsecond * 1000 + getattr(time, "nano", 0)
        return Decimal(time.second) + Decimal(nano) / 1_000_000_000
    if name == "time offset":
        return offset_of(value)
    return zone_name(value) if name == "timezone" else ABSENT


def _property_of_months(value: Months, name: str) -> Any:
    years, months = divmod(abs(value.count), 12)
    sign = -1 if value.count < 0 else 1
    return {"years": Decimal(sign * years), "months": Decimal(sign * months)}.get(name, ABSENT)


_UNITS = {"days": (86_400, 10**9), "hours": (3600, 24), "minutes": (60, 60), "seconds": (1, 60)}


def _property_of_days(value: dt.timedelta, name: str) -> Any:
    if name not in _UNITS:
        return ABSENT
    total = microseconds(value)
    seconds = Decimal(abs(total) // 1_000_000)
    unit, modulus = _UNITS[name]
    amount = seconds // unit % modulus
    if name == "seconds":
        amount += Decimal(abs(total) % 1_000_000) / 1_000_000
    return -amount if total < 0 else amount


def _property_of_range(value: Range, name: str) -> Any:
    return {
        "start": value.start,
        "end": value.end,
        "start included": value.start_included,
        "end included": value.end_included,
    }.get(name, ABSENT)


def build_descendants(node: Descendants, build: Build) -> Code:
    """Return the closure of `source...name`: the inner entries before the outer ones, nulls left out."""
    source, name = build(node.source), node.name

    def descendants(scope: Scope) -> Value:
        found: list[Value] = []
        _collect(source(scope), name, scope.run, found)
        return found

    return descendants


def _collect(value: Value, name: str, run: Run, found: list[Value]) -> None:
    run.charge()
    if isinstance(value, list):
        for entry in value:
            _collect(entry, name, run, found)
    elif isinstance(value, dict):
        for key, entry in value.items():
            _collect(entry, name, run, found)
            if key == name and entry is not None:
                found.append(entry)


def build_filter(node: Filter, build: Build) -> Code:
    """Return the closure of a filter."""
    source, condition = build(node.source), build(node.condition)
    cost = 1 + weight(node.condition) // NODES_PER_STEP

    def keep(scope: Scope) -> Value:
        value = source(scope)
        if value is None:
            return None
        entries = value if isinstance(value, list) else [value]
        kept = []
        for entry in entries:
            scope.run.charge(cost)
            wanted = condition(_inside(entry, scope))
            if isinstance(wanted, Decimal):
                return at_place(entries, condition(scope))
            if wanted is True:
                kept.append(entry)
        if not entries and isinstance(condition(scope), Decimal):
            return None
        return kept

    return keep


def _inside(entry: Value, scope: Scope) -> Scope:
    inner = scope.inner({"item": entry})
    return inner.inner(entry) if isinstance(entry, dict) else inner


def at_place(entries: list[Value], place: Value) -> Value:
    """Return the entry at a place counted from 1, or from the end when negative; null when there is none."""
    if not isinstance(place, Decimal) or place != place.to_integral_value() or not place:
        return None
    if abs(place) > len(entries):
        return None
    return entries[int(place) - 1 if place > 0 else int(place)]


def build_is_defined(node: Node, build: Build) -> Code:
    """Return the closure of `is defined(…)`: whether a variable or entry exists, be it null."""
    if isinstance(node, Name):
        name = node.name
        return lambda scope: scope.raw(name) is not ABSENT
    code = build(node.source if isinstance(node, Path) else node)
    if not isinstance(node, Path):
        return lambda scope: code(scope) is not None
    entry = node.name

    def defined(scope: Scope) -> bool:
        source = code(scope)
        if isinstance(source, dict):
            return entry in source
        return property_of(source, entry) is not ABSENT

    return defined
