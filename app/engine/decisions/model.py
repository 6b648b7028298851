"""A DMN file: its inputs, decisions, functions and services, and how they require each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.engine.decisions.boxed import boxed_in, compile_boxed, compile_function
from app.engine.decisions.compiling import Compiling, nothing
from app.engine.decisions.decision import Decision
from app.engine.decisions.item_types import ItemTypes, property_names
from app.engine.decisions.problems import DecisionError
from app.engine.decisions.running import BoxedFunction, DecisionRun, TypedName
from app.engine.decisions.source import Element, Source, child, children, local, name_of, text_in
from app.engine.expressions import Surroundings, Value, from_json, to_json
from app.engine.expressions.code import Code
from app.engine.expressions.scope import ABSENT, Scope
from app.engine.expressions.types import ANY, Type
from app.kernel.i18n import _

_REQUIREMENTS = {
    "informationRequirement": ("requiredInput", "requiredDecision"),
    "knowledgeRequirement": ("requiredKnowledge",),
}
_PARTS = ("inputData", "decision", "businessKnowledgeModel", "decisionService")


@dataclass(frozen=True)
class _Part:
    """An input, decision, function or service of the model.

    Attributes:
        requires: ids of what it needs.
        code: of a decision its logic, of a function what makes it; None of an input.
        text: of a decision that is one expression, that expression.
    """

    id: str
    name: str
    kind: str
    type: Type
    requires: tuple[str, ...] = ()
    code: Code | None = None
    text: str = ""
    names: frozenset[str] = frozenset()
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


@dataclass
class Model:
    """A parsed file."""

    parts: dict[str, _Part] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()

    def part_named(self, name: str, kind: str) -> _Part | None:
        """Return the part of that name and kind."""
        return next((part for part in self.parts.values() if part.name == name and part.kind == kind), None)

    def value_of(self, key: str, run: DecisionRun) -> Value:
        """Return the value of a part: an input from the context, a decision decided once, a function."""
        if key in run.values:
            return run.values[key]
        part = self.parts[key]
        scope = Scope(run, {})
        if part.kind == "inputData":
            value = part.type.coerce(self._input(part, run))
        elif part.kind == "decisionService":
            value = self.service(part, run)
        elif part.kind == "businessKnowledgeModel":
            value = (part.code or nothing)(scope.inner(_Lazily(self, part, run)))
        else:
            value = self._decide(part, run)
        run.values[key] = value
        return value

    def _input(self, part: _Part, run: DecisionRun) -> Value:
        raw = run.context.get(part.name, ABSENT)
        return None if raw is ABSENT else from_json(raw)

    def _decide(self, part: _Part, run: DecisionRun) -> Value:
        required = {self.parts[key].name: self.value_of(key, run) for key in part.requires}
        if part.code is None:
            return part.type.coerce(from_json(run.context.get(part.name)))
        before, run.current = run.current, (part.id, part.name)
        value = part.type.coerce(part.code(Scope(run, {}).inner(required)))
        if part.text:
            run.record(expression=part.text, output=to_json(value))
        run.current = before
        return value

    def service(self, part: _Part, run: DecisionRun) -> BoxedFunction:
        """Return a decision service as a function of its inputs."""
        formal = [TypedName(self.parts[key].name, self.parts[key].type) for key in part.inputs]

        def body(scope: Scope) -> Value:
            given = {self.parts[key].name: scope.find(self.parts[key].name) for key in part.inputs}
            inner = DecisionRun({**run.context, **given}, run.notes)
            inner.left, inner.trace, inner.depth = run.left, run.trace, run.depth
            inner.values = {key: given[self.parts[key].name] for key in part.inputs}
            try:
                results = {self.parts[key].name: self.value_of(key, inner) for key in part.outputs}
            finally:
                run.left = inner.left
            return next(iter(results.values())) if len(results) == 1 else results

        return BoxedFunction(formal, body, Scope(run, {}))


class _Lazily(Mapping[str, Value]):
    """What a function requires, evaluated when it is called, so that functions can require each other."""

    def __init__(self, model: Model, part: _Part, run: DecisionRun) -> None:
        self._keys = {model.parts[key].name: key for key in part.requires}
        self._model, self._run = model, run

    def __getitem__(self, name: str) -> Value:
        return self._model.value_of(self._keys[name], self._run)

    def __iter__(self) -> Any:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def parse_decisions(xml: bytes, file: str) -> tuple[Decision, ...]:
    """Return the decisions of a DMN file, in its order.

    Raises:
        DecisionError: with everything that is wrong with it.
    """
    return parse_model(xml, file).decisions


def parse_model(xml: bytes, file: str, *, strict: bool = True) -> Model:
    """Return the model of a DMN file; without `strict`, what is wrong in it evaluates to null.

    Raises:
        DecisionError: it is no DMN file, or with `strict` anything is wrong with it.
    """
    source = Source(file, strict=strict)
    root = source.root(xml)
    model = _Builder(source, root).build()
    if source.problems and strict:
        raise DecisionError(source.problems)
    return model


class _Builder:
    """Makes a model of the XML."""

    def __init__(self, source: Source, root: Element) -> None:
        self.source = source
        self.root = root
        self.types = ItemTypes(root, source)
        self.elements: dict[str, Element] = {}
        for element in children(root, *_PARTS):
            self._add(element)
        names = tuple(name_of(element) for element in self.elements.values())
        self.surroundings = Surroundings(names, property_names(root), self.types.by_name, source.strict)

    def _add(self, element: Element) -> None:
        key = element.get("id") or name_of(element)
        if not key or not name_of(element):
            self.source.problem(element, "no_name", _("A %(kind)s needs an id and a name."), kind=local(element))
        elif key in self.elements:
            self.source.problem(element, "duplicate_id", _("The id “%(id)s” appears twice."), id=key)
        else:
            self.elements[key] = element

    def build(self) -> Model:
        """Return the model."""
        model = Model()
        for key, element in self.elements.items():
            model.parts[key] = self._part(key, element)
        if not any(part.kind == "decision" for part in model.parts.values()) and self.source.strict:
            self.source.problem(self.root, "empty", _("The file has no decision."))
        self._refuse_circles(model)
        model.decisions = tuple(self._decision(model, part) for part in model.parts.values() if part.kind == "decision")
        return model

    def _part(self, key: str, element: Element) -> _Part:
        kind, name = local(element), name_of(element)
        variable = child(element, "variable")
        if kind == "inputData":
            return _Part(key, name, kind, self.types.of(variable))
        if kind == "decisionService":
            return self._service(key, element)
        used: set[str] = set()
        place = Compiling(self.source, self.types, self.surroundings, compile_boxed, used)
        requires = self._requirements(element)
        if kind == "businessKnowledgeModel":
            logic = child(element, "encapsulatedLogic")
            function = nothing if logic is None else compile_function(logic, place)
            return _Part(key, name, kind, ANY, requires, function, names=frozenset(used))
        literal = child(element, "literalExpression")
        has_logic = any(local(part) in _LOGIC for part in children(element))
        code = boxed_in(element, place) if has_logic else None
        if code is None and self.source.strict:
            self.source.problem(element, "no_logic", _("The decision “%(name)s” decides nothing."), name=name)
        return _Part(key, name, kind, self.types.of(variable), requires, code, text_in(literal), frozenset(used))

    def _service(self, key: str, element: Element) -> _Part:
        inputs = self._references(element, "inputData") + self._references(element, "inputDecision")
        outputs = self._references(element, "outputDecision")
        return _Part(key, name_of(element), "decisionService", ANY, outputs=outputs, inputs=inputs)

    def _requirements(self, element: Element) -> tuple[str, ...]:
        found: tuple[str, ...] = ()
        for tag, references in _REQUIREMENTS.items():
            for requirement in children(element, tag):
                found += self._references(requirement, *references)
        return found

    def _references(self, element: Element, *tags: str) -> tuple[str, ...]:
        found = []
        for reference in children(element, *tags):
            key = (reference.get("href") or "").rpartition("#")[2]
            if key in self.elements:
                found.append(key)
            else:
                self.source.problem(reference, "unknown_reference", _("There is nothing with the id “%(id)s”."), id=key)
        return tuple(found)

    def _refuse_circles(self, model: Model) -> None:
        for key, part in model.parts.items():
            if part.kind == "decision" and key in _reachable(model, part.requires):
                self.source.problem(
                    self.elements[key], "circle", _("The decision “%(name)s” requires itself."), name=part.name
                )
                model.parts[key] = _Part(key, part.name, part.kind, part.type, code=nothing)

    def _decision(self, model: Model, part: _Part) -> Decision:
        reachable = _reachable(model, part.requires)
        known = {model.parts[key].name for key in reachable if model.parts[key].kind != "inputData"}
        inputs = {model.parts[key].name for key in reachable} - known
        names = part.names.union(inputs, *(model.parts[key].names for key in reachable)) - known
        return Decision(
            part.id,
            part.name,
            frozenset(names),
            tuple(key for key in part.requires if model.parts[key].kind == "decision"),
            lambda run: model.value_of(part.id, run),
        )


_LOGIC = [
    "literalExpression",
    "decisionTable",
    "context",
    "list",
    "relation",
    "invocation",
    "functionDefinition",
    "conditional",
    "for",
    "some",
    "every",
    "filter",
]


def _reachable(model: Model, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    pending = list(keys)
    while pending:
        key = pending.pop()
        if key not in found:
            found.add(key)
            pending.extend(model.parts[key].requires)
    return found
