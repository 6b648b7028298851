"""Types of FEEL values: `list<number>`, `context<a: string>`, `function<date> -> boolean`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.engine.expressions.arithmetic import at_midnight
from app.engine.expressions.values import Range, Value, kind


@dataclass(frozen=True)
class Type:
    """A type; `kind` is the name `values.kind` gives, or `Any`.

    Attributes:
        items: of a list or range, the type of what is in it.
        fields: of a context, the entries it must have.
        allowed: whether a value of this kind is allowed; None when all are.
    """

    kind: str
    items: "Type | None" = None
    fields: Mapping[str, "Type"] = field(default_factory=dict)
    allowed: Callable[[Value], bool] | None = None

    def accepts(self, value: Value) -> bool:
        """Return whether the value is of this type; null is of none but Any and Null."""
        if self.kind == "Any":
            return self.allowed is None or self.allowed(value)
        if kind(value) != self.kind:
            return False
        return self._accepts_parts(value) and (self.allowed is None or self.allowed(value))

    def _accepts_parts(self, value: Value) -> bool:
        if isinstance(value, list):
            items = self.items
            return items is None or all(items.accepts_or_null(entry) for entry in value)
        if isinstance(value, dict):
            return all(key in value and part.accepts_or_null(value[key]) for key, part in self.fields.items())
        if isinstance(value, Range) and self.items is not None:
            return all(self.items.accepts(end) for end in (value.start, value.end) if end is not None)
        return True

    def accepts_or_null(self, value: Value) -> bool:
        """Return whether the value is of this type or null."""
        return value is None or self.accepts(value)

    def coerce(self, value: Value) -> Value:
        """Return the value as this type, or null; a value and a list of it stand for each other."""
        if value is None or self.accepts(value):
            return value
        for candidate in self._candidates(value):
            if self.accepts(candidate):
                return candidate
        return None

    def _candidates(self, value: Value) -> list[Any]:
        candidates: list[Any] = []
        if isinstance(value, list) and len(value) == 1:
            candidates.append(value[0])
        if self.kind == "list":
            candidates.append([value])
        if self.kind == "date and time":
            candidates.append(at_midnight(value))
        return candidates


ANY = Type("Any")
NAMED: dict[str, Type] = {
    "Any": ANY,
    "Null": Type("null"),
    "number": Type("number"),
    "string": Type("string"),
    "boolean": Type("boolean"),
    "date": Type("date"),
    "time": Type("time"),
    "date and time": Type("date and time"),
    "dateTime": Type("date and time"),
    "days and time duration": Type("days and time duration"),
    "dayTimeDuration": Type("days and time duration"),
    "years and months duration": Type("years and months duration"),
    "yearMonthDuration": Type("years and months duration"),
    "list": Type("list"),
    "context": Type("context"),
    "function": Type("function"),
    "range": Type("range"),
}
