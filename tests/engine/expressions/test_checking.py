"""What is found wrong with an expression before it runs."""

import pytest

from app.engine.expressions import check_condition, check_expression, compile_expression
from app.engine.expressions.types import NAMED


@pytest.mark.parametrize(
    "text",
    ["x > 3", "x", "not(x)", "x = null", "some i in x satisfies i > 3", "true", 'x in ("a", "b")', "x.y", "f(x)[1]"],
)
def test_a_condition_may_be_anything_that_could_be_true(text: str) -> None:
    assert check_condition(compile_expression(text, names=("f",))) == ()


@pytest.mark.parametrize(
    "text",
    ['"yes"', "count(x)", "[x > 3]", "{a: true}", 'if x then "a" else "b"', "x - 1 + 1 + 2 * 3 - 0 * 1", "2 + 2"],
)
def test_a_condition_that_is_never_true_or_false_is_found(text: str) -> None:
    if text.startswith("x -"):
        assert check_condition(compile_expression(text), {"x": NAMED["number"]})[0].code == "not_boolean"
    else:
        assert [finding.code for finding in check_condition(compile_expression(text))] == ["not_boolean"]


@pytest.mark.parametrize(
    "text",
    [
        '1 + "a"',
        'date("2026-01-01") > 3',
        'upper case(1) = "A"',
        '"a" and true',
        "true > false",
        '"2" = 2',
        "if 1 then 2 else 3",
    ],
)
def test_what_can_only_be_null_is_found(text: str) -> None:
    assert check_expression(compile_expression(text))[0].code in ("wrong_type", "not_boolean")


@pytest.mark.parametrize(
    "text",
    [
        'date("2026-01-01") + duration("P1D")',
        '"a" + string(1)',
        "max(1, 2) > 1",
        "count(1) = 1",
        'substring("abc", 2, null)',
        "1 = null",
    ],
)
def test_what_fits_is_not_found(text: str) -> None:
    assert check_expression(compile_expression(text)) == ()


def test_an_unknown_name_is_found_with_the_nearest_known_one() -> None:
    known = ("сумма баллов", "decision")

    findings = check_condition(compile_expression("сумма балов >= 30 and decision = x"), known)

    assert [str(finding) for finding in findings] == [
        "Nothing is called “x”.",
        "Nothing is called “сумма балов”. Did you mean “сумма баллов”?",
    ]


def test_types_of_variables_are_used() -> None:
    known = {"deadline": NAMED["date"], "points": NAMED["number"]}

    assert check_condition(compile_expression("points >= 30"), known) == ()
    assert [f.code for f in check_condition(compile_expression("points >= deadline"), known)] == ["wrong_type"]


def test_a_wanted_type_is_compared() -> None:
    found = check_expression(compile_expression('"P1D"'), wanted=("days and time duration", "date"))

    assert str(found[0]) == "Its value is a string; wanted is: date, days and time duration."
