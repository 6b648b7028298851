"""The functions of FEEL, by topic; there are no others, and nobody can add one from a diagram."""

from app.engine.expressions.functions import (
    contexts,
    conversions,
    dates,
    lists,
    numbers,
    ranges,
    sorting,
    strings,
)
from app.engine.expressions.functions.registry import BuiltinFunction
from app.engine.expressions.naming import NameTable

BUILTINS: dict[str, BuiltinFunction] = {}
for _topic in (conversions, contexts, dates, lists, numbers, ranges, sorting, strings):
    for _name, _function in _topic.FUNCTIONS.by_name.items():
        BUILTINS.setdefault(_name, BuiltinFunction(_name)).overloads.extend(_function.overloads)
BUILTIN_NAMES = NameTable(BUILTINS)

__all__ = ["BUILTINS", "BUILTIN_NAMES", "BuiltinFunction"]
