"""Functions over texts."""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import regex

from app.engine.expressions import limits
from app.engine.expressions.errors import ExpressionBudgetExceeded
from app.engine.expressions.functions.registry import Functions
from app.engine.expressions.patterns import compiled
from app.engine.expressions.run import Run, raise_text_too_long
from app.engine.expressions.values import Value
from app.kernel.i18n import _

FUNCTIONS = Functions()


@FUNCTIONS("substring", "string:string", "start position:number", "length:number?")
def substring(_run: Run, string: str, start: Decimal, length: Decimal | None = None) -> Value:
    """Return a part; positions count from 1, negative ones from the end."""
    place = int(start)
    if place == 0 or (length is not None and length < 1) or abs(place) > len(string):
        return None if place == 0 or (length is not None and length < 1) else ""
    begin = place - 1 if place > 0 else len(string) + place
    return string[begin:] if length is None else string[begin : begin + int(length)]


@FUNCTIONS("string length", "string:string")
def string_length(_run: Run, string: str) -> Value:
    """Return the number of characters."""
    return Decimal(len(string))


@FUNCTIONS("upper case", "string:string")
def upper_case(_run: Run, string: str) -> Value:
    """Return the text in capitals."""
    return string.upper()


@FUNCTIONS("lower case", "string:string")
def lower_case(_run: Run, string: str) -> Value:
    """Return the text in small letters."""
    return string.lower()


@FUNCTIONS("trim", "string:string")
def trim(_run: Run, string: str) -> Value:
    """Return the text without white space around it."""
    return string.strip()


@FUNCTIONS("is blank", "string:string")
def is_blank(_run: Run, string: str) -> Value:
    """Return whether there is nothing but white space."""
    return not string.strip()


@FUNCTIONS("to base64", "value:string")
def to_base64(_run: Run, value: str) -> Value:
    """Return the text's UTF-8 in base 64."""
    return base64.b64encode(value.encode()).decode()


@FUNCTIONS("substring before", "string:string", "match:string")
def substring_before(_run: Run, string: str, match: str) -> Value:
    """Return what stands before the first `match`, or nothing."""
    before, found, _after = string.partition(match) if match else ("", "", "")
    return before if found else ""


@FUNCTIONS("substring after", "string:string", "match:string")
def substring_after(_run: Run, string: str, match: str) -> Value:
    """Return what stands behind the first `match`, or nothing."""
    return string.partition(match)[2] if match else string


@FUNCTIONS("contains", "string:string", "match:string")
def contains(_run: Run, string: str, match: str) -> Value:
    """Return whether `match` is in the text."""
    return match in string


@FUNCTIONS("starts with", "string:string", "match:string")
def starts_with(_run: Run, string: str, match: str) -> Value:
    """Return whether the text begins with `match`."""
    return string.startswith(match)


@FUNCTIONS("ends with", "string:string", "match:string")
def ends_with(_run: Run, string: str, match: str) -> Value:
    """Return whether the text ends with `match`."""
    return string.endswith(match)


@FUNCTIONS("string join", "list:list")
@FUNCTIONS("string join", "list:list", "delimiter:string?")
@FUNCTIONS("string join", "list:list", "delimiter:string?", "prefix:string?", "suffix:string?")
def string_join(
    run: Run,
    entries: list[Value],
    delimiter: str | None = None,
    *around: str | None,
) -> Value:
    """Return the texts of a list as one; nulls are left out, anything else that is no text gives null."""
    run.charge(len(entries) // limits.NODES_PER_STEP)
    texts = [entry for entry in entries if entry is not None]
    if not all(isinstance(text, str) for text in texts):
        run.note("string join() takes a list of texts; use string() for other values.")
        return None
    between = delimiter or ""
    if sum(map(len, texts)) + len(between) * len(texts) > limits.MAX_TEXT:
        raise_text_too_long()
    prefix, suffix = (*around, None, None)[:2]
    return (prefix or "") + between.join(texts) + (suffix or "")


def _pattern(run: Run, pattern: str, flags: str | None) -> Any:
    """Return the compiled pattern, or null when it is none."""
    if len(pattern) > limits.MAX_PATTERN:
        raise ExpressionBudgetExceeded(_("A pattern is longer than %(limit)s characters."), limit=limits.MAX_PATTERN)
    run.charge(20)
    found = compiled(pattern, flags or "")
    if found is None:
        run.note(f"“{pattern}” is no pattern." if not flags else f"“{pattern}” with “{flags}” is no pattern.")
    return found


@contextmanager
def _searching(run: Run) -> Iterator[float]:
    """Search for a pattern in the seconds that are given.

    Raises:
        ExpressionBudgetExceeded: it took longer, or the patterns of this evaluation did together.
    """
    begin = time.monotonic()
    try:
        if run.pattern_seconds <= 0:
            raise TimeoutError
        yield min(limits.REGEX_SECONDS, run.pattern_seconds)
    except TimeoutError:
        raise ExpressionBudgetExceeded(_("A pattern takes too long to be found.")) from None
    finally:
        run.pattern_seconds -= time.monotonic() - begin


@FUNCTIONS("matches", "input:string", "pattern:string", "flags:string?")
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> Value:
    """Return whether the pattern occurs in the text."""
    wanted = _pattern(run, pattern, flags)
    if wanted is None:
        return None
    with _searching(run) as seconds:
        return wanted.search(text, timeout=seconds) is not None


@FUNCTIONS("replace", "input:string", "pattern:string", "replacement:string", "flags:string?")
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> Value:
    """Return the text with every occurrence of the pattern replaced; `$1` stands for the first group."""
    wanted = _pattern(run, pattern, flags)
    if wanted is None:
        return None
    pieces: list[str] = []
    done = length = 0
    with _searching(run) as seconds:
        for found in wanted.finditer(text, timeout=seconds):
            piece = text[done : found.start()] + _expanded(replacement, found)
            done, length = found.end(), length + len(piece)
            if length > limits.MAX_TEXT:
                raise_text_too_long()
            pieces.append(piece)
    return "".join(pieces) + text[done:]


_REFERENCE = regex.compile(r"\\([\\$])|\$([0-9]{1,3})")


def _expanded(replacement: str, found: Any) -> str:
    def group(reference: Any) -> str:
        if reference.group(1):
            return str(reference.group(1))
        digits, rest = reference.group(2), ""
        while len(digits) > 1 and int(digits) > found.re.groups:
            digits, rest = digits[:-1], digits[-1] + rest
        return ((found.group(int(digits)) or "") if int(digits) <= found.re.groups else "") + rest

    return str(_REFERENCE.sub(group, replacement))


@FUNCTIONS("split", "string:string", "delimiter:string")
def split(run: Run, text: str, delimiter: str) -> Value:
    """Return the parts between the occurrences of a pattern."""
    wanted = _pattern(run, delimiter, None)
    if wanted is None:
        return None
    parts: list[Value] = []
    done = 0
    with _searching(run) as seconds:
        for found in wanted.finditer(text, timeout=seconds):
            if found.end() > found.start():
                parts.append(text[done : found.start()])
                done = found.end()
    return [*parts, text[done:]]


@FUNCTIONS("extract", "input:string", "pattern:string")
def extract(run: Run, text: str, pattern: str) -> Value:
    """Return every occurrence of the pattern."""
    wanted = _pattern(run, pattern, None)
    if wanted is None:
        return None
    with _searching(run) as seconds:
        return [found.group() for found in wanted.finditer(text, timeout=seconds)]
