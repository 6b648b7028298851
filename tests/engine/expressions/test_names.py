"""Which words are a name, and what an expression needs from outside."""

import pytest

from app.engine.expressions import ExpressionError, compile_expression, compile_script, compile_unary, to_json


def test_names_may_have_spaces_and_cyrillic_letters() -> None:
    assert compile_expression("сумма баллов >= 30").evaluate({"сумма баллов": 31}) is True
    assert compile_expression("Причина возврата.главная").evaluate({"Причина возврата": {"главная": "x"}}) == "x"


def test_known_names_may_hold_signs() -> None:
    expression = compile_expression("a-b + a - b", names=("a-b", "a", "b"))

    assert to_json(expression.evaluate({"a-b": 10, "a": 3, "b": 2})) == 20


def test_names_are_those_needed_from_outside() -> None:
    text = "for row in rows return {cost: row.price * rate, double: cost * 2}"

    assert compile_expression(text).names == {"rows", "rate"}


def test_names_in_a_filter_may_be_entries_or_variables() -> None:
    expression = compile_expression("rows[status = wanted]")

    assert expression.names == {"rows"}
    assert expression.possible_names == {"status", "wanted"}
    assert expression.evaluate({"rows": [{"status": "x"}], "wanted": "x"}) == [{"status": "x"}]


def test_data_never_shadow_a_function() -> None:
    data = {"count": 3, "date": "2026-04-30", "rows": [1, 2]}

    assert to_json(compile_expression("count(rows) + count").evaluate(data)) == 5
    assert to_json(compile_expression("date(date)").evaluate(data)) == "2026-04-30"


def test_what_people_type_is_data_and_never_evaluated() -> None:
    for typed in ("=1+1", "${1+1}", "{{1+1}}", "1+1", '"); now("'):
        assert compile_expression("answer").evaluate({"answer": typed}) == typed


def test_a_script_assigns_in_order() -> None:
    script = compile_script('{tries: tries + 1, outcome: if tries >= 3 then "leaves" else "stays"}')

    assert script.assigned == ("tries", "outcome")
    assert script.names == {"tries"}
    assert to_json(script.evaluate({"tries": 2})) == {"tries": 3, "outcome": "leaves"}


@pytest.mark.parametrize("text", ["tries + 1", "[1]", "tries = 1", "{self: 1}", "{__class__: 1}", "{a: 1, a: 2}"])
def test_a_script_is_a_context_of_plain_names(text: str) -> None:
    with pytest.raises(ExpressionError):
        compile_script(text)


@pytest.mark.parametrize(
    ("cell", "passing", "failing"),
    [
        ("-", [1, None, "x"], []),
        ("", [1, None], []),
        ("< 5", [4], [5, None, "4"]),
        ("[1..3]", [1, 3], [4, None]),
        ('"a", "b"', ["a", "b"], ["c", None]),
        ('not("a", "b")', ["c"], ["a"]),
        ("null", [None], [1]),
        ("? > 1 and ? < 3", [2], [1, 3]),
        ('list contains(?, "x")', [["x"]], [["y"], None]),
        ("limit", [7], [8]),
        ("> limit", [8], [7]),
        ("true", [True], [False, None]),
        ("-5", [-5], [5]),
        ("[1, 2]", [1, 2], [3]),
    ],
)
def test_unary_tests_let_values_pass(cell: str, passing: list[object], failing: list[object]) -> None:
    test = compile_unary(cell)

    assert [test.passes(value, {"limit": 7}) for value in passing] == [True] * len(passing)
    assert [test.passes(value, {"limit": 7}) for value in failing] == [False] * len(failing)


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        ('сумма баллов >= 30 and decision = "return"', {"сумма баллов": 30, "decision": "return"}, True),
        ("кол-во школ > 3", {"кол-во школ": 5}, True),
        ('и/о директора = "Анна"', {"и/о директора": "Анна"}, True),
        ("балл 1 + балл 2 = 11", {"балл 1": 5, "балл 2": 6}, True),
        ("дата и время окончания > 1", {"дата и время окончания": 2}, True),
        ("research and development > 1", {"research and development": 2}, True),
        ("a-b = 7", {"a-b": 7, "a": 3, "b": 1}, True),
        ("a-b = 2", {"a": 3, "b": 1}, True),
        ("count(кол-во) = 2", {"кол-во": [1, 2]}, True),
    ],
)
def test_names_known_only_when_it_runs_are_the_longest_that_fit(
    text: str, data: dict[str, object], expected: bool
) -> None:
    assert compile_expression(text).evaluate(data) is expected


@pytest.mark.parametrize("text", ["if a then 1 else 2", "x in [1..3]", "x between 1 and 2", "[1, 2][item > 1]"])
def test_numbers_behind_words_of_feel_are_no_names(text: str) -> None:
    assert compile_expression(text).names <= {"a", "x"}


def test_a_script_recognises_names_known_only_when_it_runs() -> None:
    script = compile_script("{кол-во школ: кол-во школ + 1, итог: кол-во школ * 2}")

    assert to_json(script.evaluate({"кол-во школ": 4})) == {"кол-во школ": 5, "итог": 10}
