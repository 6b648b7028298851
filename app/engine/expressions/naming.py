"""Names: which words of the text are one name."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from app.engine.expressions.errors import ExpressionError
from app.engine.expressions.lexer import Token, tokens_of

KEYWORDS = frozenset(
    ("for", "return", "in", "if", "then", "else", "some", "every", "satisfies", "instance", "function", "and")
) | {"or", "between", "true", "false", "null"}
RESERVED = frozenset(
    ("self", "lambda", "import", "def", "exec", "eval", "async", "await", "yield", "del", "global", "nonlocal")
) | {"constructor", "prototype"}
"""Words of programming languages: nobody names a variable so by mistake."""

Words = tuple[str, ...]
_IN_NAMES = frozenset(".-/+*'’")
_WORD = re.compile(r"\w+")


def words_of(name: str) -> Words:
    """Return the tokens of a name; empty when it cannot be one."""
    try:
        tokens = tokens_of(name)[:-1]
    except ExpressionError:
        return ()
    return tuple(token.text for token in tokens) if all(token.kind != "string" for token in tokens) else ()


class NameTable:
    """Names that consist of several words or hold signs, found by their first word."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[tuple[Words, str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Let `name` be found from now on."""
        words = words_of(name)
        if words:
            self._by_first.setdefault(words[0], []).append((words, name))

    def __contains__(self, name: str) -> bool:
        words = words_of(name)
        return bool(words) and any(known == words for known, _name in self._by_first.get(words[0], ()))

    def match(self, tokens: list[Token], index: int) -> tuple[int, str]:
        """Return (number of tokens, name) of the longest name at `index`; (0, "") when there is none."""
        best = (0, "")
        for words, name in self._by_first.get(tokens[index].text, ()):
            if len(words) > best[0] and _stands(words, tokens, index):
                best = (len(words), name)
        return best


def _stands(words: Words, tokens: list[Token], index: int) -> bool:
    if index + len(words) >= len(tokens):
        return False
    return all(tokens[index + place].text == word for place, word in enumerate(words))


def may_hold_more(tokens: list[Token]) -> bool:
    """Return whether words could be one name with the signs or numbers between them: `кол-во`, `и/о`."""
    return any(
        before.kind == "name" and token.text in _IN_NAMES and after.kind in ("name", "number")
        for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
    ) or any(token.text in ("and", "or", "in", "for", "if", "not") for token in tokens)


@lru_cache(maxsize=4096)
def is_plain(name: str) -> bool:
    """Return whether a name consists of words alone, which are read as one name anyway."""
    words = words_of(name)
    return bool(words) and not any(word in KEYWORDS or not _WORD.fullmatch(word) for word in words)


def plain_length(tokens: list[Token], index: int) -> int:
    """Return how many tokens from `index` on are plain words that together can only be one name."""
    return sum(1 for _token in _plain(tokens, index))


def _plain(tokens: list[Token], index: int) -> Iterator[Token]:
    for place in range(index, len(tokens)):
        token = tokens[place]
        numbered = place > index and token.kind == "number" and token.text.isdigit()
        if token.kind != "name" and not numbered:
            return
        if token.text in KEYWORDS or (place > index and token.text == "not"):
            return
        yield token
