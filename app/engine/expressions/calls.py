"""Names and calls: which words are a variable, which a function, and whether it may be called so."""

import difflib

from app.engine.expressions.functions import BUILTIN_NAMES, BUILTINS
from app.engine.expressions.lexer import Token
from app.engine.expressions.literals import LiteralReader
from app.engine.expressions.naming import plain_length
from app.engine.expressions.syntax import Builtin, Call, Filter, Literal, Name, Node, Path
from app.kernel.i18n import _


class CallReader(LiteralReader):
    """Reads names and calls; the grammar above it reads the arguments."""

    def name(self) -> Node:
        """Read a variable, or a call of a function."""
        token = self.token
        length, name, local = self.match(self.index)
        plain = plain_length(self.tokens, self.index)
        built_in, function = BUILTIN_NAMES.match(self.tokens, self.index)
        called = built_in and self.tokens[self.index + built_in].text == "("
        if called and (built_in > length or (built_in == length and not local)):
            self.index += built_in
            return self._builtin_call(function, token)
        if length < plain:
            length, name, local = plain, self.words(plain), False
        if not length:
            self.fail_here(_("a value"))
        self.index += length
        if self.at("("):
            return self._called_name(name, token)
        self.use(name, token)
        return Name(name)

    def _called_name(self, name: str, token: Token) -> Node:
        if not self.is_local(name) and not self.is_known(name):
            self.check_name(name, token)
            if self.surroundings.strict:
                self._fail_unknown_function(name, token)
        self.use(name, token)
        return self.call(Name(name), self.take())

    def _fail_unknown_function(self, name: str, token: Token) -> None:
        near = difflib.get_close_matches(name, BUILTINS, n=1)
        if near:
            message = _("There is no function “%(name)s”. Did you mean “%(near)s”?")
            self.fail(message, token, name=name, near=near[0])
        self.fail(_("There is no function “%(name)s”."), token, name=name)

    def _builtin_call(self, name: str, token: Token) -> Node:
        self.expect("(")
        if name in ("now", "today"):
            self.free.add(name)
        arguments, names = self._arguments()
        fits = BUILTINS[name].accepts_names(names) if names else BUILTINS[name].accepts_count(len(arguments))
        if self.surroundings.strict and not fits:
            self.fail(
                _("“%(name)s” takes other arguments: %(signature)s."),
                token,
                name=name,
                signature=BUILTINS[name].signature,
            )
        return Builtin(name, arguments, names)

    def call(self, function: Node, token: Token) -> Node:
        """Read the arguments of `function`, whose opening bracket was `token`."""
        if self.surroundings.strict:
            self._check_can_be_called(function, token)
        arguments, names = self._arguments()
        return Call(function, arguments, names)

    def _check_can_be_called(self, function: Node, token: Token) -> None:
        root = function
        while isinstance(root, Path | Filter):
            root = root.source
        if isinstance(root, Name) and (self.is_local(root.name) or self.is_known(root.name)):
            return
        if not isinstance(root, Name | Literal | Builtin):
            return
        self.fail(_("This is not a function. Write: function name(value)."), token)

    def _arguments(self) -> tuple[tuple[Node, ...], tuple[str, ...]]:
        arguments: list[Node] = []
        names: list[str] = []
        named = not self.at(")") and bool(self.length_until(":"))
        with self.filters_allowed():
            while not self.at(")"):
                if named:
                    names.append(self.read_new_name(":"))
                    self.expect(":")
                arguments.append(self.expression())
                if not self.at(")"):
                    self.expect(",")
        self.expect(")")
        return tuple(arguments), tuple(names)
