"""Whatever is sent, the form answers with sentences and the page can be shown again."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.work.forms.compile import validate
from app.work.forms.prefill import prefill
from app.work.forms.problems import sentences
from app.work.forms.reading import answers_from, unexpected
from app.work.forms.rows import apply_row_command, command_from
from app.work.forms.rules import draft_of
from app.work.forms.view import field_views
from tests.work.forms.samples import REQUIRED, a_form, checklist, choice, day, line, number, table

FORM = a_form(
    line(**REQUIRED),
    number(),
    choice(),
    checklist(),
    {"type": "checkbox", "key": "yes"},
    {"type": "group", "path": "order", "label": "Приказ", "components": [day("signed_on"), line("number")]},
    table(
        line("code", readonly=True),
        line("measure", **REQUIRED, conditional={"hide": "=target > 5"}),
        day("begins_on"),
        day(properties={"after": "begins_on"}),
        number(),
        table(line(), path="steps"),
    ),
)
CONTEXT = {"rows": [{"id": 1, "code": "a"}, {"id": 2, "code": "b"}]}
KEYS = ["goal", "target", "decision", "risks", "yes", "order", "rows", "steps", "measure", "ends_on", "_from", "code"]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["0", "1", "confirm"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner, max_size=6),
    max_leaves=25,
)
pieces = st.sampled_from([*KEYS, "0", "1", "order", "paste", "_add", "_remove"]) | st.text(max_size=3)
names = st.lists(pieces, max_size=6).map("-".join)


def check_and_show(answers: dict[str, Any]) -> None:
    """Do what a door does with answers; the clean ones and the draft must be JSON that databases take."""
    checked = validate(FORM, answers, CONTEXT)
    field_views(FORM, prefill(FORM, CONTEXT, None, answers), sentences(checked.errors), CONTEXT)
    assert all(problem.sentence() and problem.path for problem in checked.errors.values())
    json.dumps([checked.clean, draft_of(answers)], ensure_ascii=False, allow_nan=False).encode()


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS) | st.text(), anything, max_size=8))
def test_d4_any_json_is_answered(answers: dict[str, Any]) -> None:
    check_and_show(answers)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(names, st.text() | st.just("a\tb\n14.04.2026\t5")), max_size=12))
def test_d3_any_names_and_texts_are_answered(pairs: list[tuple[str, str]]) -> None:
    answers = answers_from(pairs, FORM, CONTEXT)
    unexpected([name for name, _value in pairs], FORM)
    command = command_from([name for name, _value in pairs])

    check_and_show(answers if command is None else apply_row_command(answers, command))
