"""Decides what of a form is shown and what is read-only, by the data and the answers given so far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from app.work.forms import conditions
from app.work.forms.answers import (
    Answer,
    ChoiceAnswer,
    ChoicesAnswer,
    DateAnswer,
    NumberAnswer,
    TextAnswer,
    TickAnswer,
)
from app.work.forms.parts import Kind, Option, Part, Wording, asked

_PLAIN: Mapping[Kind, type[Answer]] = {
    Kind.TEXTFIELD: TextAnswer,
    Kind.TEXTAREA: TextAnswer,
    Kind.NUMBER: NumberAnswer,
    Kind.DATE: DateAnswer,
    Kind.CHECKBOX: TickAnswer,
}


class Around(Mapping[str, Any]):
    """The data with answers laid over them, typed when a condition first looks: most answers are never looked at."""

    def __init__(self, parts: tuple[Part, ...], answers: Mapping[str, Any], outer: Mapping[str, Any]) -> None:
        self.known: dict[str, Any] = {}
        self.outer = outer
        self._parts = {part.key: part for part in asked(parts)}
        self._answers = answers

    def __getitem__(self, key: str) -> Any:
        if key not in self.known:
            part = self._parts.get(key)
            if part is None:
                return self.outer[key]
            self.known[key] = typed(part, self._answers.get(key), self.outer)
        return self.known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._parts, *self.outer]))

    def __len__(self) -> int:
        return len(self._parts.keys() | self.outer.keys())

    def __contains__(self, key: object) -> bool:
        return key in self._parts or key in self.outer


@dataclass(frozen=True)
class Situation:
    """How the questions that lie side by side stand.

    Attributes:
        hidden: keys that are neither shown nor answered.
        locked: keys that are shown and not answered; their value is the stored one.
        context: the data with these answers laid over them, for conditions further inside.
        stored: the part of the data that these questions are about: all of them, or one row.
    """

    hidden: frozenset[str]
    locked: frozenset[str]
    context: Mapping[str, Any]
    stored: Mapping[str, Any]

    def is_required(self, part: Part) -> bool:
        """Say whether an answer must be given now."""
        limits = part.limits
        least_one = part.kind in (Kind.CHECKLIST, Kind.TABLE) and bool(limits.at_least)
        demanded = bool(limits.required_when) and conditions.holds(limits.required_when, self.context)
        return limits.required or least_one or demanded

    def shows(self, part: Part) -> bool:
        """Say whether the part is on the page; parts that ask nothing have conditions too."""
        if part.key:
            return part.key not in self.hidden
        return not conditions.any_holds(part.hidden_when, self.context)


def settle(
    parts: tuple[Part, ...], answers: Mapping[str, Any], context: Mapping[str, Any], stored: Mapping[str, Any]
) -> Situation:
    """Decide in the order of the form: the answer to a hidden question counts as none for those that follow."""
    around = Around(parts, answers, context)
    hidden, locked = set(), set()
    for part in asked(parts):
        if part.readonly or conditions.any_holds(part.readonly_when, around):
            locked.add(part.key)
            around.known[part.key] = stored.get(part.key)
        if conditions.any_holds(part.hidden_when, around):
            hidden.add(part.key)
            around.known[part.key] = None
    return Situation(frozenset(hidden), frozenset(locked - hidden), around, stored)


def steering(parts: tuple[Part, ...]) -> frozenset[str]:
    """Return the names that some condition of these parts, or of the parts inside, looks at."""
    found: set[str] = set()
    for part in parts:
        for text in (*part.hidden_when, *part.readonly_when, part.limits.required_when):
            found |= conditions.names_in(text) if text else frozenset()
        found |= steering(part.parts)
    return frozenset(found)


def typed(part: Part, raw: Any, context: Mapping[str, Any]) -> Any:
    """Return the answer as the data would have it, null where it cannot be read: for conditions on unfinished forms."""
    if part.kind is Kind.TABLE:
        rows = raw if isinstance(raw, list) else []
        return [_typed_all(part.parts, row, context) for row in rows if isinstance(row, Mapping)]
    if part.nests:
        return _typed_all(part.parts, raw if isinstance(raw, Mapping) else {}, context)
    if part.kind is Kind.FILES:
        return raw
    try:
        return answer_to(part, context).deserialize(raw)
    except ValidationError:
        return None


def _typed_all(parts: tuple[Part, ...], answers: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    return {part.key: typed(part, answers.get(part.key), context) for part in asked(parts)}


def answer_to(part: Part, context: Mapping[str, Any], *, required: bool = False) -> Answer:
    """Return the marshmallow field for a part that has no parts inside and takes no files."""
    if part.kind is Kind.CHECKLIST:
        return ChoicesAnswer(part, offered(part, context), required=required)
    if part.kind in (Kind.SELECT, Kind.RADIO):
        return ChoiceAnswer(part, offered(part, context), required=required)
    return _PLAIN[part.kind](part, required=required)


def offered(part: Part, context: Mapping[str, Any]) -> tuple[Option, ...]:
    """Return the choices, from the data where the form says so: `[{value, label, label_en?}]` or plain texts."""
    if not part.options_from:
        return part.options
    found: Any = context
    for piece in part.options_from.split("."):
        found = found.get(piece) if isinstance(found, Mapping) else None
    return tuple(option for entry in (found if isinstance(found, list) else []) if (option := _option(entry)))


def _option(entry: Any) -> Option | None:
    value = entry.get("value") if isinstance(entry, Mapping) else entry
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if not isinstance(entry, Mapping):
        return Option(value, Wording(str(value)))
    return Option(value, Wording(str(entry.get("label") or value), str(entry.get("label_en") or "")))
