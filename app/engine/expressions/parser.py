"""The grammar of FEEL: tokens into a tree."""

from collections.abc import Iterator

from app.engine.expressions import limits
from app.engine.expressions.calls import CallReader
from app.engine.expressions.errors import ExpressionError, ForeignFunction
from app.engine.expressions.lexer import Token
from app.engine.expressions.naming import KEYWORDS, plain_length
from app.engine.expressions.syntax import (
    Between,
    Builtin,
    Call,
    Choice,
    Descendants,
    Filter,
    FunctionLiteral,
    InstanceOf,
    Iteration,
    ListLiteral,
    Literal,
    Loop,
    Membership,
    Negation,
    Node,
    Operation,
    Path,
    Quantified,
    Test,
    Tests,
)
from app.engine.expressions.type_reader import read_type
from app.engine.expressions.types import ANY, Type
from app.kernel.i18n import _

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_COMPARING, _NEGATING = 30, 70
_POWERS = {
    "or": 10,
    "and": 20,
    **dict.fromkeys(COMPARISONS, _COMPARING),
    "between": _COMPARING,
    "in": _COMPARING,
    "+": 40,
    "-": 40,
    "*": 50,
    "/": 50,
    "**": 60,
    "instance": 75,
    ".": 80,
    "...": 80,
    "[": 80,
    "(": 80,
}


class Parser(CallReader):
    """Reads expressions; each method reads one construct and leaves the next token to be read."""

    def whole(self) -> Node:
        """Read the whole text as one expression."""
        node = self.expression()
        if self.at(",") and not self.surroundings.strict:
            node = ListLiteral((node, *self._further()))
        if self.token.kind != "end":
            self.fail_here()
        return node

    def _further(self) -> Iterator[Node]:
        """Read what follows commas; DMN lets several expressions stand together for a list."""
        while self.accept(","):
            yield self.expression()

    def whole_tests(self) -> Node | None:
        """Read the whole text as unary tests; None for `-`, which any value passes."""
        if self.at("-") and self.tokens[self.index + 1].kind == "end":
            return None
        start = self.index
        if self.at("not") and self.tokens[self.index + 1].text == "(":
            try:
                return self._negated_tests()
            except ExpressionError:
                self.index = start
        return self.tests_until_end()

    def _negated_tests(self) -> Node:
        self.take()
        self.expect("(")
        tests = [self.test()]
        while self.accept(","):
            tests.append(self.test())
        self.expect(")")
        if self.token.kind != "end":
            self.fail_here()
        return Builtin("not", (Tests(tuple(tests)),))

    def tests_until_end(self) -> Node:
        """Read tests separated by commas up to the end of the text."""
        tests = [self.test()]
        while self.accept(","):
            tests.append(self.test())
        if self.token.kind != "end":
            self.fail_here()
        return Tests(tuple(tests))

    def test(self) -> Node:
        """Read one test: an operator and a value, or an expression."""
        if self.at(*COMPARISONS):
            operator = self.take().text
            return Test(operator, self.expression(_COMPARING))
        return self.expression()

    def expression(self, level: int = 0) -> Node:
        """Read an expression whose operators bind tighter than `level`."""
        with self.deeper():
            return self.continued(self.prefix(), level)

    def continued(self, left: Node, level: int) -> Node:
        """Read the operators that follow `left`."""
        length = 0
        while True:
            token = self.token
            power = _POWERS.get(token.text, 0) if token.kind != "string" else 0
            if power <= level or (token.text == "[" and self.no_filter):
                return left
            if token.text == "(" and not isinstance(left, Path | Call | Filter | FunctionLiteral):
                self.fail_here()
            length += 1
            if length > limits.MAX_CHAIN:
                self.fail(_("More than %(limit)s operators in a row."), token, limit=limits.MAX_CHAIN)
            left = self.infix(left, self.take(), power)

    def infix(self, left: Node, token: Token, power: int) -> Node:
        """Read what follows the operator `token`, which follows `left`."""
        match token.text:
            case ".":
                return Path(left, self.read_property())
            case "...":
                return Descendants(left, self._descendant())
            case "[":
                return self._filter(left)
            case "(":
                return self.call(left, token)
            case "in" | "between" | "instance":
                return self._relation(left, token)
            case "=" | "!=" if self.at("<", "<=", ">", ">="):
                return Operation(token.text, left, self.test_of_one())
            case operator:
                return Operation(operator, left, self.expression(power))

    def _descendant(self) -> str:
        """Read the name behind three points; a text or null, which no entry is called, is no name."""
        if self.at("null"):
            self.take()
            return ""
        return self.read_property()

    def _relation(self, left: Node, token: Token) -> Node:
        if token.text == "in":
            return Membership(left, self._membership())
        if token.text == "instance":
            self.expect("of")
            return InstanceOf(left, read_type(self))
        low = self.expression(_COMPARING)
        self.expect("and")
        return Between(left, low, self.expression(_COMPARING))

    def prefix(self) -> Node:
        """Read a value, or what begins like one."""
        token = self.token
        if token.kind in ("number", "string"):
            return self.plain_literal()
        if token.kind == "name":
            return self._word(token)
        match token.text:
            case "-":
                self.take()
                return Negation(self.expression(_NEGATING))
            case "(":
                return self.parenthesis(several=False)
            case "[" | "]" | "{" | "@" | "?":
                return self.bracketed_literal(token)
        return self.name()

    def _word(self, token: Token) -> Node:
        match token.text:
            case "true" | "false" | "null":
                if self.match(self.index)[0] < 2:
                    self.take()
                    return Literal({"true": True, "false": False, "null": None}[token.text])
            case "if":
                return self._choice()
            case "for":
                return self._loop()
            case "some" | "every" if plain_length(self.tokens, self.index + 1):
                return self._quantified()
            case "function" if self.tokens[self.index + 1].text == "(":
                return self._function()
        if token.text in KEYWORDS and not self.match(self.index)[0]:
            self.fail_here(_("a value"))
        return self.name()

    def parenthesis(self, *, several: bool) -> Node:
        """Read what stands in round brackets: a value, a range, or with `several` tests."""
        self.expect("(")
        with self.filters_allowed():
            first = self.test()
            if self.at("..") and not isinstance(first, Test):
                return self.range_from(first, start_included=False)
            tests = [first]
            while several and self.accept(","):
                tests.append(self.test())
            self.expect(")")
        return first if len(tests) == 1 else Tests(tuple(tests))

    def _membership(self) -> Node:
        if self.at(*COMPARISONS):
            return self.test_of_one()
        if self.at("("):
            return self.continued(self.parenthesis(several=True), _COMPARING)
        return self.expression(_COMPARING)

    def test_of_one(self) -> Node:
        """Read an operator and the value it compares with."""
        operator = self.take().text
        return Test(operator, self.expression(_COMPARING))

    def _filter(self, source: Node) -> Node:
        self.in_filter += 1
        with self.filters_allowed(), self.seeing(["item"]):
            condition = self.expression()
        self.in_filter -= 1
        self.expect("]")
        return Filter(source, condition)

    def _choice(self) -> Node:
        self.take()
        condition = self.expression()
        self.expect("then")
        one = self.expression()
        self.expect("else")
        return Choice(condition, one, self.expression())

    def _loop(self) -> Node:
        self.take()
        with self.seeing() as scope:
            iterations = [self._iteration()]
            scope.add(iterations[-1].name)
            while self.accept(","):
                iterations.append(self._iteration())
                scope.add(iterations[-1].name)
            self.expect("return")
            scope.add("partial")
            return Loop(tuple(iterations), self.expression())

    def _quantified(self) -> Node:
        every = self.take().text == "every"
        with self.seeing() as scope:
            iterations = [self._iteration()]
            scope.add(iterations[-1].name)
            while self.accept(","):
                iterations.append(self._iteration())
                scope.add(iterations[-1].name)
            self.expect("satisfies")
            return Quantified(every, tuple(iterations), self.expression())

    def _iteration(self) -> Iteration:
        name = self.read_new_name("in")
        self.expect("in")
        source = self.expression()
        return Iteration(name, source, self.expression() if self.accept("..") else None)

    def _function(self) -> Node:
        self.take()
        self.expect("(")
        parameters: list[tuple[str, Type]] = []
        while not self.at(")"):
            parameters.append(self._parameter())
            if not self.at(")"):
                self.expect(",")
        self.expect(")")
        if self.at("external"):
            message = _("Functions written in another language are not allowed.")
            raise ForeignFunction(message, position=self.token.start)
        with self.filters_allowed(), self.seeing(name for name, _type in parameters):
            return FunctionLiteral(tuple(parameters), self.expression())

    def _parameter(self) -> tuple[str, Type]:
        stop = next((sign for sign in (":", ",", ")") if self.length_until(sign)), ")")
        name = self.read_new_name(stop)
        return name, read_type(self) if self.accept(":") else ANY
