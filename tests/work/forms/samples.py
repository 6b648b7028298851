"""Forms for tests, as form-js writes them; pass only what the test is about."""

import json
from typing import Any

from app.work.forms.definitions import parse_form
from app.work.forms.parts import FormDefinition

Component = dict[str, Any]


def a_form(*components: Component) -> FormDefinition:
    """Return a form of these components."""
    return parse_form("plan/try", as_file(*components))


def as_file(*components: Component) -> bytes:
    """Return the file of a form with these components."""
    return json.dumps({"type": "default", "schemaVersion": 18, "components": list(components)}).encode()


def line(key: str = "goal", label: str = "Цель", **other: Any) -> Component:
    """Return a text field."""
    return {"type": "textfield", "key": key, "label": label, **other}


def number(key: str = "target", label: str = "Цель, %", **other: Any) -> Component:
    """Return a number field."""
    return {"type": "number", "key": key, "label": label, **other}


def day(key: str = "ends_on", label: str = "Срок окончания", **other: Any) -> Component:
    """Return a date field."""
    return {"type": "datetime", "subtype": "date", "key": key, "dateLabel": label, **other}


def choice(key: str = "decision", label: str = "Решение", **other: Any) -> Component:
    """Return a choice between confirming and returning."""
    values = [{"value": "confirm", "label": "Подтвердить"}, {"value": "return", "label": "Вернуть"}]
    return {"type": "radio", "key": key, "label": label, "values": values, **other}


def checklist(key: str = "risks", label: str = "Риски", **other: Any) -> Component:
    """Return a list of which several may be chosen."""
    values = [{"value": code, "label": f"Риск {code}"} for code in ("a", "b", "c", "d")]
    return {"type": "checklist", "key": key, "label": label, "values": values, **other}


def table(*components: Component, path: str = "rows", label: str = "Мероприятия", **other: Any) -> Component:
    """Return a table of these columns."""
    return {"type": "dynamiclist", "path": path, "label": label, "components": list(components), **other}


REQUIRED: dict[str, Any] = {"validate": {"required": True}}


def a_roadmap() -> FormDefinition:
    """Return a table of measures with dates and a read-only number."""
    return a_form(
        table(
            line("number", "№", readonly=True),
            line("measure", "Мероприятие", **REQUIRED),
            day("begins_on", "Начало", **REQUIRED),
            day("ends_on", "Срок окончания", **REQUIRED, properties={"after": "begins_on"}),
            number("target", "План"),
            choice("kind", "Вид"),
        )
    )
