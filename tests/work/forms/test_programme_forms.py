"""The forms of the programme: each can be shown and checked, in both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.work.forms.compile import validate
from app.work.forms.definitions import parse_form
from app.work.forms.parts import FormDefinition, Kind, Part
from app.work.forms.prefill import prefill
from app.work.forms.view import field_views

FOLDER = Path(__file__).resolve().parents[3] / "forms"
KEYS = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.json"))


def form(key: str) -> FormDefinition:
    """Return a form of the programme."""
    return parse_form(key, (FOLDER / f"{key}.json").read_bytes())


def every_part(parts: tuple[Part, ...]) -> Iterator[Part]:
    """Yield the parts at every depth."""
    for part in parts:
        yield part
        yield from every_part(part.parts)


def test_there_are_forms() -> None:
    assert len(KEYS) > 30


@pytest.mark.parametrize("key", KEYS)
def test_a_form_opens_and_is_checked_before_there_are_any_data(key: str) -> None:
    definition = form(key)

    for locale in ("ru", "en"):
        assert field_views(definition, prefill(definition, {}), {}, {}, locale)
    assert all(problem.label for problem in validate(definition, {}, {}).errors.values())


@pytest.mark.parametrize("key", KEYS)
def test_a_form_is_worded_in_both_languages(key: str) -> None:
    definition = form(key)
    worded = [part for part in every_part(definition.parts) if part.kind is not Kind.SEPARATOR]

    assert [p.key for p in worded if bool(p.label.ru) != bool(p.label.en) or bool(p.hint.ru) != bool(p.hint.en)] == []
    assert [part.text.ru for part in worded if bool(part.text.ru) != bool(part.text.en)] == []
    assert [(p.key, o.value) for p in worded for o in p.options if not o.label.en] == []
    assert definition.title.ru
    assert definition.title.en
