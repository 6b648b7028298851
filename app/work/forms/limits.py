"""Reads what an answer must keep to: `validate` and the properties of a form-js component."""

import regex

from app.kernel.i18n import _
from app.work.forms.component import Component
from app.work.forms.parts import MAX_FILES, MAX_ROWS, TEXTAREA_LENGTH, TEXTFIELD_LENGTH, Kind, Limits, Wording

MAX_PATTERN = 500
_LENGTHS = {Kind.TEXTFIELD: TEXTFIELD_LENGTH, Kind.TEXTAREA: TEXTAREA_LENGTH}
_HARD_LENGTH = 100_000


def read_limits(component: Component, kind: Kind) -> Limits:
    """Return the limits of the component's answer."""
    rules, properties = component.at("validate"), component.at("properties")
    least, most = _counts(properties, kind)
    return Limits(
        required=rules.raw.get("required") is True,
        required_when=properties.condition("required_when"),
        min_length=rules.count("minLength", most=_HARD_LENGTH),
        max_length=rules.count("maxLength", most=_HARD_LENGTH) or _LENGTHS.get(kind),
        minimum=rules.number("min") if kind is Kind.NUMBER else None,
        maximum=rules.number("max") if kind is Kind.NUMBER else None,
        decimals=component.count("decimalDigits", most=6),
        pattern=_pattern(rules),
        pattern_hint=Wording(properties.text("pattern_message"), properties.text("pattern_message_en")),
        format=rules.text("validationType") if rules.raw.get("validationType") in ("email", "phone") else "",
        after=properties.text("after"),
        at_least=least,
        at_most=most,
    )


def _counts(properties: Component, kind: Kind) -> tuple[int | None, int | None]:
    if kind is Kind.CHECKLIST:
        least, most = properties.count("min_selected", most=1_000), properties.count("max_selected", most=1_000)
    elif kind is Kind.TABLE:
        least = properties.count("min_rows", most=MAX_ROWS)
        most = properties.count("max_rows", most=MAX_ROWS) or MAX_ROWS
    elif kind is Kind.FILES:
        least, most = None, properties.count("max_files", most=MAX_FILES) or MAX_FILES
    else:
        return None, None
    if least is not None and most is not None and least > most:
        properties.problem("", _("the least number is greater than the greatest."))
    return least, most


def _pattern(rules: Component) -> str:
    pattern = rules.text("pattern")
    if not pattern:
        return ""
    try:
        if len(pattern) > MAX_PATTERN:
            raise ValueError
        regex.compile(pattern)
    except (regex.error, ValueError, RecursionError, OverflowError):
        rules.problem("pattern", _("this pattern cannot be used (at most %(most)s characters)."), most=MAX_PATTERN)
        return ""
    return pattern
