"""From the XML of a DMN file, and of those it imports, to a model."""

from collections.abc import Mapping
from dataclasses import replace

from app.engine.decisions.boxed import LOGIC, boxed_in, compile_boxed, compile_function
from app.engine.decisions.compiling import Compiling, nothing
from app.engine.decisions.decision import Decision
from app.engine.decisions.item_types import ItemTypes, property_names
from app.engine.decisions.model import Model, Part
from app.engine.decisions.problems import DecisionError
from app.engine.decisions.source import Element, Source, child, children, local, name_of, text_in
from app.engine.expressions import Surroundings
from app.kernel.i18n import _

_REQUIREMENTS = {
    "informationRequirement": ("requiredInput", "requiredDecision"),
    "knowledgeRequirement": ("requiredKnowledge",),
}
_PARTS = ("inputData", "decision", "businessKnowledgeModel", "decisionService")
Library = Mapping[str, bytes]
"""Other DMN files by the namespace they define."""


def parse_decisions(xml: bytes, file: str) -> tuple[Decision, ...]:
    """Return the decisions of a DMN file, in its order.

    Raises:
        DecisionError: with everything that is wrong with it.
    """
    return parse_model(xml, file).decisions


def parse_model(xml: bytes, file: str, *, strict: bool = True, library: Library | None = None) -> Model:
    """Return the model of a DMN file; without `strict`, what is wrong in it evaluates to null.

    Raises:
        DecisionError: it is no DMN file, or with `strict` anything is wrong with it.
    """
    source = Source(file, strict=strict)
    builder = _Builder(source, source.root(xml), library or {})
    model = builder.model()
    if source.problems and strict:
        raise DecisionError(source.problems)
    return model


class _Builder:
    """Makes the parts of one file, and of those it imports."""

    def __init__(
        self, source: Source, root: Element, library: Library, path: str = "", above: tuple[str, ...] = ()
    ) -> None:
        self.source = source
        self.root = root
        self.namespace = root.get("namespace") or ""
        self.path = path
        self.prefix = f"{path}{self.namespace}#" if above else ""
        self.imports: list[tuple[str, _Builder]] = self._imported(library, (*above, self.namespace))
        self.types: ItemTypes = ItemTypes(root, source, [(name, inner.types) for name, inner in self.imports])
        self.elements: dict[str, Element] = {}
        for element in children(root, *_PARTS):
            self._add(element)
        properties = (*property_names(root), *(name for _n, inner in self.imports for name in inner.properties))
        self.properties: tuple[str, ...] = (*properties, *self._part_names())
        names = (*self.visible_names(), *(name for name, _inner in self.imports if name))
        self.surroundings = Surroundings(names, self.properties, self.types.by_name, source.strict)

    def _imported(self, library: Library, above: tuple[str, ...]) -> "list[tuple[str, _Builder]]":
        found = []
        for element in children(self.root, "import"):
            namespace, name = element.get("namespace") or "", name_of(element)
            if "DMN" not in (element.get("importType") or "DMN").upper() or namespace in above:
                continue
            if namespace not in library:
                self.source.problem(
                    element, "import", _("The file imports “%(name)s”, which is not there."), name=name or namespace
                )
                continue
            source = Source(namespace, strict=self.source.strict)
            path = f"{self.path}{name}." if name else self.path
            found.append((name, _Builder(source, source.root(library[namespace]), library, path, above)))
            self.source.problems.extend(source.problems)
        return found

    def _add(self, element: Element) -> None:
        key = element.get("id") or name_of(element)
        if not key or not name_of(element):
            self.source.problem(element, "no_name", _("A %(kind)s needs an id and a name."), kind=local(element))
        elif key in self.elements:
            self.source.problem(element, "duplicate_id", _("The id “%(id)s” appears twice."), id=key)
        else:
            self.elements[key] = element

    def _part_names(self) -> tuple[str, ...]:
        return tuple(name_of(element) for element in self.elements.values())

    def visible_names(self) -> tuple[str, ...]:
        """Return the names of the parts of this file, and of those it imports without a name."""
        inner = (name for alias, builder in self.imports if not alias for name in builder.visible_names())
        return (*self._part_names(), *inner)

    def find(self, key: str, namespace: str) -> tuple[str, tuple[str, ...]] | None:
        """Return the id and the name of a part as this file sees it."""
        if key in self.elements and namespace in ("", self.namespace):
            return self.prefix + key, (name_of(self.elements[key]),)
        for name, inner in self.imports:
            found = inner.find(key, namespace) if namespace or not name else None
            if found is not None:
                return (found[0], (name, *found[1])) if name else found
        return None

    def model(self) -> Model:
        """Return the model of this file with everything it imports."""
        model = Model()
        self.fill(model)
        own = [model.parts[key] for key in self.elements]
        if not any(part.kind == "decision" for part in own) and self.source.strict:
            self.source.problem(self.root, "empty", _("The file has no decision."))
        self._refuse_circles(model)
        model.decisions = tuple(_decision(model, model.parts[part.id]) for part in own if part.kind == "decision")
        return model

    def fill(self, model: Model) -> None:
        """Add the parts of this file and of those it imports."""
        for key, element in self.elements.items():
            before = len(self.source.problems)
            part = self._part(self.prefix + key, element)
            external = any(problem.code == "external" for problem in self.source.problems[before:])
            model.parts[part.id] = replace(part, namespace=self.namespace, path=self.path, external=external)
        for _name, inner in self.imports:
            inner.fill(model)

    def _part(self, key: str, element: Element) -> Part:
        kind, name = local(element), name_of(element)
        variable = self.types.of(child(element, "variable"))
        if kind == "inputData":
            return Part(key, name, kind, variable)
        requires = self._requirements(element)
        if kind == "decisionService":
            return self._service(Part(key, name, kind, variable), element)
        used: set[str] = set()
        place = Compiling(self.source, self.types, self.surroundings, compile_boxed, used)
        if kind == "businessKnowledgeModel":
            logic = child(element, "encapsulatedLogic")
            function = nothing if logic is None else compile_function(logic, place)
            return Part(key, name, kind, variable, tuple(requires), requires, function, names=frozenset(used))
        has_logic = any(local(part) in LOGIC for part in children(element))
        code = boxed_in(element, place) if has_logic else None
        if code is None and self.source.strict:
            self.source.problem(element, "no_logic", _("The decision “%(name)s” decides nothing."), name=name)
        text = text_in(child(element, "literalExpression"))
        return Part(key, name, kind, variable, tuple(requires), requires, code, text, frozenset(used))

    def _service(self, part: Part, element: Element) -> Part:
        inputs = self._references(element, "inputData") | self._references(element, "inputDecision")
        outputs = self._references(element, "outputDecision")
        return replace(part, seen_as={**inputs, **outputs}, inputs=tuple(inputs), outputs=tuple(outputs))

    def _requirements(self, element: Element) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for tag, references in _REQUIREMENTS.items():
            for requirement in children(element, tag):
                found |= self._references(requirement, *references)
        return found

    def _references(self, element: Element, *tags: str) -> dict[str, tuple[str, ...]]:
        """Return the names of what the element refers to, by id."""
        found = {}
        for reference in children(element, *tags):
            namespace, _hash, key = (reference.get("href") or "").rpartition("#")
            target = self.find(key, namespace)
            if target is not None:
                found[target[0]] = target[1]
            else:
                self.source.problem(reference, "unknown_reference", _("There is nothing with the id “%(id)s”."), id=key)
        return found

    def _refuse_circles(self, model: Model) -> None:
        for key, element in self.elements.items():
            part = model.parts[key]
            if part.kind == "decision" and key in _needed(model, part):
                self.source.problem(element, "circle", _("The decision “%(name)s” requires itself."), name=part.name)
                model.parts[key] = Part(key, part.name, part.kind, part.type, code=nothing)


def _needed(model: Model, part: Part) -> set[str]:
    """Return the ids of what the part needs, directly or not; its own is among them when it needs itself."""
    return {key for found in model.reachable(part) for key in (*found.requires, *found.outputs)}


def _decision(model: Model, part: Part) -> Decision:
    reachable = [found for found in model.reachable(part) if found.id != part.id]
    known = {found.name for found in reachable if found.kind != "inputData"}
    inputs = {found.name for found in reachable if found.kind == "inputData"} - known
    names = part.names.union(inputs, *(found.names for found in reachable)) - known
    return Decision(
        part.id,
        part.name,
        frozenset(names),
        tuple(key for key in part.requires if model.parts[key].kind == "decision"),
        lambda run: model.value_of(part.id, run),
    )
