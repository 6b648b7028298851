"""Text into tokens."""

import re
from dataclasses import dataclass

from app.engine.expressions import limits
from app.engine.expressions.errors import ExpressionError
from app.kernel.i18n import _

_LETTER = "[^\\W\\d]|[\\u200c\\u200d\\u203f\\u2040\\U00010000-\\U000effff]"
_SPACE = "[\\s\\u180e\\u200b\\ufeff]+"
_TOKEN = re.compile(
    rf"(?P<space>{_SPACE}|//[^\n]*|/\*.*?\*/)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r'|(?P<string>"(?:[^"\\]|\\.)*")'
    rf"|(?P<name>(?:{_LETTER})(?:{_LETTER}|\w|·)*)"
    r"|(?P<symbol>\*\*|\.\.\.(?![0-9])|\.\.|<=|>=|!=|->|.)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(U[0-9a-fA-F]{6}|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text.

    `kind` is name, number, string, symbol or end; `value` a string without its quotes.
    """

    kind: str
    text: str
    start: int
    value: str = ""

    @property
    def end(self) -> int:
        """Return the offset behind the token."""
        return self.start + len(self.text)


def tokens_of(text: str) -> list[Token]:
    """Return the tokens, closed by one of kind `end`.

    Raises:
        ExpressionError: the text is too long, or a quotation mark is missing.
    """
    if len(text) > limits.MAX_SOURCE:
        raise ExpressionError(_("The expression is longer than %(limit)s characters."), limit=limits.MAX_SOURCE)
    tokens = []
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or "symbol"
        if kind == "space":
            continue
        piece = found.group()
        if piece == "/" and text.startswith("/*", found.start()):
            raise ExpressionError(_("A comment does not end."), position=found.start())
        if piece == '"':
            raise ExpressionError(_("A closing quotation mark is missing."), position=found.start())
        value = _unescaped(piece[1:-1]) if kind == "string" else ""
        tokens.append(Token(kind, piece, found.start(), value))
    tokens.append(Token("end", "", len(text)))
    return tokens


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_escape, text)
    # Two escapes may make one character beyond the basic plane; half of one alone is no character.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escape(found: re.Match[str]) -> str:
    code = found.group(1)
    if len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    return _ESCAPED.get(code, "\\" + code)
