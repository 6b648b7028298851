"""The types a model defines for itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from app.engine.decisions.source import Element, Source, child, children, local, name_of, text_in
from app.engine.expressions import ExpressionBudgetExceeded, ExpressionError, Surroundings, compile_unary
from app.engine.expressions.types import ANY, NAMED, Type
from app.kernel.i18n import _


class ItemTypes:
    """Types by name; each is made when it is first asked for."""

    def __init__(self, root: Element, source: Source, imported: "Sequence[tuple[str, ItemTypes]]" = ()) -> None:
        self._source = source
        self._imported = imported
        self._elements = {name_of(item): item for item in children(root, "itemDefinition")}
        self._types: dict[str, Type] = {}
        self._in_work: set[str] = set()
        for name in self._elements:
            self.named(name)

    @property
    def by_name(self) -> dict[str, Type]:
        """Return all types of the model, and those of its imports with their names before them."""
        found: dict[str, Type] = {}
        for alias, types in reversed(self._imported):
            found |= {f"{alias}.{name}" if alias else name: part for name, part in types.by_name.items()}
        return found | self._types

    def of(self, element: Element | None) -> Type:
        """Return the type that the element's typeRef names; Any when it names none."""
        reference = None if element is None else element.get("typeRef")
        if not reference:
            return ANY
        return self.named(" ".join(reference.split()), element)

    def named(self, name: str, place: Element | None = None) -> Type:
        """Return the type of that name; a namespace prefix in front of it is left out."""
        for candidate in (name, name.rpartition(":")[2]):
            if candidate in self._types:
                return self._types[candidate]
            if candidate in self._elements and candidate not in self._in_work:
                return self._make(candidate)
            if candidate in NAMED:
                return NAMED[candidate]
            imported = self._from_imports(candidate)
            if imported is not None:
                return imported
        if name not in self._in_work and self._source.strict:
            self._source.problem(place, "unknown_type", _("There is no type “%(name)s”."), name=name)
        return ANY

    def _from_imports(self, name: str) -> Type | None:
        for alias, types in self._imported:
            start = f"{alias}." if alias else ""
            if name.startswith(start) and name[len(start) :] in types.by_name:
                return types.by_name[name[len(start) :]]
        return None

    def _make(self, name: str) -> Type:
        self._in_work.add(name)
        self._types[name] = self._definition(self._elements[name])
        self._in_work.discard(name)
        return self._types[name]

    def _definition(self, element: Element) -> Type:
        base = self._base(element)
        allowed = child(element, "allowedValues")
        if allowed is not None:
            base = replace(base, allowed=self._allowed(allowed))
        if element.get("isCollection") == "true":
            base = Type("list", items=base)
        constraint = child(element, "typeConstraint")
        return base if constraint is None else replace(base, allowed=self._allowed(constraint))

    def _base(self, element: Element) -> Type:
        components = list(children(element, "itemComponent"))
        if components:
            return Type("context", fields={name_of(part): self._definition(part) for part in components})
        function = child(element, "functionItem")
        if function is not None:
            return self._function(function)
        reference = child(element, "typeRef")
        if reference is None or not reference.text:
            return ANY
        return self.named(" ".join(reference.text.split()), element)

    def _function(self, element: Element) -> Type:
        takes = tuple(self.of(parameter) for parameter in children(element, "parameters"))
        output = element.get("outputTypeRef")
        return Type("function", takes=takes, gives=self.named(" ".join(output.split()), element) if output else ANY)

    def _allowed(self, element: Element) -> Callable[[Any], bool] | None:
        try:
            tests = compile_unary(text_in(element), surroundings=Surroundings(strict=False), conditions=False)
        except ExpressionError as error:
            self._source.problem(element, "expression", error.message, **error.params)
            return None

        def allowed(value: Any) -> bool:
            try:
                return tests.passes(value, {})
            except ExpressionBudgetExceeded:
                return False

        return allowed


def property_names(root: Element) -> tuple[str, ...]:
    """Return the names of entries that contexts of this model may have."""
    tags = {"itemComponent", "output", "column", "variable"}
    return tuple({name_of(part) for part in root.iter() if local(part) in tags} - {""})
