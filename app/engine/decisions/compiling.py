"""What is needed to compile the parts of a model, and how its expressions are compiled."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.engine.decisions.item_types import ItemTypes
from app.engine.decisions.source import Element, Source, text_in
from app.engine.expressions import ExpressionError, Surroundings, Value, compile_expression, compile_unary
from app.engine.expressions.code import Code
from app.engine.expressions.errors import ForeignFunction
from app.engine.expressions.scope import Scope
from app.engine.expressions.types import Type
from app.kernel.i18n import _

_UNREADABLE = _("The expression «%(text)s» cannot be read: %(error)s")
OTHER_LANGUAGE = ("javascript", "groovy", "python", "juel", "java", "excel")


def nothing(_scope: Scope) -> Value:
    """Be the code of what could not be compiled, or is not there."""
    return None


@dataclass(frozen=True)
class Compiling:
    """The place in a model where something is compiled.

    Attributes:
        boxed: compiles a boxed expression; handed along so that its kinds can contain each other.
        names_used: collects the names that expressions need from outside.
    """

    source: Source
    types: ItemTypes
    surroundings: Surroundings
    boxed: "Callable[[Element, Compiling], Code]"
    names_used: set[str]

    def knowing(self, *names: str) -> "Compiling":
        """Return the same place with further names in sight."""
        surroundings = replace(self.surroundings, names=self.surroundings.names + names)
        return replace(self, surroundings=surroundings)

    def expression(self, element: Element | None) -> Code:
        """Return the code of the text inside `element`; of none, null."""
        text = text_in(element)
        if element is None or not text:
            return nothing
        language = (element.get("expressionLanguage") or "").lower()
        if language and any(other in language for other in OTHER_LANGUAGE):
            self.source.problem(element, "language", _("Expressions are written in FEEL."))
            return nothing
        return self.feel(text, element)

    def feel(self, text: str, element: Element) -> Code:
        """Return the code of a FEEL text; what is wrong with it is a problem of `element`."""
        try:
            compiled = compile_expression(text, surroundings=self.surroundings)
        except ExpressionError as error:
            code = "external" if isinstance(error, ForeignFunction) else "expression"
            self.source.problem(element, code, _UNREADABLE, text=text[:80], error=error)
            return nothing
        self.names_used.update(compiled.names)
        return compiled.code

    def values(self, element: Element | None) -> Code | None:
        """Return the code of the tests that say which values are allowed; None when all are."""
        return self.tests(element, conditions=False)

    def tests(self, element: Element | None, *, conditions: bool = True) -> Code | None:
        """Return the code of the unary tests inside `element`; None when anything passes."""
        text = text_in(element)
        if element is None or not text:
            return None
        try:
            compiled = compile_unary(text, surroundings=self.surroundings, conditions=conditions)
        except ExpressionError as error:
            self.source.problem(element, "expression", _UNREADABLE, text=text[:80], error=error)
            return nothing
        self.names_used.update(compiled.names)
        return compiled.code

    def typed(self, code: Code, wanted: Type) -> Code:
        """Return the code with its value turned into `wanted`, or null."""
        if wanted.kind == "Any" and wanted.allowed is None:
            return code
        return lambda scope: wanted.coerce(code(scope))
