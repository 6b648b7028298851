"""What a browser without JavaScript sends: names, rows, row buttons and cells from a spreadsheet."""

from typing import Any

import pytest

from app.work.forms.compile import validate
from app.work.forms.paste import cells_of
from app.work.forms.prefill import prefill
from app.work.forms.reading import answers_from, unexpected, unplaced
from app.work.forms.rows import RowCommand, Verb, apply_row_command, command_from
from tests.work.forms.samples import a_form, a_roadmap, checklist, choice, day, line, number, table


def test_names_become_answers_and_rows() -> None:
    form = a_form(line(), checklist(), {"type": "checkbox", "key": "yes"}, table(line("measure"), number()))
    pairs = [
        ("csrf_token", "t"),
        ("goal", "Учить"),
        ("risks", "a"),
        ("risks", "c"),
        ("rows-0-measure", "первая"),
        ("rows-3-measure", "четвёртая"),
        ("rows-3-_from", "7"),
        ("rows-10-target", "5"),
        ("_add-rows", ""),
    ]

    assert answers_from(pairs, form) == {
        "goal": "Учить",
        "risks": ["a", "c"],
        "yes": False,
        "rows": [{"measure": "первая"}, {"measure": "четвёртая", "_from": "7"}, {"target": "5"}],
    }


def test_rows_stand_as_the_order_says_and_no_row_is_lost() -> None:
    pairs = [(f"rows-{index}-measure", str(index)) for index in range(4)]

    ordered = answers_from([*pairs, ("rows-order", "2,0,2,9,x")], a_roadmap())

    assert [row["measure"] for row in ordered["rows"]] == ["2", "0", "1", "3"]


@pytest.mark.parametrize(
    "name",
    [
        "rows-99999999999-measure",
        "rows--1-measure",
        "rows-01-measure",
        "rows",
        "rows-0",
        "rows-x-measure",
        "-",
        "",
        "rows-0-measure-" * 50,
        "measure",
        "__proto__",
        "rows-0-__class__",
    ],
)
def test_d5_odd_names_are_ignored(name: str) -> None:
    assert answers_from([(name, "x")], a_roadmap())["rows"] in ([], [{}])


def test_d5_names_that_the_form_did_not_send_can_be_told() -> None:
    names = ["csrf_token", "_add-rows", "rows-0-measure", "rows-0-_from", "rows-order", "rows-paste"]

    assert unexpected(names, a_roadmap()) == ()
    assert unexpected(["status", "rows-0-id", "rows-0-number", "is_admin"], a_roadmap()) == (
        "status",
        "rows-0-id",
        "rows-0-number",
        "is_admin",
    )


ROWS = {"rows": [{"n": "0"}, {"n": "1"}, {"n": "2"}]}


@pytest.mark.parametrize(
    ("button", "order"),
    [
        ("_add-rows", ["0", "1", "2", None]),
        ("_paste-rows", ["0", "1", "2"]),
        ("_remove-rows-1", ["0", "2"]),
        ("_up-rows-2", ["0", "2", "1"]),
        ("_up-rows-0", ["0", "1", "2"]),
        ("_down-rows-0", ["1", "0", "2"]),
        ("_down-rows-2", ["0", "1", "2"]),
        ("_remove-rows-7", ["0", "1", "2"]),
        ("_remove-other-1", ["0", "1", "2"]),
        ("_add-rows-9-sub", ["0", "1", "2"]),
    ],
)
def test_a_row_button_changes_the_rows_and_not_what_it_was_given(button: str, order: list[str | None]) -> None:
    command = command_from(["goal", button])
    assert command is not None

    changed = apply_row_command(ROWS, command)

    assert [row.get("n") for row in changed["rows"]] == order
    assert [row["n"] for row in ROWS["rows"]] == ["0", "1", "2"]


@pytest.mark.parametrize("name", ["_remove-rows", "_drop-rows-1", "remove-rows-1", "_remove-" + "9" * 300, "_up-1"])
def test_other_names_are_no_row_button(name: str) -> None:
    assert command_from([name]) is None


def test_a_table_in_a_row_has_buttons_of_its_own() -> None:
    command = RowCommand(Verb.ADD, ("rows", 1, "steps"))

    changed = apply_row_command({"rows": [{}, {"steps": [{"a": 1}]}]}, command)

    assert changed == {"rows": [{}, {"steps": [{"a": 1}, {}]}]}


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("a\tb\r\nc\td\r\n", [["a", "b"], ["c", "d"]]),
        ('"две\nстроки"\t"в ""кавычках"""', [["две\nстроки", 'в "кавычках"']]),
        ('"Ромашка" школа\tx', [['"Ромашка" школа', "x"]]),
        ('"не закрыто\tx\ny', [['"не закрыто', "x"], ["y"]]),
        ("a\t\t", [["a", "", ""]]),
        ("", [[""]]),
    ],
)
def test_cells_are_cut_as_spreadsheets_copy_them(text: str, cells: list[list[str]]) -> None:
    assert cells_of(text) == cells


def pasted(text: str, *rows: tuple[str, str]) -> list[dict[str, Any]]:
    """Return the rows after cells were pasted into the roadmap."""
    found: list[dict[str, Any]] = answers_from([*rows, ("rows-paste", text)], a_roadmap())["rows"]
    return found


def test_pasted_cells_fill_the_columns_from_left_to_right() -> None:
    rows = pasted("Курсы\t14.04.2026\t1.5.26\t1 234,5\tПодтвердить\nСеминар\tскоро\t\t\tвернуть")

    assert rows == [
        {
            "measure": "Курсы",
            "begins_on": "2026-04-14",
            "ends_on": "2026-05-01",
            "target": "1 234,5",
            "kind": "confirm",
        },
        {"measure": "Семинар", "begins_on": "скоро", "kind": "return"},
    ]
    assert validate(a_roadmap(), {"rows": rows[:1]}, {}).errors == {}


def test_pasted_headings_say_which_column_is_which() -> None:
    rows = pasted("№ п/п\tСрок окончания\tМЕРОПРИЯТИЕ:\n1\t01.05.2026\tКурсы")

    assert rows == [{"ends_on": "2026-05-01", "measure": "Курсы"}]


def test_pasted_rows_come_after_what_is_there_in_place_of_blank_rows() -> None:
    rows = pasted("Новое", ("rows-0-measure", "Старое"), ("rows-1-measure", " "), ("rows-2-measure", ""))

    assert [row["measure"] for row in rows] == ["Старое", "Новое"]


def test_nothing_pasted_is_lost_beyond_the_last_column() -> None:
    rows = pasted("a\t\t\t\tконец\tлишнее\tещё")

    assert rows == [{"measure": "a", "kind": "конец; лишнее; ещё"}]


def test_cells_cannot_be_pasted_over_rows_that_the_data_give() -> None:
    form = a_form(table(line(), allowAddRemove=False))

    assert answers_from([("rows-0-goal", "x"), ("rows-paste", "y")], form) == {"rows": [{"goal": "x"}]}


def test_pasted_choices_find_their_values_in_the_data_and_boxes_take_yes() -> None:
    select = {"type": "select", "key": "risk", "label": "Риск", "valuesKey": "risk_options"}
    form = a_form(table(select, {"type": "checkbox", "key": "done", "label": "Есть"}, checklist(), day(), choice()))
    context = {"risk_options": [{"value": 7, "label": "Учёба"}]}

    rows = answers_from([("rows-paste", "учеба\tДа\tриск a; Риск b")], form, context)["rows"]

    assert rows == [{"risk": "7", "done": True, "risks": ["a", "b"]}]


def test_lines_beyond_the_limit_are_kept_and_must_not_be_sent_over() -> None:
    roadmap = a_roadmap()
    text = "Мероприятие\tСрок окончания\n" + "\n".join(f"Курсы {n}\t01.05.2026" for n in range(250))

    answers = answers_from([("rows-paste", text)], roadmap)
    limit = len(answers["rows"])
    surplus = answers["rows-paste"]
    emptied = apply_row_command(answers, RowCommand(Verb.CLEAR, ("rows",)))
    again = answers_from([("rows-paste", surplus["text"])], roadmap)

    assert (limit, surplus["taken"], surplus["left"]) == (200, 200, 50)
    assert surplus["text"].startswith("Мероприятие\tСрок окончания\nКурсы 200\t")
    assert unplaced(roadmap, answers)["rows"].params == {"left": 50}
    assert prefill(roadmap, {}, answers)["rows-paste"] == surplus
    assert emptied["rows"] == []
    assert (len(again["rows"]), "rows-paste" in again) == (50, False)
