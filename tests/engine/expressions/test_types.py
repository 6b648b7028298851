"""Which type a value has, `instance of`, and times finer than a microsecond."""

import pytest

from app.engine.expressions import compile_expression, to_json


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('(function() "foo") instance of function<>->string', True),
        ("(function() 1) instance of function<>->string", False),
        ('(function(a: list<number>) {b: "b", c: 1}) instance of function<list<number>>->context<b: string>', True),
        ("(function(a: list<number>) {c: 1}) instance of function<list<number>>->context<b: string>", False),
        ("(function(a: context<x: string>) 1) instance of function<context<x: string, y: string>>->number", True),
        ("(function(a: context<x: string, y: string>) 1) instance of function<context<x: string>>->number", False),
        ("(function(a: string, b: string) 1) instance of function<string>->number", False),
        ("[function(a: string) 1, function(b: number) 2] instance of list<function<string>->number>", True),
        ('[function(a: string) 1, "x"] instance of list<function<string>->number>', False),
        ("{a: null} instance of context<a: string>", True),
        ("null instance of string", False),
        ("[1..5] instance of range<number>", True),
    ],
)
def test_instance_of_compares_what_functions_take_and_give(text: str, expected: bool) -> None:
    assert compile_expression(text).evaluate({}) is expected


def test_an_argument_of_another_type_counts_as_null() -> None:
    assert compile_expression('{is null: function(n: number) n = null, all: is null("a")}.all').evaluate({}) is True


@pytest.mark.parametrize(
    "text",
    [
        "11:22:33.123456789Z",
        "2017-09-05T09:15:30.987654321@Europe/Paris",
        "-999999999-12-31T23:59:59.999999999+02:00",
    ],
)
def test_nanoseconds_are_kept(text: str) -> None:
    assert compile_expression(f'string(@"{text}")').evaluate({}) == text


def test_nanoseconds_move_along_and_can_be_asked_for() -> None:
    moved = compile_expression('string(@"2026-04-30T23:00:00.000000001Z" + duration("PT2H"))')

    assert moved.evaluate({}) == "2026-05-01T01:00:00.000000001Z"
    assert str(compile_expression('@"10:00:05.000000007".second').evaluate({})) == "5.000000007"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('is(@"23:00:50Z", @"23:00:50+00:00")', True),
        ('is(@"20:00:50+00:00", @"21:00:50+01:00")', False),
        ('@"20:00:50+00:00" = @"21:00:50+01:00"', True),
        ('is(@"23:00:50@Australia/Melbourne", @"23:00:50+10:00")', True),
        ('is(1, "1")', False),
    ],
)
def test_is_also_asks_for_the_same_offset(text: str, expected: bool) -> None:
    assert compile_expression(text).evaluate({}) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": {"b": {"x": 1}, "x": 2}}...x', [1, 2]),
        ('[{"x": 1}, {"y": {"x": 2}}]...x', [1, 2]),
        ("1...x", []),
        ('{"x": null}...x', []),
        ("list replace([1, 2, 3], 2, 4)", [1, 4, 3]),
        ("list replace([1, 2, 3], 2.5, 4)", None),
        ("list replace([1, 2], function(item, new) item, 5)", None),
        ('range("[2..)") = >= 2', True),
        ("(= 10) = [10..10]", False),
        ("0 ** 0", 1),
        ('duration("PT0.S") = duration("PT0S")', True),
    ],
)
def test_rules_of_feel(text: str, expected: object) -> None:
    assert to_json(compile_expression(text).evaluate({})) == expected
