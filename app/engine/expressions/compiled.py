"""Compiled expressions, unary tests and scripts: what the rest of the engine works with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from app.engine.expressions.code import Code
from app.engine.expressions.compiler import INPUT, build, build_unary
from app.engine.expressions.errors import ExpressionBudgetExceeded, ExpressionError
from app.engine.expressions.json_values import from_json
from app.engine.expressions.naming import is_plain, may_hold_more
from app.engine.expressions.parser import Parser
from app.engine.expressions.reader import Surroundings
from app.engine.expressions.run import Run
from app.engine.expressions.scope import Scope
from app.engine.expressions.syntax import ContextLiteral, Node
from app.engine.expressions.values import Value
from app.kernel.i18n import _

Result = TypeVar("Result")
_NO_VALUES: Mapping[str, Value] = {}


def _guarded(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except RecursionError:
        raise ExpressionBudgetExceeded(_("The expression is nested too deeply.")) from None


@dataclass(frozen=True)
class Expression:
    """An expression ready to run.

    Attributes:
        text: as it was written, without a leading `=`.
        names: variables it needs from its context.
        possible_names: names inside filters, which are entries of the list's contexts or variables.
    """

    text: str
    names: frozenset[str]
    possible_names: frozenset[str]
    code: Code
    node: Node = field(repr=False, compare=False)
    surroundings: Surroundings = field(repr=False, compare=False)
    ambiguous: bool = False

    def evaluate(self, context: Mapping[str, Any]) -> Value:
        """Return the FEEL value; null where values do not fit.

        Names of the context that hold signs or words of FEEL (`кол-во школ`) are recognised, the longest first.

        Raises:
            ExpressionBudgetExceeded: it costs more than an expression may.
        """
        code = self._code_for(context) if self.ambiguous else self.code
        try:
            return code(Scope(Run(context), _NO_VALUES))
        except RecursionError:
            raise ExpressionBudgetExceeded(_("The expression is nested too deeply.")) from None

    def _code_for(self, context: Mapping[str, Any]) -> Code:
        """Return the code in which the context's names that are no plain words are read as names."""
        names = _signed_names(context, self.text)
        if not names or set(names) <= set(self.surroundings.names):
            return self.code
        try:
            return _recompiled(self.text, names, self.surroundings).code
        except ExpressionError:
            return self.code

    def explain(self, context: Mapping[str, Any]) -> tuple[str, ...]:
        """Return sentences about what became null on the way, in the order it happened."""
        notes: list[str] = []
        code = self._code_for(context) if self.ambiguous else self.code
        _guarded(lambda: code(Scope(Run(context, notes), _NO_VALUES)))
        return tuple(dict.fromkeys(notes))


def _signed_names(context: Mapping[str, Any], text: str) -> tuple[str, ...]:
    """Return the names of the context in the text that are more than plain words."""
    return tuple(name for name in context if not name.isidentifier() and name in text and not is_plain(name))


@dataclass(frozen=True)
class UnaryTest:
    """A cell of a decision table: tests that a value passes or not; `-` lets every value pass."""

    text: str
    names: frozenset[str]
    code: Code | None

    def passes(self, value: Any, context: Mapping[str, Any]) -> bool:
        """Return whether `value` certainly passes.

        Raises:
            ExpressionBudgetExceeded: it costs more than an expression may.
        """
        code = self.code
        if code is None:
            return True
        subject = {INPUT: from_json(value)}
        return _guarded(lambda: code(Scope(Run(context), subject))) is True


@dataclass(frozen=True)
class Script:
    """Assignments in order: `{tries: tries + 1, outcome: "leaves"}`."""

    text: str
    names: frozenset[str]
    assigned: tuple[str, ...]
    code: Code
    ambiguous: bool = False

    def evaluate(self, context: Mapping[str, Any]) -> dict[str, Value]:
        """Return the assigned values by name; later entries have seen the earlier ones.

        Raises:
            ExpressionBudgetExceeded: it costs more than an expression may.
        """
        names = _signed_names(context, self.text) if self.ambiguous else ()
        code = _recompiled_script(self.text, names).code if names else self.code
        return dict(_guarded(lambda: code(Scope(Run(context), _NO_VALUES))))


def _parsed(read: Callable[[], Result]) -> Result:
    try:
        return read()
    except RecursionError:
        raise ExpressionError(_("The expression is nested too deeply.")) from None


def compile_expression(text: str, names: Sequence[str] = (), surroundings: Surroundings | None = None) -> Expression:
    """Return the expression of `text`; `names` of the context help to read those that are not plain words.

    Raises:
        ExpressionError: it is none that may be used here.
    """
    plain = _without_equals(text)
    place = _with_names(surroundings or _ANYWHERE, tuple(names))
    parser = Parser(plain, place)

    def read() -> tuple[Node, Code]:
        node = parser.whole()
        return node, build(node)

    node, code = _parsed(read)
    free, possible = frozenset(parser.free), frozenset(parser.possible - parser.free)
    return Expression(plain, free, possible, code, node, place, may_hold_more(parser.tokens))


@lru_cache(maxsize=1024)
def _recompiled(text: str, names: tuple[str, ...], surroundings: Surroundings) -> Expression:
    return compile_expression(text, names, surroundings)


def compile_unary(
    text: str, names: Sequence[str] = (), surroundings: Surroundings | None = None, *, conditions: bool = True
) -> UnaryTest:
    """Return the unary tests of `text`, the language of a decision table's cells.

    With `conditions`, a test that is true whatever the value is lets it pass: a cell may look at other variables.

    Raises:
        ExpressionError: they are none that may be used here.
    """
    plain = text.strip()
    if not plain:
        return UnaryTest(plain, frozenset(), None)
    parser = Parser(plain, _with_names(surroundings or _ANYWHERE, tuple(names)))

    def read() -> Code | None:
        node = parser.whole_tests()
        return None if node is None else build_unary(node, conditions=conditions)

    code = _parsed(read)
    return UnaryTest(plain, frozenset(parser.free), code)


def compile_script(text: str, names: Sequence[str] = ()) -> Script:
    """Return the script of `text`: a context whose entries are the assignments.

    Raises:
        ExpressionError: it is none, or assigns to a name that is no plain word.
    """
    plain = _without_equals(text)
    parser = Parser(plain, _with_names(_ANYWHERE, tuple(names)))

    def read() -> tuple[tuple[str, ...], Code]:
        node = parser.whole()
        if not isinstance(node, ContextLiteral):
            raise ExpressionError(_("A script is a context: {name: value, other name: value}."))
        return tuple(key for key, _node in node.entries), build(node)

    assigned, code = _parsed(read)
    return Script(plain, frozenset(parser.free), assigned, code, may_hold_more(parser.tokens))


@lru_cache(maxsize=256)
def _recompiled_script(text: str, names: tuple[str, ...]) -> Script:
    try:
        return compile_script(text, names)
    except ExpressionError:
        return compile_script(text)


_ANYWHERE = Surroundings()


def _with_names(surroundings: Surroundings, names: tuple[str, ...]) -> Surroundings:
    if not names:
        return surroundings
    return Surroundings(surroundings.names + names, surroundings.properties, surroundings.types, surroundings.strict)


def _without_equals(text: str) -> str:
    """Return the text without the `=` that Camunda 8 puts before an expression."""
    plain = text.strip()
    return plain[1:].lstrip() if plain.startswith("=") and not plain.startswith("==") else plain
