"""Says in which language an expression is written, and how a foreign one would stand in FEEL."""

import re

FEEL_FORMATS = frozenset({"", "feel", "text/feel", "application/feel", "x-feel"})

_FOREIGN = re.compile(r"\s*=?\s*[$#]\{(.*?)\}\s*", re.DOTALL)
_IN_JAVA = (
    (re.compile(r"'([^'\"]*)'"), r'"\1"'),
    (re.compile(r"\s*(?:===?|\beq\b)\s*"), " = "),
    (re.compile(r"!==?|\bne\b"), "!="),
    (re.compile(r"\s*&&\s*"), " and "),
    (re.compile(r"\s*\|\|\s*"), " or "),
    (re.compile(r"\bge\b"), ">="),
    (re.compile(r"\ble\b"), "<="),
    (re.compile(r"\bgt\b"), ">"),
    (re.compile(r"\blt\b"), "<"),
    (re.compile(r"!\s*(?!=)(\w[\w.]*)"), r"not(\1)"),
)


def expression_text(text: str | None) -> str:
    """Return an expression without blanks around it and without the `=` that Camunda 8 writes before it."""
    plain = (text or "").strip()
    return plain[1:].lstrip() if plain.startswith("=") and not plain.startswith("==") else plain


def is_foreign_expression(text: str) -> bool:
    """Whether the text is written as other engines do: `${approved == true}` or `#{…}`."""
    return bool(_FOREIGN.match(text)) or text.strip().startswith(("{{", "<%"))


def as_feel(text: str) -> str:
    """Return how a foreign expression would probably stand in FEEL, to be shown beside the refusal."""
    whole = _FOREIGN.fullmatch(text)
    plain = (whole[1] if whole else text).strip()[:500]
    for pattern, replacement in _IN_JAVA:
        plain = pattern.sub(replacement, plain)
    return " ".join(plain.split())


def is_feel_language(name: str | None) -> bool:
    """Whether an expression language or script format is FEEL, or none at all (or what modellers write for none)."""
    plain = (name or "").strip().lower().rstrip("/")
    return plain in FEEL_FORMATS or "/feel" in plain


def literal(text: str) -> str:
    """Return the FEEL literal of a text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
