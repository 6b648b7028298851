"""One evaluation of a decision with all it requires."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.engine.expressions import Function, Value, to_json
from app.engine.expressions.code import Code
from app.engine.expressions.run import Run
from app.engine.expressions.scope import Scope
from app.engine.expressions.types import ANY, Type

MAX_STEPS = 50_000
MAX_TRACE = 100


class DecisionRun(Run):
    """The run of all expressions of one evaluation.

    Attributes:
        trace: what was decided, in the order it happened; see `DecisionResult`.
        values: values of decisions that are known already, by id.
        current: name and key of the decision being evaluated.
    """

    __slots__ = ("current", "trace", "values")

    def __init__(self, context: Mapping[str, Any], notes: list[str] | None = None) -> None:
        super().__init__(context, notes)
        self.left = MAX_STEPS
        self.trace: list[dict[str, Any]] = []
        self.values: dict[str, Value] = {}
        self.current = ("", "")

    def record(self, **entry: Any) -> None:
        """Add an entry about the current decision to the trace."""
        if len(self.trace) < MAX_TRACE:
            key, name = self.current
            self.trace.append({"decision": key, "name": name, **entry})


@dataclass(frozen=True)
class TypedName:
    """A parameter of a function."""

    name: str
    type: Type


def with_declared_types(formal: Sequence[TypedName], declared: Type) -> list[TypedName]:
    """Return the parameters; those without a type of their own have that of the declared function type."""
    takes = declared.takes or ()
    if len(takes) != len(formal):
        return list(formal)
    pairs = zip(formal, takes, strict=True)
    return [name if name.type.kind != "Any" else TypedName(name.name, wanted) for name, wanted in pairs]


@dataclass(eq=False)
class BoxedFunction(Function):
    """A business knowledge model, decision service or function definition, as a value."""

    formal: Sequence[TypedName]
    body: Code
    scope: Scope
    gives: Type = ANY
    parameters: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.parameters = tuple(parameter.name for parameter in self.formal)

    @property
    def type(self) -> Type:
        """Return the function's type."""
        return Type("function", takes=tuple(parameter.type for parameter in self.formal), gives=self.gives)

    def call(self, run: Run, arguments: Sequence[Value]) -> Value:
        """Return the body's value; null when the arguments do not fit."""
        if len(arguments) != len(self.formal):
            run.note(f"A function of {len(self.formal)} arguments was given {len(arguments)}.")
            return None
        values = {}
        for parameter, argument in zip(self.formal, arguments, strict=True):
            values[parameter.name] = parameter.type.coerce(argument)
            if argument is not None and values[parameter.name] is None:
                run.note(f"The argument “{parameter.name}” is no {parameter.type.kind}.")
        run.charge(10)
        run.enter()
        try:
            return self.gives.coerce(self.body(self.scope.inner(values)))
        finally:
            run.leave()


def json_of(value: Value) -> Any:
    """Return a value for the trace."""
    return to_json(value)
