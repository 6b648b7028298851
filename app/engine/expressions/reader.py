"""Reads tokens one after another and knows which names are in sight; the grammar is built on it."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import NoReturn

from app.engine.expressions import limits
from app.engine.expressions.errors import ExpressionError
from app.engine.expressions.hints import hint_at, hint_for_word
from app.engine.expressions.lexer import Token, tokens_of
from app.engine.expressions.naming import KEYWORDS, RESERVED, NameTable, plain_length
from app.engine.expressions.types import Type
from app.kernel.i18n import _

_NEVER_FIRST = KEYWORDS - {"function", "and", "or"}


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What is known about the place where an expression stands.

    Attributes:
        names: variables and functions that the caller will hand in.
        properties: names of entries of these variables that are not plain words.
        types: named types beside FEEL's own.
        strict: unknown functions and wrong numbers of arguments are errors, not nulls.
    """

    names: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    types: Mapping[str, Type] = field(default_factory=dict)
    strict: bool = True

    @cached_property
    def known(self) -> NameTable:
        """Return the names, to be found in a text."""
        return NameTable(self.names)

    @cached_property
    def known_properties(self) -> NameTable:
        """Return the properties, to be found in a text."""
        return NameTable(self.properties)

    @cached_property
    def known_types(self) -> NameTable:
        """Return the names of the types, to be found in a text."""
        return NameTable(self.types)


class Reader:
    """A place in the tokens, and the names in sight."""

    def __init__(self, text: str, surroundings: Surroundings) -> None:
        self.text = text
        self.tokens = tokens_of(text)
        self.index = 0
        self.surroundings = surroundings
        self.known = surroundings.known
        self.properties = surroundings.known_properties
        self.scopes: list[NameTable] = []
        self.depth = 0
        self.in_filter = 0
        self.free: set[str] = set()
        self.possible: set[str] = set()

    @property
    def token(self) -> Token:
        """Return the token to be read next."""
        return self.tokens[self.index]

    def at(self, *texts: str) -> bool:
        """Return whether the next token is one of `texts`."""
        return self.token.text in texts and self.token.kind != "end"

    def take(self) -> Token:
        """Read one token."""
        token = self.token
        self.index += 1
        return token

    def accept(self, text: str) -> bool:
        """Read the next token if it is `text`."""
        if self.at(text):
            self.index += 1
            return True
        return False

    def expect(self, *texts: str) -> Token:
        """Read the next token, which must be one of `texts`."""
        if not self.at(*texts):
            self.fail_here(" ".join(texts))
        return self.take()

    def fail_here(self, expected: str = "") -> NoReturn:
        """Refuse the next token."""
        token = self.token
        hint = hint_at(self.tokens, self.index)
        if token.kind == "end":
            message = _("The expression ends too early: %(expected)s is missing.")
            expected = expected or _("a value")
        elif expected and not hint:
            message = _("Here stands “%(found)s” where %(expected)s was expected.")
        else:
            message = _("“%(found)s” cannot stand here.")
            if hint:
                message = _("“%(found)s” cannot stand here. %(hint)s")
        raise ExpressionError(message, position=token.start, found=token.text, expected=expected, hint=hint)

    def fail(self, message: str, token: Token, **params: object) -> NoReturn:
        """Refuse the expression because of `token`."""
        raise ExpressionError(message, position=token.start, **params)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Read something nested."""
        self.depth += 1
        if self.depth > limits.MAX_NESTING:
            self.fail(_("The expression is nested deeper than %(limit)s."), self.token, limit=limits.MAX_NESTING)
        try:
            yield
        finally:
            self.depth -= 1

    @contextmanager
    def seeing(self, names: Iterable[str] = ()) -> Iterator[NameTable]:
        """Read something that may use further names."""
        scope = NameTable(names)
        self.scopes.append(scope)
        try:
            yield scope
        finally:
            self.scopes.remove(scope)

    def match(self, index: int) -> tuple[int, str, bool]:
        """Return (number of tokens, name, whether it is local) of the longest known name at `index`."""
        length, name = self.known.match(self.tokens, index)
        local = False
        for scope in reversed(self.scopes):
            found = scope.match(self.tokens, index)
            if found[0] > length or (found[0] == length and length and not local):
                (length, name), local = found, True
        return length, name, local

    def is_local(self, name: str) -> bool:
        """Return whether the expression itself introduced the name."""
        return any(name in scope for scope in self.scopes)

    def is_known(self, name: str) -> bool:
        """Return whether the caller will hand in the name."""
        return name in self.known

    def use(self, name: str, token: Token) -> None:
        """Remember that the expression needs `name`."""
        self.check_name(name, token)
        if self.is_local(name):
            return
        (self.possible if self.in_filter else self.free).add(name)

    def check_name(self, name: str, token: Token) -> None:
        """Refuse names that belong to programming languages."""
        first = name.split(" ", 1)[0]
        hint = hint_for_word(first)
        if hint and not self.is_known(name) and not self.is_local(name):
            self.fail(_("“%(found)s” cannot stand here. %(hint)s"), token, found=first, hint=hint)
        if first in RESERVED or "__" in name:
            self.fail(_("The name “%(name)s” is reserved."), token, name=name)

    def read_property(self) -> str:
        """Read the name behind a point."""
        token = self.token
        if token.kind != "name":
            length = self.properties.match(self.tokens, self.index)[0]
            if not length:
                self.fail_here(_("a name"))
        length, name = self.properties.match(self.tokens, self.index)
        plain = max(1, plain_length(self.tokens, self.index))
        if length < plain:
            name, length = self.words(plain), plain
        self.index += length
        if "__" in name:
            self.fail(_("The name “%(name)s” is reserved."), token, name=name)
        return name

    def words(self, length: int) -> str:
        """Return the next `length` tokens as a name, one space between its words."""
        start, last = self.tokens[self.index], self.tokens[self.index + length - 1]
        return " ".join(self.text[start.start : last.end].split())

    def length_until(self, stop: str) -> int:
        """Return how many tokens stand before `stop`, 0 when something comes between that is no name."""
        for length, token in enumerate(self.tokens[self.index : self.index + 40]):
            if token.text == stop:
                return length
            if token.kind in ("end", "string") or token.text in ("(", ")", "[", "]", "{", "}", ",", ":"):
                return 0
        return 0

    def read_new_name(self, stop: str) -> str:
        """Read a name that is introduced here and stands before `stop`."""
        token = self.token
        length = self.length_until(stop)
        if not length or token.kind not in ("name", "symbol") or token.text in _NEVER_FIRST:
            self.fail_here(_("a name"))
        name = self.words(length)
        self.index += length
        if name.split(" ", 1)[0] in RESERVED or "__" in name:
            self.fail(_("The name “%(name)s” is reserved."), token, name=name)
        return name
