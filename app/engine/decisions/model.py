"""A DMN file: its inputs, decisions, functions and services, and how they require each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.engine.decisions.compiling import nothing
from app.engine.decisions.decision import Decision
from app.engine.decisions.running import BoxedFunction, DecisionRun, TypedName, with_declared_types
from app.engine.expressions import Value, from_json, to_json
from app.engine.expressions.code import Code
from app.engine.expressions.scope import ABSENT, Scope
from app.engine.expressions.types import ANY, Type


@dataclass(frozen=True)
class Part:
    """An input, decision, function or service of the model.

    Attributes:
        id: the id in the file; of what another file holds, the names of the imports and its namespace before it.
        requires: ids of what it needs.
        seen_as: under which names it sees what it needs: its import's name before its own.
        code: of a decision its logic, of a function what makes it; None of an input.
        text: of a decision that is one expression, that expression.
        path: of a part of another file, the names of the imports, each with a point behind it.
        external: it calls a function of another language, which nobody carries out.
    """

    id: str
    name: str
    kind: str
    type: Type = ANY
    requires: tuple[str, ...] = ()
    seen_as: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    code: Code | None = None
    text: str = ""
    names: frozenset[str] = frozenset()
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    namespace: str = ""
    path: str = ""
    external: bool = False

    def name_of(self, other: "Part") -> tuple[str, ...]:
        """Return the name under which this part sees the other."""
        return self.seen_as.get(other.id) or (other.name,)


@dataclass
class Model:
    """A parsed file."""

    parts: dict[str, Part] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    _further: dict[str, dict[str, str]] = field(default_factory=dict)

    def part_named(self, name: str, kind: str) -> Part | None:
        """Return the part of that name and kind."""
        return next((part for part in self.parts.values() if part.name == name and part.kind == kind), None)

    def value_of(self, key: str, run: DecisionRun) -> Value:
        """Return the value of a part: an input from the context, a decision decided once, a function."""
        if key in run.values:
            return run.values[key]
        part = self.parts[key]
        if part.kind == "inputData":
            value = part.type.coerce(_input(part, run))
        elif part.kind == "decisionService":
            value = self._service(part, run)
        elif part.kind == "businessKnowledgeModel":
            value = self._function(part, run)
        else:
            value = self._decide(part, run)
        run.values[key] = value
        return value

    def reachable(self, part: Part) -> Iterator[Part]:
        """Yield the part and everything it needs, once each."""
        seen: set[str] = set()
        pending = [part.id]
        while pending:
            key = pending.pop()
            if key not in seen:
                seen.add(key)
                yield self.parts[key]
                pending.extend((*self.parts[key].requires, *self.parts[key].outputs))

    def further_names(self, part: Part) -> dict[str, str]:
        """Return the ids, by name, of what the part needs only because others need it; it may use those too."""
        if part.id not in self._further:
            needed = [found for found in self.reachable(part) if found.path == part.path and found.id != part.id]
            self._further[part.id] = {found.name: found.id for found in reversed(needed)}
        return self._further[part.id]

    def _decide(self, part: Part, run: DecisionRun) -> Value:
        required = dict(_Seen(self, part, run))
        if part.code is None:
            return part.type.coerce(from_json(run.context.get(part.name)))
        before, run.current = run.current, (part.id, part.name)
        value = part.type.coerce(part.code(Scope(run, _Further(self, part, run)).inner(required)))
        if part.text:
            run.record(expression=part.text, output=to_json(value))
        run.current = before
        return value

    def _function(self, part: Part, run: DecisionRun) -> Value:
        function = (part.code or nothing)(Scope(run, {}).inner(_Seen(self, part, run)))
        if isinstance(function, BoxedFunction):
            function.gives = _result_type(part.type, function.gives)
            function.formal = with_declared_types(function.formal, part.type)
        return function

    def _service(self, part: Part, run: DecisionRun) -> BoxedFunction:
        inputs = [self.parts[key] for key in part.inputs]
        named = [TypedName(".".join(part.name_of(given)), given.type) for given in inputs]
        formal = with_declared_types(named, part.type)

        def body(scope: Scope) -> Value:
            given = {name.name: scope.find(name.name) for name in formal}
            inner = DecisionRun({**run.context, **given}, run.notes)
            inner.left, inner.trace, inner.depth, inner.current = run.left, run.trace, run.depth, run.current
            inner.values = dict(zip(part.inputs, given.values(), strict=True))
            try:
                results = [self.value_of(key, inner) for key in part.outputs]
            finally:
                run.left = inner.left
            if len(results) == 1:
                return results[0]
            return {
                ".".join(part.name_of(self.parts[key])): value for key, value in zip(part.outputs, results, strict=True)
            }

        return BoxedFunction(formal, body, Scope(run, {}), _result_type(part.type, ANY))


def _result_type(declared: Type, otherwise: Type) -> Type:
    """Return the type of a function's result: what its variable says, which may name it or that of the function."""
    if declared.kind == "function":
        return declared.gives or otherwise
    return otherwise if declared.kind == "Any" else declared


def _input(part: Part, run: DecisionRun) -> Value:
    """Return what was handed in for an input, by its name in this file, in its own file, or alone."""
    for name in (part.path + part.name, f"{part.namespace}#{part.name}", part.name):
        raw = run.context.get(name, ABSENT)
        if raw is not ABSENT:
            return from_json(raw)
    return None


class _Seen(Mapping[str, Value]):
    """What a part requires under the names it knows, evaluated when looked at: functions can require each other."""

    def __init__(self, model: Model, part: Part, run: DecisionRun) -> None:
        self._model, self._run = model, run
        self._names: dict[str, str | dict[str, str]] = {}
        for key in part.requires:
            *imports, name = part.name_of(model.parts[key])
            if imports:
                inner = self._names.setdefault(".".join(imports), {})
                if isinstance(inner, dict):
                    inner[name] = key
            else:
                self._names[name] = key

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> Value:
        found = self._names[name]
        if isinstance(found, str):
            return self._model.value_of(found, self._run)
        return {inner: self._model.value_of(key, self._run) for inner, key in found.items()}

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _Further(Mapping[str, Value]):
    """What a part needs only because others need it, evaluated when looked at."""

    def __init__(self, model: Model, part: Part, run: DecisionRun) -> None:
        self._model, self._run = model, run
        self._names = model.further_names(part)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> Value:
        return self._model.value_of(self._names[name], self._run)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
