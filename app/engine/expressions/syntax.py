"""The parts an expression consists of, after reading it and before making it run."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from app.engine.expressions.types import Type
from app.engine.expressions.values import Value


class Node:
    """A part of an expression."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Literal(Node):
    """A value written down."""

    value: Value


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable."""

    name: str


@dataclass(frozen=True, slots=True)
class Input(Node):
    """The question mark: the value a unary test is about."""


@dataclass(frozen=True, slots=True)
class Path(Node):
    """source.name."""

    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Descendants(Node):
    """source...name: all entries of that name inside contexts inside contexts."""

    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """source[condition]: the entries that fulfil it, or the one at that place."""

    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Builtin(Node):
    """A call of a function of FEEL itself."""

    function: str
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A call of a function that is a value."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation(Node):
    """Two values and the operator between them."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """-value."""

    value: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """value between low and high."""

    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Membership(Node):
    """value in test."""

    value: Node
    test: Node


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """value instance of type."""

    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """if condition then one else other."""

    condition: Node
    one: Node
    other: Node


@dataclass(frozen=True, slots=True)
class Iteration(Node):
    """name in source, or name in source..end."""

    name: str
    source: Node
    end: Node | None


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """for iterations return body."""

    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """some/every iterations satisfies condition."""

    every: bool
    iterations: tuple[Iteration, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class FunctionLiteral(Node):
    """function(parameters) body."""

    parameters: tuple[tuple[str, Type], ...]
    body: Node


@dataclass(frozen=True, slots=True)
class ListLiteral(Node):
    """[entries]."""

    entries: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextLiteral(Node):
    """{key: value}."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeLiteral(Node):
    """[start..end], or (< end) with an operator."""

    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class Test(Node):
    """An operator and one value: `< 5`."""

    operator: str
    value: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """Several tests of which one must pass: `(1, < 5)`."""

    tests: tuple[Node, ...]


def parts(node: Node) -> Iterator[Node]:
    """Yield the node and everything in it."""
    pending: list[object] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, tuple):
            pending.extend(part)
        elif isinstance(part, Node):
            yield part
            pending.extend(getattr(part, field.name) for field in fields(part))  # type: ignore[arg-type]


def weight(node: Node) -> int:
    """Return how many parts the node has, itself included."""
    return sum(1 for _part in parts(node))
