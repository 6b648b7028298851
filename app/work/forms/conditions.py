"""The only door from forms to FEEL: conditions and texts of a designer; what people type never comes here."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from app.engine.expressions import Expression, compile_expression

_PLACES = re.compile(r"\{\{(.{1,500}?)\}\}", re.DOTALL)


@lru_cache(maxsize=2_000)
def _compiled(text: str) -> Expression:
    return compile_expression(text)


def source(text: str) -> str:
    """Return the expression without the `=` that form-js writes before it."""
    return text.strip().removeprefix("=").strip()


def check(text: str) -> None:
    """Pass silently if `text` is an expression.

    Raises:
        ExpressionError: it is none.
    """
    _compiled(source(text))


def check_text(text: str) -> None:
    """Pass silently if every expression inside a text of the designer is one.

    Raises:
        ExpressionError: one is none.
    """
    for expression in _expressions_of(text):
        check(expression)


def _expressions_of(text: str) -> Iterable[str]:
    return [text] if text.startswith("=") else _PLACES.findall(text)


def names_in(text: str) -> frozenset[str]:
    """Return the names that the condition looks at, those inside filters too."""
    expression = _compiled(source(text))
    return expression.names | expression.possible_names


def holds(text: str, context: Mapping[str, Any]) -> bool:
    """Say whether the condition is true; null and everything else is not."""
    return _compiled(source(text)).evaluate(context) is True


def any_holds(texts: Collection[str], context: Mapping[str, Any]) -> bool:
    """Say whether one of the conditions is true."""
    return bool(texts) and any(holds(text, context) for text in texts)


def fill_in(text: str, context: Mapping[str, Any]) -> str:
    """Return a designer's text with `{{expression}}` (or the whole of `=expression`) put in from the data."""
    if text.startswith("="):
        return _written(_compiled(source(text)).evaluate(context))
    if "{{" not in text:
        return text
    return _PLACES.sub(lambda found: _written(_compiled(source(found[1])).evaluate(context)), text)


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    return str(value)
