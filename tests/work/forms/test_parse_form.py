"""Reading form-js files: what can be shown and checked is taken, everything else is refused with its place."""

import json
from typing import Any

import pytest

from app.work.forms.definitions import NotAForm, parse_form
from app.work.forms.parts import Kind, Wording
from tests.work.forms.samples import a_form, as_file, checklist, choice, day, line, number, table


def test_a_form_keeps_the_order_the_kinds_and_both_languages() -> None:
    form = a_form(
        {"type": "text", "text": "# О школе"},
        line(description="Кратко", properties={"label_en": "Goal", "description_en": "In short"}),
        table(day(), path="rows", allowAddRemove=False),
        choice(properties={"options_en": "confirm=Confirm; return=Return"}),
    )

    assert [part.kind for part in form.parts] == [Kind.TEXT, Kind.TEXTFIELD, Kind.TABLE, Kind.RADIO]
    assert (form.parts[1].label, form.parts[1].hint) == (Wording("Цель", "Goal"), Wording("Кратко", "In short"))
    assert form.parts[2].fixed
    assert [option.label.of("en") for option in form.parts[3].options] == ["Confirm", "Return"]


@pytest.mark.parametrize("escaped", [r"\ud800", r"a\udfff"])
def test_half_a_character_is_refused_with_its_place(escaped: str) -> None:
    content = f'{{"components": [{{"type": "textfield", "key": "goal", "label": "{escaped}"}}]}}'

    with pytest.raises(NotAForm) as refused:
        parse_form("plan/goal", content.encode())

    assert [problem.path for problem in refused.value.problems] == ["components[0].label"]


@pytest.mark.parametrize(
    "english", [{"confirm": "Yes", "return": "No"}, ["Yes", "No"], "Yes|No", "return=No; confirm=Yes"]
)
def test_english_choices_may_be_written_in_several_ways(english: Any) -> None:
    form = a_form(choice(properties={"options_en": english}))

    assert {option.value: option.label.en for option in form.parts[0].options} == {"confirm": "Yes", "return": "No"}


def test_a_group_passes_its_condition_on_to_what_it_holds() -> None:
    inner = {"type": "group", "label": "", "components": [line("why")], "conditional": {"hide": "=b"}}
    form = a_form(choice(), {"type": "group", "components": [inner], "conditional": {"hide": "=a"}, "readonly": True})

    why = form.parts[1].parts[0].parts[0]
    assert (why.hidden_when, why.readonly) == (("=a", "=b"), True)


def test_every_problem_is_told_with_its_place() -> None:
    with pytest.raises(NotAForm) as refused:
        parse_form("plan/try", as_file(line("Ключ"), line("goal"), line("goal"), {"type": "password", "key": "p"}))

    assert [problem.path for problem in refused.value.problems] == ["components[0].key", "components[3].type", "goal"]
    assert "plan/try" in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b"{",
        b'{"components": []}',
        b'{"components": {}}',
        b'{"a": NaN}',
        b"[" * 200000,
        b'{"components": [1]}',
        b'{"type": "default", "type": "x", "components": []}',
        b" " * (512 * 1024 + 1),
    ],
    ids=lambda content: f"B10-{content[:12]!r}",
)
def test_a_file_that_is_no_form_is_refused(content: bytes) -> None:
    with pytest.raises(NotAForm):
        parse_form("plan/try", content)


@pytest.mark.parametrize(
    "component",
    [
        pytest.param(line("csrf_token"), id="B10-csrf_token"),
        pytest.param(line("_goal"), id="B10-begins-with-underscore"),
        pytest.param(line("__class__"), id="B10-dunder"),
        pytest.param(line("a__b"), id="B10-dunder-inside"),
        pytest.param(line("rows-0-x"), id="B10-hyphen"),
        pytest.param(line("a" * 61), id="B10-long-key"),
        pytest.param(line(""), id="B10-no-key"),
        pytest.param({"type": "password", "key": "p"}, id="B10-password"),
        pytest.param({"type": "html", "content": "<script>"}, id="B10-html"),
        pytest.param({"type": "iframe", "url": "http://example.org"}, id="B10-iframe"),
        pytest.param({"type": ["text"]}, id="B10-type-is-a-list"),
        pytest.param({"$ref": "http://example.org/form.json", "type": "group"}, id="B10-remote-ref"),
        pytest.param(line(validate={"pattern": "("}), id="B10-broken-pattern"),
        pytest.param(line(validate={"pattern": "a" * 501}), id="B10-long-pattern"),
        pytest.param(line(validate={"minLength": "=1"}), id="B10-limit-is-an-expression"),
        pytest.param(line(validate=[1]), id="B10-validate-is-a-list"),
        pytest.param(line(defaultValue="=secret"), id="B10-default-is-an-expression"),
        pytest.param(line(conditional={"hide": "=1 +"}), id="B10-broken-condition"),
        pytest.param(line(conditional={"hide": "=__import__('os')"}), id="B10-python-in-a-condition"),
        pytest.param({"type": "text", "text": "{{ 1 + }}"}, id="B10-broken-text"),
        pytest.param(day(properties={"after": "nowhere"}), id="B10-after-no-date"),
        pytest.param(day(subtype="datetime"), id="B10-time"),
        pytest.param(choice(values=[{"value": "a"}, {"value": "a"}]), id="B10-choice-twice"),
        pytest.param({"type": "select", "key": "s"}, id="B10-nothing-to-choose"),
        pytest.param({"type": "select", "key": "s", "valuesExpression": "=x"}, id="B10-values-expression"),
        pytest.param({"type": "select", "key": "s", "valuesKey": "a b"}, id="B10-values-key"),
        pytest.param(checklist(properties={"min_selected": "3", "max_selected": "2"}), id="B10-least-over-most"),
        pytest.param(table({"type": "filepicker", "key": "f"}), id="B10-files-in-a-table"),
        pytest.param(table(), id="B10-empty-table"),
        pytest.param(number(validate={"max": "1e400"}), id="B10-endless-maximum"),
    ],
)
def test_a_component_that_we_cannot_show_or_check_is_refused(component: dict[str, Any]) -> None:
    with pytest.raises(NotAForm) as refused:
        parse_form("plan/try", as_file(component))

    assert refused.value.problems


def test_ten_thousand_fields_are_refused() -> None:
    with pytest.raises(NotAForm, match="at most 200 fields"):
        parse_form("plan/try", as_file(*(line(f"f{index}", "") for index in range(9_000))))


def test_deep_nesting_is_refused() -> None:
    inner: dict[str, Any] = line()
    for depth in range(4):
        inner = table(inner, path=f"t{depth}")

    with pytest.raises(NotAForm, match="nested more than 3"):
        parse_form("plan/try", as_file(inner))


def test_a_key_twice_in_one_object_is_refused() -> None:
    broken = json.dumps({"components": [line()]})[:-1] + ', "components": []}'

    with pytest.raises(NotAForm, match="twice"):
        parse_form("plan/try", broken.encode())
