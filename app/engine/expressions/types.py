"""Types of FEEL values: `list<number>`, `context<a: string>`, `function<date> -> boolean`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.engine.expressions.arithmetic import at_midnight
from app.engine.expressions.values import Function, Range, Value, kind


@dataclass(frozen=True)
class Type:
    """A type; `kind` is the name `values.kind` gives, or `Any`.

    Attributes:
        items: of a list or range, the type of what is in it.
        fields: of a context, the entries it must have.
        allowed: whether a value of this kind is allowed; None when all are.
        takes: of a function, the types of its parameters; None when any function will do.
        gives: of a function, the type of its result.
    """

    kind: str
    items: "Type | None" = None
    fields: Mapping[str, "Type"] = field(default_factory=dict)
    allowed: Callable[[Value], bool] | None = None
    takes: tuple["Type", ...] | None = None
    gives: "Type | None" = None

    def accepts(self, value: Value) -> bool:
        """Return whether the value is of this type and allowed; null is of none but Any and Null."""
        return self._fits(value, allowed_only=True)

    def describes(self, value: Value) -> bool:
        """Return whether the value is an instance of this type, allowed or not."""
        return self._fits(value, allowed_only=False)

    def _fits(self, value: Value, *, allowed_only: bool) -> bool:
        if self.kind != "Any" and (kind(value) != self.kind or not self._fits_parts(value, allowed_only)):
            return False
        return not allowed_only or self.allowed is None or self.allowed(value)

    def _fits_parts(self, value: Value, allowed_only: bool) -> bool:
        if isinstance(value, list):
            items = self.items
            if items is not None and items.kind == "function":
                return all(isinstance(entry, Function) for entry in value) and items.describes_all(value)
            return items is None or all(items.fits_or_null(entry, allowed_only) for entry in value)
        if isinstance(value, dict):
            fields = self.fields.items()
            return all(key in value and part.fits_or_null(value[key], allowed_only) for key, part in fields)
        if isinstance(value, Range) and self.items is not None:
            return all(self.items.accepts(end) for end in (value.start, value.end) if end is not None)
        return not isinstance(value, Function) or allowed_only or type_of_function(value).conforms_to(self)

    def fits_or_null(self, value: Value, allowed_only: bool) -> bool:
        """Return whether the value is of this type or null."""
        return value is None or self._fits(value, allowed_only=allowed_only)

    def describes_all(self, functions: Sequence[Function]) -> bool:
        """Return whether this is the type of the list's entries; a parameter they differ in may be anything."""
        types = [type_of_function(function) for function in functions]
        takes = [found.takes or () for found in types]
        if not types:
            return True
        if len(set(map(len, takes))) > 1:
            return False
        columns = zip(*takes, strict=True)
        common = tuple(column[0] if all(one == column[0] for one in column) else ANY for column in columns)
        return all(Type("function", takes=common, gives=found.gives).conforms_to(self) for found in types)

    def conforms_to(self, other: "Type") -> bool:
        """Return whether every value of this type is one of the other."""
        if other.kind == "Any" or self.kind == "null":
            return True
        if self.kind != other.kind:
            return False
        if self.kind == "function":
            return self._conforms_as_function(other)
        if other.items is not None and not (self.items or ANY).conforms_to(other.items):
            return False
        return all(key in self.fields and self.fields[key].conforms_to(part) for key, part in other.fields.items())

    def _conforms_as_function(self, other: "Type") -> bool:
        if other.takes is None:
            return True
        own = self.takes or ()
        if len(own) != len(other.takes):
            return False
        gives = self.gives or ANY
        return all(wanted.conforms_to(taken) for wanted, taken in zip(other.takes, own, strict=True)) and (
            gives.kind == "Any" or gives.conforms_to(other.gives or ANY)
        )

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


def type_of_function(function: Function) -> Type:
    """Return the type of a function; of one that does not know it, parameters and result of any type."""
    known = getattr(function, "type", None)
    return known if isinstance(known, Type) else Type("function", takes=(ANY,) * len(function.parameters), gives=ANY)


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
