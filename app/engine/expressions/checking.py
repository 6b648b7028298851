"""What can be known to be wrong with an expression before it ever runs: for those who deploy a diagram."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from app.engine.expressions.compiled import Expression
from app.engine.expressions.functions import BUILTINS
from app.engine.expressions.inference import type_of
from app.engine.expressions.syntax import Builtin, Choice, FunctionLiteral, Loop, Node, Operation, Quantified, parts
from app.engine.expressions.types import Type
from app.kernel.i18n import _

Known = Mapping[str, Type] | Collection[str]
_ORDERED = ("<", "<=", ">", ">=")
_DURATIONS = ("days and time duration", "years and months duration")
_DATES = ("date", "date and time")
_FITTING = {
    "+": {("number", "number"), ("string", "string")}
    | {pair for day in _DATES for length in _DURATIONS for pair in ((day, length), (length, day))}
    | {("time", _DURATIONS[0]), (_DURATIONS[0], "time"), *((length, length) for length in _DURATIONS)},
    "-": {("number", "number"), ("time", "time"), ("time", _DURATIONS[0])}
    | {(day, other) for day in _DATES for other in (*_DATES, *_DURATIONS)}
    | {(length, length) for length in _DURATIONS},
    "*": {("number", "number"), *(pair for one in _DURATIONS for pair in (("number", one), (one, "number")))},
    "/": {("number", "number"), *(pair for one in _DURATIONS for pair in ((one, "number"), (one, one)))},
    "**": {("number", "number")},
}
_UNORDERED = ("boolean", "list", "context", "function", "range")


@dataclass(frozen=True)
class Finding:
    """Something wrong, or probably wrong, with an expression.

    Attributes:
        code: `not_boolean`, `wrong_type` (it can only be null, so it is surely wrong), or `unknown_name`
            (nobody is known to set the variable, which may still come from outside).
        sentence: in English, with places for `params`; `str()` fills them in.
    """

    code: str
    sentence: str
    params: Mapping[str, object] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return self.sentence % self.params if self.params else self.sentence


def check_condition(expression: Expression, known: Known | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with an expression that must be true or false."""
    return check_expression(expression, known, wanted=("boolean",))


def check_expression(
    expression: Expression, known: Known | None = None, *, wanted: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Return what is wrong with an expression.

    Args:
        expression: as `compile_expression` made it.
        known: names of the variables that exist where it stands, if possible with their types (see
            `types.NAMED`); None when nobody knows them, then no name is unknown.
        wanted: the types its value may have (`boolean`, `number`, `list` …); empty when any will do.
    """
    types = known if isinstance(known, Mapping) else {}
    found = [*_wrong_types(expression.node, types), *_wrong_result(expression.node, types, wanted)]
    if known is not None:
        found += [_unknown(name, known) for name in sorted(expression.names) if _is_unknown(name, known)]
    return tuple(dict.fromkeys(found))


def _wrong_result(node: Node, types: Mapping[str, Type], wanted: Collection[str]) -> Iterator[Finding]:
    kind = type_of(node, types).kind
    if not wanted or kind in ("Any", *wanted):
        return
    if set(wanted) == {"boolean"}:
        yield Finding(
            "not_boolean", _("This is no condition: its value is a %(kind)s, not true or false."), {"kind": kind}
        )
    else:
        params = {"kind": kind, "wanted": ", ".join(sorted(wanted))}
        yield Finding("wrong_type", _("Its value is a %(kind)s; wanted is: %(wanted)s."), params)


def _is_unknown(name: str, known: Known) -> bool:
    return name not in known and name not in BUILTINS and name not in ("now", "today")


def _unknown(name: str, known: Known) -> Finding:
    near = difflib.get_close_matches(name, list(known), n=1)
    if near:
        sentence = _("Nothing is called “%(name)s”. Did you mean “%(near)s”?")
        return Finding("unknown_name", sentence, {"name": name, "near": near[0]})
    return Finding("unknown_name", _("Nothing is called “%(name)s”."), {"name": name})


def _wrong_types(node: Node, types: Mapping[str, Type]) -> Iterator[Finding]:
    """Yield what can only be null; inside loops, filters and functions names mean something else."""
    inner = any(isinstance(part, Loop | Quantified | FunctionLiteral) for part in parts(node))
    types = {} if inner else types
    for part in parts(node):
        if isinstance(part, Operation):
            yield from _wrong_operation(part, types)
        elif isinstance(part, Builtin):
            yield from _wrong_arguments(part, types)
        elif isinstance(part, Choice):
            yield from _wrong_result(part.condition, types, ("boolean",))


def _wrong_operation(node: Operation, types: Mapping[str, Type]) -> Iterator[Finding]:
    left, right = type_of(node.left, types).kind, type_of(node.right, types).kind
    if node.operator in ("and", "or"):
        for operand in (node.left, node.right):
            yield from _wrong_result(operand, types, ("boolean", "null"))
        return
    if "Any" in (left, right) or _fits(node.operator, left, right):
        return
    sentence = _("“%(left)s %(operator)s %(right)s” is never anything but null.")
    yield Finding("wrong_type", sentence, {"left": left, "operator": node.operator, "right": right})


def _fits(operator: str, left: str, right: str) -> bool:
    if operator in ("=", "!="):
        return left == right or "null" in (left, right)
    if operator in _ORDERED:
        return left == right and left not in _UNORDERED
    return (left, right) in _FITTING.get(operator, set())


def _wrong_arguments(node: Builtin, types: Mapping[str, Type]) -> Iterator[Finding]:
    if node.names:
        return
    kinds = [type_of(argument, types).kind for argument in node.arguments]
    overloads = BUILTINS[node.function].overloads
    if "Any" in kinds or "list" in kinds or any(overload.accepts_kinds(kinds) for overload in overloads):
        return
    params = {"name": node.function, "kinds": ", ".join(kinds), "signature": BUILTINS[node.function].signature}
    yield Finding("wrong_type", _("“%(name)s” cannot take (%(kinds)s): %(signature)s."), params)
