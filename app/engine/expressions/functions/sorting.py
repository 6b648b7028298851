"""Functions over lists that are told by a function what to do."""

from functools import cmp_to_key

from app.engine.expressions.comparison import compare
from app.engine.expressions.functions.registry import Functions
from app.engine.expressions.run import Run
from app.engine.expressions.values import Function, Value

FUNCTIONS = Functions()


@FUNCTIONS("sort", "list:list", "precedes:function")
def sort(run: Run, entries: list[Value], precedes: Function) -> Value:
    """Return the list in the order that `precedes` gives; entries it does not order stay as they were."""

    def order(left: Value, right: Value) -> int:
        if precedes.call(run, [left, right]) is True:
            return -1
        return 1 if precedes.call(run, [right, left]) is True else 0

    return sorted(entries, key=cmp_to_key(order))


@FUNCTIONS("sort", "list:list")
def sort_naturally(run: Run, entries: list[Value]) -> Value:
    """Return the list in ascending order; null when its entries have no common order."""

    def order(left: Value, right: Value) -> int:
        run.charge()
        found = compare(left, right, run)
        if found is None:
            raise _NoOrder
        return found

    try:
        return sorted(entries, key=cmp_to_key(order))
    except _NoOrder:
        return None


class _NoOrder(Exception):
    """Two entries cannot be compared."""


@FUNCTIONS("list replace", "list:list", "match:function", "newItem:any")
def list_replace_matching(run: Run, entries: list[Value], match: Function, item: Value) -> Value:
    """Return the list with another item in place of every entry for which `match(entry, item)` is true."""
    result: list[Value] = []
    for entry in entries:
        matches = match.call(run, [entry, item])
        if not isinstance(matches, bool):
            run.note("The function of list replace() must give true or false.")
            return None
        result.append(item if matches else entry)
    return result
