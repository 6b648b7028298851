"""Regular expressions as XPath writes them, which FEEL refers to, checked and put into the words of `regex`."""

from functools import lru_cache
from typing import Any, NoReturn

import regex

from app.engine.expressions import limits

FLAGS = "smix"
_WHITE = " \t\n\r"
_START = (
    ":A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = _START + "\\-.0-9\u00b7\u0300-\u036f\u203f-\u2040"
_CLASSES = {
    "d": "\\p{Nd}",
    "D": "\\P{Nd}",
    "s": " \\t\\n\\r",
    "w": "\\p{L}\\p{M}\\p{N}\\p{S}",
    "W": "\\p{P}\\p{Z}\\p{C}",
    "i": _START,
    "c": _NAME,
}
_OPPOSITES = {"S": "s", "I": "i", "C": "c"}
_CONTROLS = {"n": "\\n", "r": "\\r", "t": "\\t"}
_LITERAL = frozenset("\\|.?*+(){}-[]^$")


class PatternError(Exception):
    """The text is no regular expression of XPath."""


@lru_cache(maxsize=512)
def compiled(pattern: str, flags: str) -> Any:
    """Return the pattern ready to be searched for, or None when it or its flags are none of XPath."""
    if any(flag not in FLAGS for flag in flags):
        return None
    try:
        text = _Translation(pattern, flags).text()
        return regex.compile(text, regex.VERSION0 | (regex.IGNORECASE if "i" in flags else 0))
    except (PatternError, regex.error, RecursionError, OverflowError):
        return None


class _Translation:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, flags: str) -> None:
        self.pattern = _without_space(pattern) if "x" in flags else pattern
        self.flags = flags
        self.at = 0
        self.open: list[int] = []
        self.groups = 0
        self.closed: set[int] = set()

    def fail(self) -> NoReturn:
        raise PatternError(f"at {self.at}")

    def peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self) -> str:
        character = self.peek()
        if not character:
            self.fail()
        self.at += 1
        return character

    def text(self) -> str:
        """Return the whole pattern in the words of `regex`."""
        pieces: list[str] = []
        repeatable = False
        while self.at < len(self.pattern):
            character = self.take()
            if character in "?*+{":
                if not repeatable:
                    self.fail()
                pieces.append(self._quantifier(character))
                repeatable = False
                continue
            pieces.append(self._piece(character))
            repeatable = character not in "(|^$"
        if self.open:
            self.fail()
        return "".join(pieces)

    def _piece(self, character: str) -> str:
        match character:
            case "(":
                return self._open()
            case ")":
                return self._close()
            case "|":
                return "|"
            case "^":
                return "(?m:^)" if "m" in self.flags else "\\A"
            case "$":
                return "(?m:$)" if "m" in self.flags else "\\Z"
            case ".":
                return "(?s:.)" if "s" in self.flags else "[^\\n\\r]"
            case "[":
                return self._class()
            case "\\":
                return self._escape()
        return regex.escape(character)

    def _open(self) -> str:
        if self.pattern.startswith("?:", self.at):
            self.at += 2
            self.open.append(0)
            return "(?:"
        if self.peek() == "?":
            self.fail()
        self.groups += 1
        self.open.append(self.groups)
        return "("

    def _close(self) -> str:
        if not self.open:
            self.fail()
        self.closed.add(self.open.pop())
        return ")"

    def _quantifier(self, character: str) -> str:
        if character == "{":
            end = self.pattern.find("}", self.at)
            found = (
                regex.fullmatch(r"([0-9]{1,4})(?:(,)([0-9]{0,4}))?", self.pattern[self.at : end]) if end > 0 else None
            )
            if found is None or any(int(number or 0) > limits.MAX_REPEATS for number in found.group(1, 3)):
                self.fail()
            character, self.at = f"{{{found.group()}}}", end + 1
        if self.peek() == "?":
            self.at += 1
            character += "?"
        return character

    def _escape(self) -> str:
        character = self.take()
        if character in "123456789":
            return self._reference(character)
        if character in _OPPOSITES:
            return f"[^{_CLASSES[_OPPOSITES[character]]}]"
        return f"[{_CLASSES[character]}]" if character in _CLASSES else self._single(character)

    def _single(self, character: str) -> str:
        """Return what an escape means that stands for a character, or for those of a property."""
        if character in "pP":
            return self._property(character)
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character not in _LITERAL:
            self.fail()
        return "\\" + character

    def _reference(self, digits: str) -> str:
        while self.peek().isdigit() and int(digits + self.peek()) <= self.groups:
            digits += self.take()
        if int(digits) not in self.closed:
            self.fail()
        return f"(?:\\{digits})"

    def _property(self, character: str) -> str:
        end = self.pattern.find("}", self.at)
        name = self.pattern[self.at + 1 : end]
        if self.peek() != "{" or not regex.fullmatch(r"[A-Za-z0-9\-]+", name):
            self.fail()
        self.at = end + 1
        return f"\\{character}{{{'Block=' + name[2:] if name.startswith('Is') else name}}}"

    def _class(self) -> str:
        negated = self.peek() == "^"
        if negated:
            self.at += 1
        pieces: list[str] = []
        without = ""
        while self.peek() != "]" or not pieces:
            if self.pattern.startswith("-[", self.at) and pieces:
                self.at += 2
                without = self._class()
                break
            pieces.append(self._in_class())
        if self.take() != "]":
            self.fail()
        text = f"[{'^' if negated else ''}{''.join(pieces)}]"
        return f"(?:(?!{without}){text})" if without else text

    def _in_class(self) -> str:
        character = self.take()
        if character == "\\":
            escaped = self.take()
            if escaped in _OPPOSITES:
                return "\\S" if escaped == "S" else self.fail()
            return _CLASSES[escaped] if escaped in _CLASSES else self._single(escaped)
        if character == "-":
            follows_range = self.peek() not in ("]", "") and self.pattern[self.at - 2] != "[" and self.peek() != "-"
            return "-" if follows_range else "\\-"
        if character == "[":
            self.fail()
        return "\\" + character if character in "[]^&~|\\" else character


def _without_space(pattern: str) -> str:
    """Return the pattern without white space outside of square brackets."""
    kept: list[str] = []
    depth = 0
    escaped = False
    for character in pattern:
        if depth or character not in _WHITE:
            kept.append(character)
            depth += 0 if escaped else (character == "[") - (character == "]" and depth > 0)
            escaped = character == "\\" and not escaped
    return "".join(kept)
