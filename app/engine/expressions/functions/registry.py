"""How a Python function becomes one of FEEL: its arguments with their names and types."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.engine.expressions.run import Run, fitting_list, fitting_text
from app.engine.expressions.values import Function, Value, kind

Body = Callable[..., Value]
AnyBody = TypeVar("AnyBody", bound=Body)
_SHORT = {
    "days": ("days and time duration",),
    "months": ("years and months duration",),
    "duration": ("days and time duration", "years and months duration"),
    "dates": ("date", "date and time"),
    "temporal": ("date", "date and time", "time"),
    "point": (
        "number",
        "string",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
    ),
}
_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: `kinds` it may be of (empty: any), whether it may be left out, or stand many times."""

    name: str
    kinds: tuple[str, ...]
    optional: bool
    many: bool

    def fit(self, value: Value) -> Value:
        """Return the value if it fits, a list of one as its entry or the reverse; _MISSING otherwise."""
        if not self.kinds or kind(value) in self.kinds:
            return value
        if isinstance(value, list) and len(value) == 1 and kind(value[0]) in self.kinds:
            return value[0]
        if self.kinds == ("list",) and value is not None:
            return [value]
        return _MISSING


@dataclass(frozen=True, slots=True)
class Overload:
    """One way of calling a function."""

    parameters: tuple[Parameter, ...]
    body: Body

    @property
    def names(self) -> tuple[str, ...]:
        """Return the parameters' names in order."""
        return tuple(parameter.name for parameter in self.parameters)

    def accepts_count(self, count: int) -> bool:
        """Return whether it can be called with so many arguments."""
        if self.parameters and self.parameters[-1].many:
            return count >= len(self.parameters)
        needed = sum(1 for parameter in self.parameters if not parameter.optional)
        return needed <= count <= len(self.parameters)

    def accepts_kinds(self, kinds: Sequence[str]) -> bool:
        """Return whether arguments of these types can fit, null where one may be left out."""
        if not self.accepts_count(len(kinds)):
            return False
        for place, found in enumerate(kinds):
            parameter = self.parameters[min(place, len(self.parameters) - 1)]
            wanted = (*parameter.kinds, "null") if parameter.optional else parameter.kinds
            if parameter.kinds and found not in wanted and parameter.kinds != ("list",):
                return False
        return True

    def accepts_names(self, names: Sequence[str]) -> bool:
        """Return whether it can be called with arguments of these names."""
        own = self.names
        return set(names) <= set(own) and all(
            parameter.optional or parameter.name in names for parameter in self.parameters
        )

    def fit(self, values: Sequence[Value]) -> list[Value] | None:
        """Return the values as they are passed to the body, or None when they do not fit."""
        if not self.accepts_count(len(values)):
            return None
        parameters = self.parameters
        fitted = []
        for place, value in enumerate(values):
            parameter = parameters[min(place, len(parameters) - 1)]
            fitting = value if parameter.optional and value is None else parameter.fit(value)
            if fitting is _MISSING:
                return None
            fitted.append(fitting)
        return fitted


@dataclass
class BuiltinFunction(Function):
    """A function of FEEL with all the ways of calling it."""

    name: str
    overloads: list[Overload] = field(default_factory=list)

    @property
    def parameters(self) -> tuple[str, ...]:  # type: ignore[override]
        """Return the names of the first way of calling it."""
        return self.overloads[0].names

    @property
    def signature(self) -> str:
        """Return the ways of calling it, for a person."""
        return " / ".join(f"{self.name}({', '.join(overload.names)})" for overload in self.overloads)

    def accepts_count(self, count: int) -> bool:
        """Return whether some way of calling takes so many arguments."""
        return any(overload.accepts_count(count) for overload in self.overloads)

    def accepts_names(self, names: Sequence[str]) -> bool:
        """Return whether some way of calling takes arguments of these names."""
        return any(overload.accepts_names(names) for overload in self.overloads)

    def call(self, run: Run, arguments: Sequence[Value]) -> Value:
        """Return the result of the first way of calling that fits."""
        run.charge(_cost(arguments))
        for overload in self.overloads:
            fitted = overload.fit(arguments)
            if fitted is not None:
                return _fitting(overload.body(run, *fitted))
        kinds = ", ".join(kind(argument) for argument in arguments)
        run.note(f"{self.name}() cannot take ({kinds}).")
        return None

    def call_named(self, run: Run, arguments: Mapping[str, Value]) -> Value:
        """Return the result of the first way of calling that fits the names."""
        run.charge(_cost(list(arguments.values())))
        for overload in self.overloads:
            if not overload.accepts_names(list(arguments)):
                continue
            values = [arguments.get(name) for name in overload.names]
            if overload.parameters[-1].many and isinstance(values[-1], list):
                values[-1:] = values[-1]
            fitted = overload.fit(values)
            if fitted is not None:
                return _fitting(overload.body(run, *fitted))
        run.note(f"{self.name}() cannot take the arguments {', '.join(arguments)}.")
        return None


def _cost(arguments: Sequence[Value]) -> int:
    """Return the steps of a call: one, and more for long texts and lists."""
    return 1 + sum(_size(value) for value in arguments)


def _size(value: Value) -> int:
    if isinstance(value, str):
        return len(value) >> 8
    return len(value) >> 5 if isinstance(value, list | dict) else 0


def _fitting(value: Value) -> Value:
    if isinstance(value, str):
        return fitting_text(value)
    return fitting_list(value) if isinstance(value, list) else value


class Functions:
    """The functions of one topic; `@functions("name", "argument:kind", …)` adds one."""

    def __init__(self) -> None:
        self.by_name: dict[str, BuiltinFunction] = {}

    def __call__(self, name: str, *parameters: str) -> Callable[[AnyBody], AnyBody]:
        """Add a way of calling `name`.

        A parameter is written `name:kind`, with `|` between kinds; `?` at the end lets it be left out
        or null, `*` lets it stand many times.
        """
        overload_parameters = tuple(_parameter(text) for text in parameters)

        def add(body: AnyBody) -> AnyBody:
            function = self.by_name.setdefault(name, BuiltinFunction(name))
            function.overloads.append(Overload(overload_parameters, body))
            return body

        return add


def _parameter(text: str) -> Parameter:
    name, _colon, kinds_text = text.partition(":")
    optional, many = kinds_text.endswith("?"), kinds_text.endswith("*")
    kinds: tuple[str, ...] = ()
    for kind_text in kinds_text.rstrip("?*").split("|"):
        kinds += _SHORT.get(kind_text, (kind_text,))
    return Parameter(name, () if "any" in kinds else kinds, optional, many)
