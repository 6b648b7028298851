"""Values written down: numbers, texts, lists, contexts, ranges, `@"2026-04-30"`."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from app.engine.expressions.errors import ExpressionError
from app.engine.expressions.lexer import Token
from app.engine.expressions.reader import Reader, Surroundings
from app.engine.expressions.reading import read_temporal
from app.engine.expressions.syntax import ContextLiteral, Input, ListLiteral, Literal, Node, RangeLiteral
from app.engine.expressions.values import DECIMAL
from app.kernel.i18n import _

_MAX_SECOND_TRIES = 12


class LiteralReader(Reader):
    """Reads literals; the grammar above it reads the expressions inside them."""

    def __init__(self, text: str, surroundings: Surroundings) -> None:
        super().__init__(text, surroundings)
        self.no_filter = False
        self.second_tries = 0

    @abstractmethod
    def expression(self, level: int = 0) -> Node:
        """Read an expression."""

    @contextmanager
    def filters_allowed(self, allowed: bool = True) -> Iterator[None]:
        """Read something in which `[` begins a filter again, or, in the end of a range, does not."""
        before, self.no_filter = self.no_filter, not allowed
        try:
            yield
        finally:
            self.no_filter = before

    def plain_literal(self) -> Node:
        """Read a number or a text."""
        token = self.take()
        if token.kind == "string":
            return Literal(token.value)
        number = DECIMAL.create_decimal(token.text)
        if not number.is_finite():
            self.fail(_("This number is too large."), token)
        return Literal(number)

    def bracketed_literal(self, token: Token) -> Node:
        """Read what begins with a bracket or sign."""
        self.take()
        match token.text:
            case "[":
                return self._list_or_range()
            case "]":
                with self.filters_allowed():
                    start = self.expression()
                return self.range_from(start, start_included=False)
            case "{":
                return self._context()
            case "@":
                return self._at_literal(token)
            case _:
                return Input()

    def _list_or_range(self) -> Node:
        entries: list[Node] = []
        with self.filters_allowed():
            while not self.at("]"):
                entries.append(self.entry())
                if len(entries) == 1 and self.at(".."):
                    return self.range_from(entries[0], start_included=True)
                if not self.at("]"):
                    self.expect(",")
        self.expect("]")
        return ListLiteral(tuple(entries))

    def entry(self) -> Node:
        """Read an entry of a list."""
        return self.expression()

    def range_from(self, start: Node, *, start_included: bool) -> Node:
        """Read the rest of a range, from its two points on."""
        self.expect("..")
        place = self.index
        try:
            with self.filters_allowed():
                end = self.expression()
                closing = self.expect("]", ")", "[")
        except ExpressionError:
            # What looked like a filter was the bracket of an open end: ]1..10[
            self.second_tries += 1
            if self.second_tries > _MAX_SECOND_TRIES:
                raise
            self.index = place
            with self.filters_allowed(False):
                end = self.expression()
            closing = self.expect("]", ")", "[")
        return RangeLiteral(start, end, start_included, closing.text == "]")

    def _at_literal(self, token: Token) -> Node:
        text = self.take()
        if text.kind != "string":
            self.fail(_('Behind @ stands a date, time or duration in quotation marks: @"2026-04-30".'), token)
        value = read_temporal(text.value)
        if value is None and self.surroundings.strict:
            self.fail(_("“%(text)s” is no date, time or duration."), text, text=text.value)
        return Literal(value)

    def _context(self) -> Node:
        entries: dict[str, Node] = {}
        with self.filters_allowed(), self.seeing() as scope:
            while not self.at("}"):
                token = self.token
                key = self._key()
                if key in entries:
                    self.fail(_("“%(key)s” appears twice."), token, key=key)
                self.expect(":")
                entries[key] = self.expression()
                scope.add(key)
                if not self.at("}"):
                    self.expect(",")
        self.expect("}")
        return ContextLiteral(tuple(entries.items()))

    def _key(self) -> str:
        if self.token.kind == "string":
            token = self.take()
            if "__" in token.value:
                self.fail(_("The name “%(name)s” is reserved."), token, name=token.value)
            return token.value
        return self.read_new_name(":")
