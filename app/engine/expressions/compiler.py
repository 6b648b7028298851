"""Makes a tree run: every part becomes a closure that takes a scope and returns a value."""

from collections.abc import Callable
from typing import Any

from app.engine.expressions import arithmetic, comparison, loops, paths
from app.engine.expressions.code import Build, Code, UserFunction
from app.engine.expressions.functions import BUILTINS
from app.engine.expressions.inference import type_of
from app.engine.expressions.limits import NODES_PER_STEP
from app.engine.expressions.scope import Scope
from app.engine.expressions.syntax import (
    Between,
    Builtin,
    Call,
    Choice,
    ContextLiteral,
    Descendants,
    Filter,
    FunctionLiteral,
    Input,
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
    Tests,
    parts,
    weight,
)
from app.engine.expressions.values import Function, Range, Value, kind

INPUT = "?"
_Compile = Callable[[Any, Build], Code]
_OPERATIONS: dict[str, arithmetic.Operation] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "**": arithmetic.power,
    "=": comparison.equal,
    "!=": comparison.not_equal,
    "<": comparison.less,
    "<=": comparison.less_equal,
    ">": comparison.greater,
    ">=": comparison.greater_equal,
}


def build(node: Node) -> Code:
    """Return the closure of a tree."""
    return _COMPILERS[type(node)](node, build)


def _literal(node: Literal, _build: Build) -> Code:
    value = node.value
    return lambda _scope: value


def _name(node: Name, _build: Build) -> Code:
    name = node.name
    return lambda scope: scope.find(name)


def _input(_node: Input, _build: Build) -> Code:
    return lambda scope: scope.find(INPUT)


def _operation(node: Operation, build: Build) -> Code:
    left, right = build(node.left), build(node.right)
    if node.operator == "and":
        return lambda scope: _and(left, right, scope)
    if node.operator == "or":
        return lambda scope: _or(left, right, scope)
    operation = _OPERATIONS[node.operator]
    return lambda scope: operation(left(scope), right(scope), scope.run)


def _and(left: Code, right: Code, scope: Scope) -> bool | None:
    one = left(scope)
    if one is False:
        return False
    other = right(scope)
    if other is False:
        return False
    return True if one is True and other is True else None


def _or(left: Code, right: Code, scope: Scope) -> bool | None:
    one = left(scope)
    if one is True:
        return True
    other = right(scope)
    if other is True:
        return True
    return False if one is False and other is False else None


def _negation(node: Negation, build: Build) -> Code:
    value = build(node.value)
    return lambda scope: arithmetic.negate(value(scope), scope.run)


def _between(node: Between, build: Build) -> Code:
    value, low, high = build(node.value), build(node.low), build(node.high)

    def between(scope: Scope) -> Value:
        subject = value(scope)
        above = comparison.greater_equal(subject, low(scope), scope.run)
        below = comparison.less_equal(subject, high(scope), scope.run)
        return None if above is None or below is None else above and below

    return between


def _membership(node: Membership, build: Build) -> Code:
    value = build(node.value)
    test = _test_of(node.test, build)
    return lambda scope: test(value(scope), scope)


_Check = Callable[[Value, Scope], "bool | None"]


def _test_of(node: Node, build: Build) -> _Check:
    """Return a check whether a value passes a test."""
    if isinstance(node, Tests):
        return _any_test([_test_of(test, build) for test in node.tests])
    if isinstance(node, Test):
        operand, operation = build(node.value), _OPERATIONS[node.operator]
        return lambda value, scope: operation(value, operand(scope), scope.run)
    code = build(node)
    if isinstance(node, Literal) and node.value is None:
        return lambda value, _scope: value is None
    return lambda value, scope: _pass(value, code(scope), scope)


def _pass(value: Value, test: Value, scope: Scope) -> bool | None:
    if test is None:
        scope.run.note("What follows “in” is null.")
        return None
    return comparison.passes(value, test, scope.run)


def _any_test(tests: list[_Check]) -> _Check:
    def passes_any(value: Value, scope: Scope) -> bool | None:
        unknown = False
        for test in tests:
            passed = test(value, scope)
            if passed:
                return True
            unknown = unknown or passed is None
        return None if unknown else False

    return passes_any


def _instance_of(node: InstanceOf, build: Build) -> Code:
    value, wanted = build(node.value), node.type
    return lambda scope: wanted.describes(value(scope))


def _choice(node: Choice, build: Build) -> Code:
    condition, one, other = build(node.condition), build(node.one), build(node.other)
    return lambda scope: one(scope) if condition(scope) is True else other(scope)


def _list(node: ListLiteral, build: Build) -> Code:
    entries = [build(entry) for entry in node.entries]
    return lambda scope: [entry(scope) for entry in entries]


def _context(node: ContextLiteral, build: Build) -> Code:
    entries = [(key, build(value)) for key, value in node.entries]

    def context(scope: Scope) -> Value:
        values: dict[str, Value] = {}
        inner = scope.inner(values)
        for key, code in entries:
            values[key] = code(inner)
        return values

    return context


def _range(node: RangeLiteral, build: Build) -> Code:
    start, end = build(node.start), build(node.end)
    included = node.start_included, node.end_included

    def make_range(scope: Scope) -> Range | None:
        first, last = start(scope), end(scope)
        one, other = comparison.order_key(first), comparison.order_key(last)
        if one is None or other is None or kind(first) != kind(last) or one[1] > other[1]:
            scope.run.note("The ends of a range do not fit.")
            return None
        return Range(first, last, *included)

    return make_range


def _test(node: Test, build: Build) -> Code:
    operand, operator = build(node.value), node.operator

    def make_range(scope: Scope) -> Range:
        bound = operand(scope)
        if operator in ("=", "!="):
            return Range(bound, bound, operator == "=", operator == "=", operator)
        if operator in ("<", "<="):
            return Range(None, bound, False, operator == "<=", operator)
        return Range(bound, None, operator == ">=", False, operator)

    return make_range


def _function(node: FunctionLiteral, build: Build) -> Code:
    inner, cost = build(node.body), 1 + weight(node.body) // NODES_PER_STEP
    gives = type_of(node.body, dict(node.parameters))

    def body(scope: Scope) -> Value:
        scope.run.charge(cost)
        return inner(scope)

    return lambda scope: UserFunction(node.parameters, gives, body, scope)


def _builtin(node: Builtin, build: Build) -> Code:
    if node.function == "is defined" and len(node.arguments) == 1:
        return paths.build_is_defined(node.arguments[0], build)
    if node.function == "not" and isinstance(node.arguments[0] if node.arguments else None, Tests):
        return build_unary(node)
    function = BUILTINS[node.function]
    return _calling(lambda _scope: function, node.arguments, node.names, build)


def _call(node: Call, build: Build) -> Code:
    return _calling(build(node.function), node.arguments, node.names, build)


def _calling(function: Code, nodes: tuple[Node, ...], names: tuple[str, ...], build: Build) -> Code:
    arguments = [build(argument) for argument in nodes]

    def call(scope: Scope) -> Value:
        called = function(scope)
        if not isinstance(called, Function):
            scope.run.note("What is called is no function.")
            return None
        values = [argument(scope) for argument in arguments]
        if names:
            return called.call_named(scope.run, dict(zip(names, values, strict=True)))
        return called.call(scope.run, values)

    return call


def build_unary(node: Node, *, conditions: bool = True) -> Code:
    """Return the closure of unary tests: whether the value `?` of the scope passes.

    With `conditions`, a test that is true whatever the value is lets it pass.
    """
    if isinstance(node, Builtin) and node.function == "not" and isinstance(node.arguments[0], Tests):
        inner = build_unary(node.arguments[0], conditions=conditions)

        def opposite(scope: Scope) -> Value:
            passed = inner(scope)
            return None if passed is None else not passed

        return opposite
    tests = node.tests if isinstance(node, Tests) else (node,)
    check = _any_test([_unary_test(test, conditions) for test in tests])
    return lambda scope: check(scope.find(INPUT), scope)


def _unary_test(node: Node, conditions: bool) -> _Check:
    if isinstance(node, Test):
        return _test_of(node, build)
    if isinstance(node, Input):
        return lambda _value, _scope: True
    if any(isinstance(part, Input) for part in parts(node)):
        return _about_input(build(node))
    if isinstance(node, Literal) and node.value is None:
        return lambda value, _scope: value is None
    code = build(node)
    passes = _pass_unary if conditions and not isinstance(node, Literal) else _pass
    return lambda value, scope: passes(value, code(scope), scope)


def _about_input(code: Code) -> _Check:
    """Return the check of a condition on `?`; what it gives that is not true or false is compared with the value."""

    def check(value: Value, scope: Scope) -> bool | None:
        result = code(scope)
        return result if isinstance(result, bool) else result is not None and _pass(value, result, scope)

    return check


def _pass_unary(value: Value, test: Value, scope: Scope) -> bool | None:
    """Return whether a value passes; a test that is itself true or false is a condition on other variables."""
    if isinstance(test, bool) and not isinstance(value, bool):
        return test
    return _pass(value, test, scope)


_COMPILERS: dict[type[Node], _Compile] = {
    Literal: _literal,
    Name: _name,
    Input: _input,
    Operation: _operation,
    Negation: _negation,
    Between: _between,
    Membership: _membership,
    InstanceOf: _instance_of,
    Choice: _choice,
    ListLiteral: _list,
    ContextLiteral: _context,
    RangeLiteral: _range,
    Test: _test,
    FunctionLiteral: _function,
    Builtin: _builtin,
    Call: _call,
    Path: paths.build_path,
    Descendants: paths.build_descendants,
    Filter: paths.build_filter,
    Loop: loops.build_loop,
    Quantified: loops.build_quantified,
}
