"""The form as a page shows it."""

from typing import Any

from app.work.forms.compile import validate
from app.work.forms.field_view import BlockView, FieldView, TableView
from app.work.forms.parts import FormDefinition
from app.work.forms.prefill import prefill
from app.work.forms.problems import sentences
from app.work.forms.view import field_views
from tests.work.forms.samples import REQUIRED, a_form, a_roadmap, checklist, choice, day, line, number, table


def show(
    form: FormDefinition, answers: dict[str, Any] | None = None, locale: str = "ru", **context: Any
) -> list[FieldView]:
    """Return the page of a form with its errors, prefilled as a door does it."""
    typed = prefill(form, context, None, answers)
    errors = sentences(validate(form, typed, context, locale).errors) if answers is not None else {}
    return list(field_views(form, typed, errors, context, locale))


def rows_of(view: FieldView) -> TableView:
    """Return the table of a field."""
    assert view.table is not None
    return view.table


def test_a_form_opens_with_the_draft_over_the_data_over_the_default() -> None:
    form = a_form(line("a", defaultValue="x"), line("b", defaultValue="x"), line("c", defaultValue="x"), line("d"))

    answers = prefill(form, {"a": "data", "b": "data", "d": "data"}, {"a": "draft", "b": "draft"}, {"a": "sent"})

    assert answers == {"a": "sent", "b": "draft", "c": "x", "d": "data"}


def test_a_decision_opens_empty_even_when_the_data_hold_an_older_one() -> None:
    form = a_form(choice(properties={"prefill": "never"}))

    assert prefill(form, {"decision": "return"}) == {"decision": None}


def test_an_input_has_what_a_template_needs() -> None:
    (view,) = show(a_form(number(**REQUIRED, appearance={"suffixAdder": "%"}, description="К концу года")), target=12.5)

    assert (view.kind, view.name, view.id, view.label) == ("number", "target", "f-target", "Цель, %")
    assert (view.value, view.hint, view.suffix, view.inputmode) == ("12,5", "К концу года", "%", "decimal")
    assert view.required


def test_what_was_typed_wrong_stays_in_the_input_with_its_sentence() -> None:
    views = show(a_form(day(), number()), {"ends_on": "31.02.2026", "target": "много"})

    assert [view.value for view in views] == ["31.02.2026", "много"]
    assert views[0].input_type == "text"
    assert views[0].error.startswith("There is no such day")


def test_a_date_that_can_be_read_stands_as_the_browser_wants_it() -> None:
    (view,) = show(a_form(day()), {"ends_on": "14.04.2026"})

    assert (view.value, view.shown, view.input_type) == ("2026-04-14", "14 апреля 2026", "date")


def test_a_read_only_answer_is_shown_in_words_from_the_data() -> None:
    form = a_form(choice(readonly=True), checklist(readonly=True), day(readonly=True), number(readonly=True))

    views = show(form, {"decision": "confirm"}, decision="return", risks=["b", "zz"], ends_on="2026-04-14", target=1.5)

    assert [view.shown for view in views] == ["Вернуть", "Риск b, zz", "14 апреля 2026", "1,5"]
    assert all(view.readonly and not view.required for view in views)


def test_the_english_page_has_english_words() -> None:
    properties = {"label_en": "Decision", "options_en": "Confirm|Return"}
    (view,) = show(a_form(choice(properties=properties)), locale="en")

    assert (view.label, [option.label for option in view.options]) == ("Decision", ["Confirm", "Return"])
    assert [option.id for option in view.options] == ["f-decision", "f-decision-1"]


def test_hidden_parts_are_not_on_the_page() -> None:
    group = {
        "type": "group",
        "label": "Возврат",
        "components": [line()],
        "conditional": {"hide": '=decision != "return"'},
    }
    form = a_form(choice(), group, {"type": "text", "text": "Пусто", "conditional": {"hide": "=true"}})

    assert [view.kind for view in show(form, {"decision": "confirm"})] == ["radio"]
    assert [part.name for view in show(form, {"decision": "return"}) for part in view.parts] == ["goal"]


def test_a_text_is_filled_in_from_the_data_and_data_make_no_heading() -> None:
    form = a_form({"type": "text", "text": "## Школа {{school.name}}\n\nДва **слова**\n- раз\n- два\n\n{{note}}"})

    (view,) = show(form, school={"name": "№ 1"}, note="# не заголовок {{1+1}}")

    assert view.blocks == (
        BlockView("heading", ("Школа № 1",), 2),
        BlockView("paragraph", ("Два слова",)),
        BlockView("list", ("раз", "два")),
        BlockView("paragraph", ("# не заголовок {{1+1}}",)),
    )


def test_a_table_shows_rows_with_their_buttons_and_marks() -> None:
    stored = [{"number": "1", "measure": "Курсы"}, {"number": "2", "measure": "Семинар"}]
    form = a_roadmap()

    table_view = rows_of(show(form, rows=stored)[0])

    assert [row.origin for row in table_view.rows] == ["0", "1"]
    assert [(row.up, row.down, row.remove) for row in table_view.rows] == [
        ("", "_down-rows-0", "_remove-rows-0"),
        ("_up-rows-1", "", "_remove-rows-1"),
    ]
    assert (table_view.add, table_view.paste, table_view.paste_name) == ("_add-rows", "_paste-rows", "rows-paste")
    first = table_view.rows[0].cells
    assert (first[0].readonly, first[0].shown, first[1].name, first[1].value) == (True, "1", "rows-0-measure", "Курсы")
    assert [column.required for column in table_view.columns] == [False, True, True, True, False, False]


def test_an_error_stands_at_the_cell_even_when_rows_were_moved() -> None:
    stored = [{"number": "1", "measure": "Курсы"}, {"number": "2", "measure": "Семинар"}]
    sent = {"rows": [{"_from": "1", "measure": ""}, {"_from": "0", "measure": "Курсы"}]}

    rows = rows_of(show(a_roadmap(), sent, rows=stored)[0]).rows

    assert [(row.cells[0].shown, row.cells[1].error) for row in rows] == [("2", "Fill in this field."), ("1", "")]


def test_an_empty_table_opens_with_one_blank_row_but_stays_empty_when_emptied() -> None:
    assert len(rows_of(show(a_roadmap())[0]).rows) == 1
    assert rows_of(show(a_roadmap(), {"rows": []})[0]).rows == ()


def test_a_cell_that_is_hidden_in_one_row_keeps_the_columns_straight() -> None:
    reason = line("reason", conditional={"hide": "=taken = true"})
    form = a_form(table({"type": "checkbox", "key": "taken"}, reason, line()))

    rows = rows_of(show(form, {"rows": [{"taken": "on"}, {}]})[0]).rows

    assert [[cell.kind for cell in row.cells] for row in rows] == [
        ["checkbox", "hidden", "textfield"],
        ["checkbox", "textfield", "textfield"],
    ]


def test_a_read_only_table_has_no_inputs_and_no_buttons() -> None:
    form = a_form(table(line(), readonly=True))

    view = rows_of(show(form, {"rows": [{"goal": "взлом"}]}, rows=[{"goal": "Цель"}])[0])

    assert (view.add, view.rows[0].remove, view.rows[0].cells[0].readonly) == ("", "", True)
    assert view.rows[0].cells[0].shown == "Цель"


def test_files_are_shown_from_the_storage_and_read_only_ones_from_the_data() -> None:
    form = a_form({"type": "filepicker", "key": "act"}, {"type": "filepicker", "key": "old", "readonly": True})
    reference = {"file_id": 5, "name": "акт.pdf", "size": 10}

    views = field_views(form, {}, {}, {"old": [reference]}, files={"act": [{**reference, "file_id": 6}]})

    assert [[file.file_id for file in view.files] for view in views] == [[6], [5]]


def test_a_field_says_that_others_hang_on_its_answer_also_in_rows() -> None:
    hidden: dict[str, Any] = {"conditional": {"hide": '=decision != "return"'}}
    form = a_form(table(choice(), line("why", **hidden), line("free")))

    (view,) = show(form, {"rows": [{"decision": "return"}, {}]})
    first, second = rows_of(view).rows

    assert [(cell.steers, cell.conditional, cell.kind) for cell in first.cells] == [
        (True, False, "radio"),
        (False, True, "textfield"),
        (False, False, "textfield"),
    ]
    assert second.cells[1].kind == "hidden"
