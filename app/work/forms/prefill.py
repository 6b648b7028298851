"""What a form opens with: the data of the instance, over them the draft, over that what was just sent."""

from collections.abc import Mapping
from typing import Any

from app.work.forms.parts import ORIGIN, FormDefinition, Kind, Part, asked
from app.work.forms.paste import surplus_key

Data = Mapping[str, Any]


def prefill(
    definition: FormDefinition, context: Data, draft: Data | None = None, posted: Data | None = None
) -> dict[str, Any]:
    """Return the answers to show.

    For each question: what was just sent, else the draft, else the value in the data under the same key
    (not for questions that open empty), else what the form begins with. Rows are taken as a whole.
    """
    typed = {**(draft or {}), **(posted or {})}
    return _prefilled(definition.parts, context, typed)


def _prefilled(parts: tuple[Part, ...], stored: Data, typed: Data) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for part in asked(parts):
        if part.kind is Kind.FILES:
            continue
        if part.kind is Kind.TABLE and (surplus := typed.get(surplus_key(part.key))):
            answers[surplus_key(part.key)] = surplus
        if part.nests:
            answers[part.key] = _prefilled(part.parts, _mapping(stored.get(part.key)), _mapping(typed.get(part.key)))
        elif part.key in typed:
            answers[part.key] = typed[part.key]
        else:
            answers[part.key] = _first(part, stored.get(part.key) if part.prefilled else None)
    return answers


def _mapping(value: Any) -> Data:
    return value if isinstance(value, Mapping) else {}


def _first(part: Part, stored: Any) -> Any:
    if part.kind is Kind.TABLE:
        rows = [row for row in stored if isinstance(row, Mapping)] if isinstance(stored, list) else []
        prefilled = [{**_prefilled(part.parts, row, {}), ORIGIN: str(index)} for index, row in enumerate(rows)]
        return prefilled or _blank_rows(part)
    if stored is not None:
        return stored
    return list(part.default) if isinstance(part.default, tuple) else part.default


def _blank_rows(table: Part) -> list[dict[str, Any]]:
    count = table.rows_at_first if table.fixed else max(table.rows_at_first, 1)
    return [_prefilled(table.parts, {}, {}) for _row in range(count)]
