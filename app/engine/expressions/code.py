"""What a compiled part is, and functions written in FEEL."""

from collections.abc import Callable, Sequence

from app.engine.expressions.run import Run
from app.engine.expressions.scope import Scope
from app.engine.expressions.syntax import Node
from app.engine.expressions.types import Type
from app.engine.expressions.values import Function, Value

Code = Callable[[Scope], Value]
Build = Callable[[Node], Code]


class UserFunction(Function):
    """A function literal together with the names in sight where it was written."""

    def __init__(self, parameters: Sequence[tuple[str, Type]], gives: Type, body: Code, scope: Scope) -> None:
        self.parameters = tuple(name for name, _type in parameters)
        self._types = tuple(wanted for _name, wanted in parameters)
        self.type = Type("function", takes=self._types, gives=gives)
        self._body = body
        self._scope = scope

    def call(self, run: Run, arguments: Sequence[Value]) -> Value:
        """Return the body's value; null when the arguments are too few, too many or of other types."""
        if len(arguments) != len(self.parameters):
            run.note(f"A function of {len(self.parameters)} arguments was given {len(arguments)}.")
            return None
        values = {}
        for name, wanted, argument in zip(self.parameters, self._types, arguments, strict=True):
            values[name] = wanted.coerce(argument)
            if argument is not None and values[name] is None:
                run.note(f"The argument “{name}” is no {wanted.kind}.")
        run.enter()
        try:
            return self._body(self._scope.inner(values))
        finally:
            run.leave()
