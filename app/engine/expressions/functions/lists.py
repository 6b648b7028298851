"""Functions over lists."""

from datetime import timedelta
from decimal import Decimal

from app.engine.expressions.arithmetic import add, divide
from app.engine.expressions.comparison import compare, is_same
from app.engine.expressions.functions.registry import Functions
from app.engine.expressions.run import Run, fitting_list
from app.engine.expressions.values import DECIMAL, Months, Value, finite

FUNCTIONS = Functions()


@FUNCTIONS("list contains", "list:list", "element:any")
def list_contains(run: Run, entries: list[Value], element: Value) -> Value:
    """Return whether an entry is the same as `element`."""
    return _place_of(run, entries, element) is not None


def _place_of(run: Run, entries: list[Value], element: Value) -> int | None:
    run.charge(len(entries) // 20)
    return next((place for place, entry in enumerate(entries) if is_same(entry, element, run)), None)


@FUNCTIONS("count", "list:list")
def count(_run: Run, entries: list[Value]) -> Value:
    """Return the number of entries."""
    return Decimal(len(entries))


def _numbers(entries: list[Value]) -> list[Decimal] | None:
    return entries if entries and all(type(entry) is Decimal for entry in entries) else None


@FUNCTIONS("sum", "list:list")
def total(run: Run, entries: list[Value]) -> Value:
    """Return the sum of numbers or of durations; null of nothing."""
    run.charge(len(entries) // 20)
    if not entries:
        return None
    result = entries[0]
    if not isinstance(result, Decimal | timedelta | Months):
        return None
    for entry in entries[1:]:
        result = add(result, entry, run)
    return result


@FUNCTIONS("mean", "list:list")
def mean(run: Run, entries: list[Value]) -> Value:
    """Return the average."""
    result = total(run, entries)
    return None if result is None else divide(result, Decimal(len(entries)), run)


@FUNCTIONS("product", "list:list")
def product(run: Run, entries: list[Value]) -> Value:
    """Return the product of numbers."""
    numbers = _numbers(entries)
    if numbers is None:
        return None
    run.charge(len(entries) // 20)
    result = Decimal(1)
    for number in numbers:
        result = DECIMAL.multiply(result, number)
    return finite(result)


@FUNCTIONS("median", "list:list")
def median(run: Run, entries: list[Value]) -> Value:
    """Return the number in the middle, or the average of the two there."""
    numbers = _numbers(entries)
    if numbers is None:
        return None
    run.charge(len(entries) // 20)
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return DECIMAL.divide(DECIMAL.add(ordered[middle - 1], ordered[middle]), Decimal(2))


@FUNCTIONS("stddev", "list:list")
def standard_deviation(run: Run, entries: list[Value]) -> Value:
    """Return the standard deviation of a sample; null of fewer than two numbers."""
    numbers = _numbers(entries)
    if numbers is None or len(numbers) < 2:
        return None
    average = mean(run, entries)
    squares = Decimal(0)
    for number in numbers:
        squares = DECIMAL.add(squares, DECIMAL.power(DECIMAL.subtract(number, average), Decimal(2)))
    return finite(DECIMAL.sqrt(DECIMAL.divide(squares, Decimal(len(numbers) - 1))))


@FUNCTIONS("mode", "list:list")
def mode(run: Run, entries: list[Value]) -> Value:
    """Return the numbers that occur most often, in ascending order."""
    if not entries:
        return []
    numbers = _numbers(entries)
    if numbers is None:
        return None
    run.charge(len(entries) // 20)
    counts: dict[Decimal, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values())
    return sorted(number for number, often in counts.items() if often == most)


def _extreme(run: Run, entries: list[Value], sign: int) -> Value:
    if not entries:
        return None
    run.charge(len(entries) // 20)
    best = entries[0]
    if compare(best, best, run) is None:
        return None
    for entry in entries[1:]:
        order = compare(entry, best, run)
        if order is None:
            return None
        best = entry if order == sign else best
    return best


@FUNCTIONS("min", "list:list")
def least(run: Run, entries: list[Value]) -> Value:
    """Return the least entry."""
    return _extreme(run, entries, -1)


@FUNCTIONS("max", "list:list")
def greatest(run: Run, entries: list[Value]) -> Value:
    """Return the greatest entry."""
    return _extreme(run, entries, 1)


@FUNCTIONS("all", "list:list")
def all_true(run: Run, entries: list[Value]) -> Value:
    """Return whether all entries are true, with null for “unknown”."""
    run.charge(len(entries) // 20)
    if any(entry is False for entry in entries):
        return False
    return True if all(entry is True for entry in entries) else None


@FUNCTIONS("any", "list:list")
def any_true(run: Run, entries: list[Value]) -> Value:
    """Return whether some entry is true, with null for “unknown”."""
    run.charge(len(entries) // 20)
    if any(entry is True for entry in entries):
        return True
    return False if all(entry is False for entry in entries) else None


for _name, _body in (
    ("sum", total),
    ("mean", mean),
    ("product", product),
    ("median", median),
    ("stddev", standard_deviation),
    ("mode", mode),
    ("min", least),
    ("max", greatest),
    ("all", all_true),
    ("any", any_true),
):
    FUNCTIONS(_name, "first:any", "rest:any*")(lambda run, *entries, _body=_body: _body(run, list(entries)))


@FUNCTIONS("sublist", "list:list", "start position:number", "length:number?")
def sublist(_run: Run, entries: list[Value], start: Decimal, length: Decimal | None = None) -> Value:
    """Return a part; positions count from 1, negative ones from the end."""
    place = int(start)
    if place == 0 or abs(place) > len(entries) or (length is not None and length < 0):
        return None
    begin = place - 1 if place > 0 else len(entries) + place
    if length is None:
        return entries[begin:]
    return entries[begin : begin + int(length)] if begin + int(length) <= len(entries) else None


@FUNCTIONS("append", "list:list", "item:any*")
def append(_run: Run, entries: list[Value], *items: Value) -> Value:
    """Return the list with items at its end."""
    return [*entries, *items]


@FUNCTIONS("concatenate", "list:list*")
def concatenate(_run: Run, *lists: list[Value]) -> Value:
    """Return the lists as one."""
    return _joined(lists)


def _joined(lists: tuple[list[Value], ...]) -> list[Value]:
    result: list[Value] = []
    for entries in lists:
        result = fitting_list(result + entries)
    return result


@FUNCTIONS("insert before", "list:list", "position:number", "newItem:any")
def insert_before(_run: Run, entries: list[Value], position: Decimal, item: Value) -> Value:
    """Return the list with an item before the position."""
    index = _index(entries, position)
    return None if index is None else [*entries[:index], item, *entries[index:]]


@FUNCTIONS("remove", "list:list", "position:number")
def remove(_run: Run, entries: list[Value], position: Decimal) -> Value:
    """Return the list without the entry at the position."""
    index = _index(entries, position)
    return None if index is None else entries[:index] + entries[index + 1 :]


def _index(entries: list[Value], position: Decimal) -> int | None:
    place = int(position)
    if place == 0 or abs(place) > len(entries):
        return None
    return place - 1 if place > 0 else len(entries) + place


@FUNCTIONS("list replace", "list:list", "position:number", "newItem:any")
def list_replace(_run: Run, entries: list[Value], position: Decimal, item: Value) -> Value:
    """Return the list with another item at the position."""
    index = _index(entries, position) if position == position.to_integral_value() else None
    return None if index is None else [*entries[:index], item, *entries[index + 1 :]]


@FUNCTIONS("reverse", "list:list")
def reverse(_run: Run, entries: list[Value]) -> Value:
    """Return the list backwards."""
    return entries[::-1]


@FUNCTIONS("index of", "list:list", "match:any")
def index_of(run: Run, entries: list[Value], match: Value) -> Value:
    """Return the positions of the entries that are the same as `match`."""
    run.charge(len(entries) // 20)
    return [Decimal(place) for place, entry in enumerate(entries, 1) if is_same(entry, match, run)]


@FUNCTIONS("union", "list:list*")
def union(run: Run, *lists: list[Value]) -> Value:
    """Return the lists as one, each entry once."""
    return distinct_values(run, _joined(lists))


@FUNCTIONS("distinct values", "list:list")
def distinct_values(run: Run, entries: list[Value]) -> Value:
    """Return each entry once."""
    return _sorted_out(run, entries)[0]


def _sorted_out(run: Run, entries: list[Value]) -> tuple[list[Value], list[Value]]:
    """Return (each entry once, those that occur again, each once); plain values are found by their hash."""
    run.charge(len(entries) // 20)
    once: list[Value] = []
    again: list[Value] = []
    seen: dict[tuple[type, Value], int] = {}
    for entry in entries:
        if type(entry) in _PLAIN:
            key = (type(entry), entry)
            seen[key] = seen.get(key, 0) + 1
            if seen[key] <= 2:
                (once if seen[key] == 1 else again).append(entry)
        elif _place_of(run, once, entry) is None:
            once.append(entry)
        elif _place_of(run, again, entry) is None:
            again.append(entry)
    return once, again


_PLAIN = frozenset((Decimal, str, bool, type(None)))


@FUNCTIONS("duplicate values", "list:list")
def duplicate_values(run: Run, entries: list[Value]) -> Value:
    """Return the entries that occur more than once, each once."""
    return _sorted_out(run, entries)[1]


@FUNCTIONS("flatten", "list:list")
def flatten(run: Run, entries: list[Value]) -> Value:
    """Return the entries of lists inside lists as one list."""
    result: list[Value] = []
    pending: list[Value] = [entries]
    while pending:
        entry = pending.pop()
        if isinstance(entry, list):
            run.charge(1 + len(entry) // 20)
            pending.extend(reversed(entry))
        else:
            result.append(entry)
    return result


@FUNCTIONS("partition", "list:list", "size:number")
def partition(_run: Run, entries: list[Value], size: Decimal) -> Value:
    """Return lists of at most `size` entries."""
    step = int(size)
    if step < 1:
        return None
    return [entries[begin : begin + step] for begin in range(0, len(entries), step)]


@FUNCTIONS("is empty", "list:list")
def is_empty(_run: Run, entries: list[Value]) -> Value:
    """Return whether there is no entry."""
    return not entries
