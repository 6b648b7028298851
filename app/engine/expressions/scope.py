"""Where the value of a name is found: among the expression's own names, then in what the caller gave."""

from collections.abc import Mapping
from typing import Any

from app.engine.expressions.functions import BUILTINS
from app.engine.expressions.json_values import from_json
from app.engine.expressions.run import Run
from app.engine.expressions.values import Value

ABSENT: Any = object()


class Scope:
    """Names with values, inside another scope; the outermost one holds none and knows the run."""

    __slots__ = ("parent", "run", "values")

    def __init__(self, run: Run, values: Mapping[str, Value], parent: "Scope | None" = None) -> None:
        self.run = run
        self.values = values
        self.parent = parent

    def inner(self, values: Mapping[str, Value]) -> "Scope":
        """Return a scope with further names."""
        return Scope(self.run, values, self)

    def find(self, name: str) -> Value:
        """Return the value of `name`, null when there is none."""
        value = self.raw(name)
        if value is ABSENT:
            value = BUILTINS.get(name)
            if value is None:
                self.run.note(f"There is no “{name}”.")
            return value
        if type(value) in _READY:
            return value
        return self.run_value(name, value)

    def raw(self, name: str) -> Any:
        """Return what is stored under `name`, as the caller gave it, or ABSENT."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.parent
        return self.run.context.get(name, ABSENT)

    def is_own(self, name: str) -> bool:
        """Return whether the expression itself, not the caller, gave `name` its value."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return True
            scope = scope.parent
        return False

    def run_value(self, name: str, value: Any) -> Value:
        """Return a caller's value as a FEEL value, turned into one only once."""
        if self.is_own(name):
            return value
        converted = self.run.converted
        if name not in converted:
            converted[name] = from_json(value)
        return converted[name]


_READY = frozenset((str, bool, type(None)))
