"""What is known about an expression's type before it runs: `Any` where nothing is known."""

from collections.abc import Callable, Mapping
from typing import Any

from app.engine.expressions.syntax import (
    Between,
    Builtin,
    Choice,
    ContextLiteral,
    Filter,
    FunctionLiteral,
    InstanceOf,
    ListLiteral,
    Literal,
    Loop,
    Membership,
    Name,
    Negation,
    Node,
    Operation,
    Path,
    Quantified,
    RangeLiteral,
    Test,
)
from app.engine.expressions.types import ANY, NAMED, Type
from app.engine.expressions.values import kind

Types = Mapping[str, Type]
BOOLEAN, NUMBER, STRING = NAMED["boolean"], NAMED["number"], NAMED["string"]
_LOGICAL = ("and", "or", "=", "!=", "<", "<=", ">", ">=")
_RESULTS: dict[str, Type] = {
    **dict.fromkeys(
        (
            "not",
            "contains",
            "starts with",
            "ends with",
            "matches",
            "list contains",
            "all",
            "any",
            "odd",
            "even",
            "is",
            "is defined",
            "is blank",
            "is empty",
            "before",
            "after",
            "meets",
            "met by",
            "overlaps",
            "overlaps before",
            "overlaps after",
            "includes",
            "during",
            "coincides",
            "starts",
            "started by",
            "finishes",
            "finished by",
        ),
        BOOLEAN,
    ),
    **dict.fromkeys(
        (
            "number",
            "string length",
            "count",
            "product",
            "median",
            "stddev",
            "decimal",
            "round up",
            "round down",
            "round half up",
            "round half down",
            "floor",
            "ceiling",
            "modulo",
            "sqrt",
            "log",
            "exp",
            "day of year",
            "week of year",
        ),
        NUMBER,
    ),
    **dict.fromkeys(
        (
            "string",
            "substring",
            "upper case",
            "lower case",
            "substring before",
            "substring after",
            "replace",
            "trim",
            "string join",
            "day of week",
            "month of year",
        ),
        STRING,
    ),
    **dict.fromkeys(
        (
            "split",
            "extract",
            "append",
            "concatenate",
            "insert before",
            "remove",
            "reverse",
            "index of",
            "union",
            "distinct values",
            "duplicate values",
            "flatten",
            "mode",
            "sublist",
            "get entries",
            "sort",
            "list replace",
            "partition",
        ),
        NAMED["list"],
    ),
    **dict.fromkeys(("context", "context put", "context merge"), NAMED["context"]),
    "date": NAMED["date"],
    "today": NAMED["date"],
    "last day of month": NAMED["date"],
    "time": NAMED["time"],
    "date and time": NAMED["date and time"],
    "now": NAMED["date and time"],
    "years and months duration": NAMED["years and months duration"],
    "range": NAMED["range"],
}


def type_of(node: Node, names: Types) -> Type:
    """Return the type of an expression; `names` are the types of its variables."""
    reader = _READERS.get(type(node))
    return ANY if reader is None else reader(node, names)


def common(types: list[Type]) -> Type:
    """Return the type that all of them have; of none, Any."""
    certain = [found for found in types if found.kind != "null"]
    return certain[0] if certain and all(found == certain[0] for found in certain) else ANY


def _operation(node: Operation, names: Types) -> Type:
    if node.operator in _LOGICAL:
        return BOOLEAN
    left, right = type_of(node.left, names), type_of(node.right, names)
    return left if left == right and left in (NUMBER, STRING) else ANY


def _path(node: Path, names: Types) -> Type:
    return type_of(node.source, names).fields.get(node.name, ANY)


def _function(node: FunctionLiteral, names: Types) -> Type:
    takes = tuple(wanted for _name, wanted in node.parameters)
    return Type("function", takes=takes, gives=type_of(node.body, {**names, **dict(node.parameters)}))


def _context(node: ContextLiteral, names: Types) -> Type:
    known = dict(names)
    fields: dict[str, Type] = {}
    for key, value in node.entries:
        fields[key] = known[key] = type_of(value, known)
    return Type("context", fields=fields)


def _without(node: Loop, names: Types) -> Types:
    bound = {iteration.name for iteration in node.iterations} | {"partial"}
    return {name: found for name, found in names.items() if name not in bound}


_READERS: dict[type[Node], Callable[[Any, Types], Type]] = {
    Literal: lambda node, _names: Type(kind(node.value)),
    Name: lambda node, names: names.get(node.name, ANY),
    Operation: _operation,
    Negation: lambda node, names: type_of(node.value, names),
    Between: lambda _node, _names: BOOLEAN,
    Membership: lambda _node, _names: BOOLEAN,
    InstanceOf: lambda _node, _names: BOOLEAN,
    Quantified: lambda _node, _names: BOOLEAN,
    Choice: lambda node, names: common([type_of(node.one, names), type_of(node.other, names)]),
    ListLiteral: lambda node, names: Type("list", items=common([type_of(entry, names) for entry in node.entries])),
    Loop: lambda node, names: Type("list", items=type_of(node.body, _without(node, names))),
    ContextLiteral: _context,
    FunctionLiteral: _function,
    RangeLiteral: lambda node, names: Type("range", items=type_of(node.start, names)),
    Test: lambda _node, _names: NAMED["range"],
    Builtin: lambda node, _names: _RESULTS.get(node.function, ANY),
    Path: _path,
    Filter: lambda _node, _names: ANY,
}
