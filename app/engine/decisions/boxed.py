"""Boxed expressions: contexts, lists, relations, conditionals and the like, compiled to closures."""

from collections.abc import Callable
from decimal import Decimal

from app.engine.decisions.compiling import Compiling, nothing
from app.engine.decisions.running import BoxedFunction, TypedName, with_declared_types
from app.engine.decisions.source import Element, child, children, local, name_of
from app.engine.decisions.tables import compile_table
from app.engine.expressions import Function, Value
from app.engine.expressions.code import Code
from app.engine.expressions.loops import NotIterable, entries_of
from app.engine.expressions.paths import at_place
from app.engine.expressions.run import fitting_list
from app.engine.expressions.scope import Scope
from app.engine.expressions.types import ANY
from app.kernel.i18n import _


def compile_boxed(element: Element, place: Compiling) -> Code:
    """Return the code of a boxed expression."""
    compiler = _COMPILERS.get(local(element))
    if compiler is None:
        place.source.problem(element, "unsupported", _("“%(name)s” is not supported here."), name=local(element))
        return nothing
    code = compiler(element, place)
    return code if compiler is compile_function else place.typed(code, place.types.of(element))


def boxed_in(element: Element, place: Compiling) -> Code:
    """Return the code of the boxed expression inside `element`; null when there is none."""
    inner = child(element, *_COMPILERS)
    return nothing if inner is None else compile_boxed(inner, place)


def _literal(element: Element, place: Compiling) -> Code:
    return place.expression(element)


def _context(element: Element, place: Compiling) -> Code:
    entries: list[tuple[str, Code]] = []
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        name = name_of(variable) if variable is not None else ""
        code = place.typed(boxed_in(entry, place), place.types.of(variable))
        entries.append((name, code))
        if name:
            place = place.knowing(name)

    def context(scope: Scope) -> Value:
        values: dict[str, Value] = {}
        inner = scope.inner(values)
        for name, code in entries:
            if not name:
                return code(inner)
            values[name] = code(inner)
        return values

    return context


def _list(element: Element, place: Compiling) -> Code:
    entries = [compile_boxed(part, place) for part in children(element, *_COMPILERS)]
    return lambda scope: [entry(scope) for entry in entries]


def _relation(element: Element, place: Compiling) -> Code:
    names = [name_of(column) for column in children(element, "column")]
    rows = [[compile_boxed(part, place) for part in children(row, *_COMPILERS)] for row in children(element, "row")]
    return lambda scope: [{name: code(scope) for name, code in zip(names, row, strict=False)} for row in rows]


def _invocation(element: Element, place: Compiling) -> Code:
    called = boxed_in(element, place)
    arguments = {}
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        if parameter is not None:
            arguments[name_of(parameter)] = boxed_in(binding, place)

    def invoke(scope: Scope) -> Value:
        function = called(scope)
        if not isinstance(function, Function):
            scope.run.note("What is called is no function.")
            return None
        values = {name: code(scope) for name, code in arguments.items()}
        return function.call_named(scope.run, values)

    return invoke


def compile_function(element: Element, place: Compiling) -> Code:
    """Return the code that makes a function of a `functionDefinition` or `encapsulatedLogic`."""
    if (element.get("kind") or "FEEL") != "FEEL":
        place.source.problem(element, "external", _("Functions written in another language are not allowed."))
        return nothing
    formal = [TypedName(name_of(part), place.types.of(part)) for part in children(element, "formalParameter")]
    body = boxed_in(element, place.knowing(*(parameter.name for parameter in formal)))
    declared = place.types.of(element)
    gives = declared.gives or ANY if declared.kind == "function" else declared
    formal = with_declared_types(formal, declared)
    return lambda scope: BoxedFunction(formal, body, scope, gives)


def _conditional(element: Element, place: Compiling) -> Code:
    condition, one, other = (_part(element, name, place) for name in ("if", "then", "else"))
    return lambda scope: one(scope) if condition(scope) is True else other(scope)


def _part(element: Element, name: str, place: Compiling) -> Code:
    part = child(element, name)
    return nothing if part is None else boxed_in(part, place)


def _iterator(element: Element, place: Compiling) -> Code:
    name = element.get("iteratorVariable") or "item"
    source = _part(element, "in", place)
    body_name = "return" if local(element) == "for" else "satisfies"
    body = _part(element, body_name, place.knowing(name, "partial"))
    finish = _FINISH[local(element)]

    def iterate(scope: Scope) -> Value:
        results: list[Value] = []
        partial = scope.inner({"partial": results})
        try:
            for entry in entries_of(source(scope), scope.run):
                scope.run.charge(5)
                results.append(body(partial.inner({name: entry})))
        except NotIterable:
            return None
        return finish(fitting_list(results))

    return iterate


def _some(results: list[Value]) -> Value:
    if any(result is True for result in results):
        return True
    return False if all(result is False for result in results) else None


def _every(results: list[Value]) -> Value:
    if any(result is False for result in results):
        return False
    return True if all(result is True for result in results) else None


_FINISH: dict[str, Callable[[list[Value]], Value]] = {"for": list, "some": _some, "every": _every}


def _filter(element: Element, place: Compiling) -> Code:
    source = _part(element, "in", place)
    condition = _part(element, "match", place.knowing("item"))

    def keep(scope: Scope) -> Value:
        entries = source(scope)
        if entries is None:
            return None
        kept = []
        for entry in entries if isinstance(entries, list) else [entries]:
            scope.run.charge(5)
            inner = scope.inner({"item": entry})
            wanted = condition(inner.inner(entry) if isinstance(entry, dict) else inner)
            if isinstance(wanted, Decimal):
                return at_place(entries if isinstance(entries, list) else [entries], wanted)
            if wanted is True:
                kept.append(entry)
        return kept

    return keep


_COMPILERS: dict[str, Callable[[Element, Compiling], Code]] = {
    "literalExpression": _literal,
    "decisionTable": compile_table,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "invocation": _invocation,
    "functionDefinition": compile_function,
    "conditional": _conditional,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
    "filter": _filter,
}
LOGIC = frozenset(_COMPILERS)
"""The elements that decide something."""
