"""Reads the choices of a select, radio or checklist: fixed ones, or the key of the data that holds them."""

import re
from collections.abc import Iterator
from typing import Any

from app.kernel.i18n import _
from app.work.forms.component import Component
from app.work.forms.parts import KEY, Option, Wording

_BETWEEN = re.compile(r"\s*[;\n|]\s*")


def read_options(component: Component) -> tuple[Option, ...]:
    """Return the fixed choices, none when they come from the data."""
    values = component.raw.get("values")
    if values is None:
        return ()
    if not isinstance(values, list) or len(values) > 1_000:
        component.problem("values", _("this must be a list of at most 1,000 choices."))
        return ()
    english = dict(_english(component.at("properties").raw.get("options_en"), values))
    options = []
    for index, entry in enumerate(values):
        value = entry.get("value") if isinstance(entry, dict) else entry
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            component.problem(f"values[{index}]", _("a choice needs a value and a label."))
            continue
        label = str(entry.get("label") or value) if isinstance(entry, dict) else str(value)
        label_en = str(entry.get("label_en", "")) if isinstance(entry, dict) else ""
        options.append(Option(value, Wording(label, label_en or english.get(str(value), ""))))
    if len({str(option.value) for option in options}) != len(options):
        component.problem("values", _("two choices have the same value."))
    return tuple(options)


def _english(given: Any, values: list[Any]) -> Iterator[tuple[str, str]]:
    """Yield value and English label: from an object, from `value=Label; …`, or from labels in the same order."""
    keys = [str(entry.get("value") if isinstance(entry, dict) else entry) for entry in values]
    if isinstance(given, dict):
        yield from ((str(value), str(label)) for value, label in given.items())
        return
    labels = _BETWEEN.split(given.strip()) if isinstance(given, str) else given if isinstance(given, list) else []
    for key, label in zip(keys, labels, strict=False):
        value, equals, words = str(label).partition("=")
        yield (value.strip(), words.strip()) if equals and value.strip() in keys else (key, str(label))


def read_options_from(component: Component) -> str:
    """Return the key of the data that holds the choices, empty when they are fixed."""
    key = component.text("valuesKey")
    if component.raw.get("valuesExpression") is not None:
        component.problem("valuesExpression", _("choices come from `values` or `valuesKey`."))
    if key and not all(KEY.fullmatch(piece) for piece in key.split(".")):
        component.problem("valuesKey", _("“%(key)s” names no value of the process."), key=key[:60])
    if not key and component.raw.get("values") is None:
        component.problem("values", _("there is nothing to choose from."))
    return key
