"""Checking answers: what is right goes into the data, what is wrong gets a sentence with its place."""

from typing import Any

import pytest

from app.work.forms.compile import Checked, schema_for, validate
from tests.work.forms.samples import (
    REQUIRED,
    Component,
    a_form,
    a_roadmap,
    checklist,
    choice,
    day,
    line,
    number,
    table,
)

BOMB = "(a|aa)+$"


def check(component: Component, value: Any, **context: Any) -> Checked:
    """Check one answer to a form of one field."""
    key = component.get("key") or component["path"]
    return validate(a_form(component), {key: value}, context)


@pytest.mark.parametrize(
    ("component", "value", "clean"),
    [
        (line(), "  Й краткая  ", "Й краткая"),
        (line(), "и\u0306", "й"),
        (line(), "a\r\nb\tc\x07", "a b c"),
        ({"type": "textarea", "key": "goal"}, "один\r\nдва\x1b\n", "один\nдва"),
        (line(), "", ""),
        (line(), "=1+1 ${x} {{7*7}} <script>", "=1+1 ${x} {{7*7}} <script>"),
        (line(), "👩‍👩‍👧 \u202eevil\u200b", "👩‍👩‍👧 \u202eevil\u200b"),
        (number(), "1 234,5", 1234.5),
        (number(), "1 234.50", 1234.5),
        (number(), "−7", -7),
        (number(), "-0", 0),
        (number(), 3.0, 3),
        (number(), " ", None),
        (day(), "14.04.2026", "2026-04-14"),
        (day(), "2026-04-14", "2026-04-14"),
        (day(), "4.5.2026", "2026-05-04"),
        (choice(), "confirm", "confirm"),
        (choice(), "", None),
        (checklist(), ["c", "a", "a"], ["a", "c"]),
        (checklist(), [], []),
        ({"type": "checkbox", "key": "yes"}, "on", True),
        ({"type": "checkbox", "key": "yes"}, None, False),
    ],
)
def test_an_answer_is_taken_as_people_write_it(component: Component, value: Any, clean: Any) -> None:
    checked = check(component, value)

    assert checked.errors == {}
    assert next(iter(checked.clean.values())) == clean


@pytest.mark.parametrize(
    ("component", "value", "sentence"),
    [
        pytest.param(line(), "a\0b", "characters that cannot be stored", id="D3-nul"),
        pytest.param(line(), "a\ud800", "characters that cannot be stored", id="D3-half-a-character"),
        pytest.param(line(), "x" * 65_536, "Shorten the text to 300 characters; now it has 65536", id="D3-64-KB"),
        pytest.param({"type": "textarea", "key": "t"}, "x" * 4_001, "to 4000 characters", id="D3-long-text"),
        pytest.param(line(), ["a"], "Write a text", id="D4-list-for-text"),
        pytest.param(line(), {"a": 1}, "Write a text", id="D4-object-for-text"),
        pytest.param(number(), {"a": 1}, "Write a number in digits", id="D4-object-for-number"),
        pytest.param(number(), True, "Write a number in digits", id="D4-truth-for-number"),
        pytest.param(number(), "1e309", "Write a number in digits", id="D4-1e309"),
        pytest.param(number(), float("nan"), "Write a number in digits", id="D4-nan"),
        pytest.param(number(), float("inf"), "too large", id="D4-infinity"),
        pytest.param(number(), 2**63, "too large", id="D4-2-63"),
        pytest.param(number(), "9" * 5_000, "Write a number in digits", id="D4-5000-digits"),
        pytest.param(number(), "1,234.5", "Write a number in digits", id="D4-both-marks"),
        pytest.param(number(), "١٢", "Write a number in digits", id="D4-arabic-digits"),
        pytest.param(number(), "12 шт.", "Write a number in digits", id="D4-unit"),
        pytest.param(number(decimalDigits=0), "1,5", "whole number", id="D4-fraction"),
        pytest.param(number(decimalDigits=1), "1,55", "at most 1 digits", id="D4-decimals"),
        pytest.param(number(validate={"min": 0}), "-1", "not less than 0", id="D4-minimum"),
        pytest.param(number(validate={"max": "100"}), "101", "not greater than 100", id="D4-maximum"),
        pytest.param(day(), "31.02.2026", "no such day in the calendar: 31.02.2026", id="D4-31-february"),
        pytest.param(day(), "00.00.0000", "no such day", id="D4-zero-date"),
        pytest.param(day(), "14.04.3031", "between 2020 and 2100", id="D4-year-3031"),
        pytest.param(day(), "скоро", "day.month.year", id="D4-words-for-date"),
        pytest.param(day(), 20260414, "day.month.year", id="D4-number-for-date"),
        pytest.param(choice(), "approve", "not among them", id="D6-not-offered"),
        pytest.param(choice(), ["confirm"], "not among them", id="D4-list-for-choice"),
        pytest.param(checklist(), "a", "Choose from the list", id="D4-text-for-list"),
        pytest.param(checklist(), ["a", {}], "not among them", id="D4-object-in-list"),
        pytest.param(checklist(properties={"min_selected": "2"}), ["a"], "at least 2; now 1", id="D6-too-few-chosen"),
        pytest.param(checklist(properties={"min_selected": "2"}), [], "Choose at least one", id="D6-none-chosen"),
        pytest.param(checklist(properties={"max_selected": 2}), ["a", "b", "c"], "at most 2; now 3", id="D6-too-many"),
        pytest.param({"type": "checkbox", "key": "y"}, [1], "Tick the box or", id="D4-list-for-tick"),
        pytest.param(table(line()), "rows", "", id="D4-text-for-table"),
        pytest.param(table(line()), ["row"], "row by row", id="D4-text-for-row"),
        pytest.param(table(line()), [{"goal": "x"}] * 201, "at most 200 rows; now there are 201", id="D4-201-rows"),
        pytest.param(line(**REQUIRED), " \u00a0 ", "Fill in this field", id="D6-required-text"),
        pytest.param(line(**REQUIRED), "\x07", "Fill in this field", id="D6-required-control-characters"),
        pytest.param(number(**REQUIRED), None, "Give a number", id="D6-required-number"),
        pytest.param(day(**REQUIRED), "", "Give a date", id="D6-required-date"),
        pytest.param(choice(**REQUIRED), None, "Choose one", id="D6-required-choice"),
        pytest.param({"type": "checkbox", "key": "y", **REQUIRED}, False, "Tick this box", id="D6-required-tick"),
        pytest.param(table(line(), **REQUIRED), [{"goal": " "}], "Add at least one row", id="D6-required-rows"),
        pytest.param({"type": "filepicker", "key": "f", **REQUIRED}, [{"file_id": 1}], "Attach", id="D6-foreign-file"),
        pytest.param(line(validate={"minLength": 5}), "abc", "at least 5 characters", id="D4-too-short"),
        pytest.param(line(validate={"validationType": "email"}), "a@b", "e-mail address", id="D4-mail"),
        pytest.param(line(validate={"validationType": "phone"}), "позвоните", "telephone number", id="D4-phone"),
        pytest.param(line(validate={"pattern": "[0-9]+-п"}), "12", "not written as it is asked", id="D4-pattern"),
        pytest.param(line(validate={"pattern": BOMB}), "a" * 250 + "!", "could not be checked", id="B10-pattern-bomb"),
    ],
)
def test_a_wrong_answer_gets_a_sentence(component: Component, value: Any, sentence: str) -> None:
    checked = check(component, value)

    problems = list(checked.errors.values())
    assert sentence in (problems[0].short() if problems else "")
    if not sentence:
        assert checked.clean == {"rows": []}


def test_a_pattern_tells_in_the_words_of_its_designer_what_is_wanted() -> None:
    properties = {"pattern_message": "Напишите номер приказа: 12-п", "pattern_message_en": "Write it as 12-п"}
    form = a_form(line(validate={"pattern": "[0-9]+-п"}, properties=properties))

    told = {locale: validate(form, {"goal": "x"}, {}, locale).errors["goal"].short() for locale in ("ru", "en")}

    assert told == {"ru": "Напишите номер приказа: 12-п", "en": "Write it as 12-п"}


def test_an_error_in_a_row_names_the_row_and_the_field() -> None:
    row = {"measure": "Курсы", "begins_on": "01.09.2026", "ends_on": "01.10.2026"}
    late = {**row, "ends_on": "01.08.2026"}

    checked = validate(a_roadmap(), {"rows": [row, {}, {"measure": " "}, late, {"measure": "Без дат"}]}, {})

    assert {path: str(problem) for path, problem in checked.errors.items()} == {
        "rows-3-ends_on": "Row 4, “Срок окончания”: this date is before “Начало”. Correct one of the two.",
        "rows-4-begins_on": "Row 5, “Начало”: give a date.",
        "rows-4-ends_on": "Row 5, “Срок окончания”: give a date.",
    }


def test_the_sentence_is_translated_with_its_place() -> None:
    catalogue = {
        "Row %(row)s, “%(label)s”: %(sentence)s": "Строка %(row)s, «%(label)s»: %(sentence)s",
        "Give a date.": "Укажите дату.",
    }
    problem = validate(a_roadmap(), {"rows": [{"measure": "Курсы"}]}, {}).errors["rows-0-begins_on"]

    assert problem.sentence(lambda text: catalogue.get(text, text)) == "Строка 1, «Начало»: укажите дату."


def test_other_answers_are_kept_beside_a_wrong_one() -> None:
    checked = validate(a_form(line(), number()), {"goal": "Учить", "target": "много"}, {})

    assert (checked.clean, list(checked.errors)) == ({"goal": "Учить"}, ["target"])


def test_d5_what_nobody_asked_for_is_dropped() -> None:
    sent = {"goal": "x", "status": "done", "school_id": 7, "is_admin": True, "__class__": "y", "assignee": 1}

    assert validate(a_form(line()), sent, {}).clean == {"goal": "x"}


def test_d6_a_read_only_answer_comes_from_the_data_whatever_the_browser_sends() -> None:
    form = a_form(line("title", readonly=True), line(), line("late", readonly='=goal = "x"'))

    checked = validate(form, {"title": "взлом", "goal": "x", "late": "взлом"}, {"title": "Пакет", "late": "нет"})

    assert checked.clean == {"title": "Пакет", "goal": "x", "late": "нет"}


def test_d6_a_hidden_question_is_neither_required_nor_taken() -> None:
    remark = line("remark", **REQUIRED, conditional={"hide": '=decision = null or decision != "return"'})
    form = a_form(choice(), remark)

    confirmed = validate(form, {"decision": "confirm", "remark": "тайно"}, {"remark": "старое"})
    returned = validate(form, {"decision": "return", "remark": ""}, {})

    assert (confirmed.clean, confirmed.errors) == ({"decision": "confirm"}, {})
    assert list(returned.errors) == ["remark"]


def test_the_answer_to_a_hidden_question_counts_as_none_for_the_next_ones() -> None:
    second = choice("second", conditional={"hide": '=decision != "return"'})
    third = line("third", **REQUIRED, conditional={"hide": "=second = null"})

    checked = validate(a_form(choice(), second, third), {"decision": "confirm", "second": "confirm"}, {})

    assert checked.errors == {}


def test_a_comment_can_be_required_by_another_answer() -> None:
    form = a_form(choice(), line("remark", properties={"required_when": '=decision = "return"'}))

    assert list(validate(form, {"decision": "return"}, {}).errors) == ["remark"]
    assert validate(form, {"decision": "confirm"}, {}).errors == {}


def test_choices_come_from_the_data() -> None:
    component = {"type": "select", "key": "risk", "label": "Риск", "valuesKey": "risk_options"}
    options = [{"value": 7, "label": "Мотивация"}, {"value": "k", "label": "Кадры"}]

    assert check(component, "7", risk_options=options).clean == {"risk": 7}
    assert list(check(component, "8", risk_options=options).errors) == ["risk"]
    assert list(check(component, "7").errors) == ["risk"]


def test_a_prefilled_row_keeps_its_identity_and_its_read_only_cells() -> None:
    stored = [{"id": 12, "number": "1", "measure": "Курсы", "begins_on": "2026-09-01", "ends_on": "2026-10-01"}]
    sent = [
        {"measure": "Новое", "begins_on": "2026-09-01", "ends_on": "2026-09-02", "number": "99", "id": 13},
        {"_from": "0", "measure": "Курсы+", "begins_on": "2026-09-01", "ends_on": "2026-10-02", "number": "99"},
        {"_from": "0", "measure": "Двойник", "begins_on": "2026-09-01", "ends_on": "2026-10-02"},
    ]

    rows = validate(a_roadmap(), {"rows": sent}, {"rows": stored}).clean["rows"]

    assert [(row.get("id"), row["number"], row["measure"]) for row in rows] == [
        (None, None, "Новое"),
        (12, "1", "Курсы+"),
        (None, None, "Двойник"),
    ]


def test_rows_that_the_data_give_can_be_filled_in_and_not_added_or_left_out() -> None:
    form = a_form(table(line("code", readonly=True), line("reason", **REQUIRED), allowAddRemove=False))
    stored = {"rows": [{"code": "a"}, {"code": "b"}]}

    checked = validate(form, {"rows": [{"_from": "1", "reason": "B"}, {"reason": "чужое", "code": "z"}]}, stored)

    assert list(checked.errors) == ["rows-0-reason"]
    assert validate(form, {"rows": [{"reason": "A"}, {"reason": "B"}]}, stored).clean["rows"] == [
        {"code": "a", "reason": "A"},
        {"code": "b", "reason": "B"},
    ]


def test_a_condition_inside_a_row_looks_at_the_row_and_at_the_form() -> None:
    reason = line("reason", **REQUIRED, conditional={"hide": "=not(taken = false and strict)"})
    form = a_form({"type": "checkbox", "key": "strict"}, table({"type": "checkbox", "key": "taken"}, line(), reason))

    answers = {"rows": [{"goal": "x", "taken": "on"}, {"goal": "y"}]}

    assert list(validate(form, {**answers, "strict": True}, {}).errors) == ["rows-1-reason"]
    assert validate(form, answers, {}).errors == {}


def test_a_date_must_not_be_before_a_read_only_one() -> None:
    form = a_form(day("begins_on", "Начало", readonly=True), day("ends_on", properties={"after": "begins_on"}))

    assert list(validate(form, {"ends_on": "2026-04-01"}, {"begins_on": "2026-05-01"}).errors) == ["ends_on"]


def test_files_are_what_is_attached_and_never_what_the_answers_say() -> None:
    form = a_form({"type": "filepicker", "key": "evidence", "label": "Файлы"})
    attached = {"evidence": [{"file_id": 5, "name": "акт.pdf", "size": 10}]}

    checked = validate(form, {"evidence": [{"file_id": 999}]}, {}, files=attached)

    assert checked.clean == {"evidence": [{"file_id": 5, "name": "акт.pdf", "size": 10}]}


def test_answers_nest_under_a_group_with_a_key() -> None:
    form = a_form({"type": "group", "path": "order", "label": "Приказ", "components": [line("number", **REQUIRED)]})

    assert validate(form, {"order": {"number": "12-п", "x": 1}}, {}).clean == {"order": {"number": "12-п"}}
    assert list(validate(form, {"order": "12-п"}, {}).errors) == ["order-number"]


def test_the_schema_has_no_field_for_what_is_hidden_or_read_only() -> None:
    form = a_form(line("a"), line("b", readonly=True), line("c", conditional={"hide": "=x = 1"}))

    assert set(schema_for(form, {"x": 1}).fields) == {"a"}
    assert set(schema_for(form, {"x": 2}).fields) == {"a", "c"}
