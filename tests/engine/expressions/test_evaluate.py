"""What expressions give."""

from typing import Any

import pytest

from app.engine.expressions import compile_expression, to_json

DATA: dict[str, Any] = {
    "сумма баллов": 31,
    "tries": 2,
    "share": 12.5,
    "name": "Школа № 1",
    "calendar": {"plan_due": "2026-04-30", "confirm_term": "P5D"},
    "rows": [
        {"status": "done", "cost": 10, "evidence": ["a.pdf"]},
        {"status": "open", "cost": 20, "evidence": []},
        {"status": "done", "cost": 5, "evidence": ["b.pdf", "c.pdf"]},
    ],
    "nothing": None,
    "long": "[" + " " * 40_000 + ".." * 9_000,
}


def value(text: str, **more: Any) -> Any:
    """Return the JSON value of an expression on the data above."""
    return to_json(compile_expression(text).evaluate({**DATA, **more}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 / 4", 2.5),
        ("0.1 + 0.2 = 0.3", True),
        ("2 ** 3 ** 2", 64),
        ("-5 ** 2", 25),
        ("tries + 1", 3),
        ("share * 2", 25),
        ('"Веха: " + name', "Веха: Школа № 1"),
        ("=tries + 1", 3),
        ("// why\ntries /* how often */", 2),
    ],
)
def test_arithmetic_is_exact_and_binds_as_dmn_says(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0",
        "null + 1",
        '"a" + 1',
        '"a" < 5',
        'date("2026-01-01") + 1',
        "nobody",
        "rows[9]",
        "name.first",
        "[1, 2] > 1",
    ],
)
def test_what_does_not_fit_is_null(text: str) -> None:
    assert value(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true and nothing", None),
        ("false and nothing", False),
        ("true or nothing", True),
        ("false or nothing", None),
        ("not(nothing)", None),
        ("nothing = null", True),
        ("tries != null", True),
        ('"1" = 1', None),
        ("tries in (1, 2)", True),
        ("tries in [1..2)", False),
        ("tries in (> 1)", True),
        ("tries between 1 and 2", True),
        ("if nothing then 1 else 2", 2),
    ],
)
def test_logic_has_three_values(text: str, expected: Any) -> None:
    assert value(text) is expected or value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('count(rows[status = "done"])', 2),
        ("sum(rows.cost)", 35),
        ("rows[2].cost", 20),
        ("rows[-1].cost", 5),
        ("rows[item.cost > 5].status", ["done", "open"]),
        ("rows[cost > tries * 4].cost", [10, 20]),
        ("some row in rows satisfies count(row.evidence) > 1", True),
        ("every row in rows satisfies row.cost > 5", False),
        ("for row in rows return row.cost * 2", [20, 40, 10]),
        ("for i in 1..3 return i * tries", [2, 4, 6]),
        ("flatten(rows.evidence)", ["a.pdf", "b.pdf", "c.pdf"]),
        ('list contains(rows.status, "open")', True),
        ("sort(rows.cost, function(a, b) a > b)", [20, 10, 5]),
        ("distinct values(rows.status)", ["done", "open"]),
        ('string join(rows.status, ", ")', "done, open, done"),
        ("max(rows.cost) - min(rows.cost)", 15),
        ("mean(rows.cost[item < 15])", 7.5),
    ],
)
def test_lists_are_filtered_counted_and_walked_through(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("date(calendar.plan_due)", "2026-04-30"),
        ("date(calendar.plan_due) + duration(calendar.confirm_term)", "2026-05-05"),
        ('date(calendar.plan_due) - date("2026-04-01")', "P29D"),
        ("date(calendar.plan_due).month", 4),
        ('date("2026-01-31") + duration("P1M")', "2026-02-28"),
        ('date("2024-02-29") + duration("P1Y")', "2025-02-28"),
        ('date("2026-02-29")', None),
        ('duration("P1Y2M")', "P1Y2M"),
        ('@"2026-04-30T10:00:00+03:00" = @"2026-04-30T07:00:00Z"', True),
        ('date and time("2026-04-30T10:00:00@Europe/Moscow").time offset', "PT3H"),
        ('day of week(date("2026-04-30"))', "Thursday"),
        ('date("2026-12-31") > date(calendar.plan_due)', True),
        ('calendar.plan_due < date("2026-12-31")', None),
        ('date("-0044-03-15").year', -44),
    ],
)
def test_dates_are_dates_only_after_date(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("text", ["P1D", "2026-1-1", "٢٠٢٦-٠١-٠١", " 2026-01-01", "2026-01-01T00:00:00", ""])
def test_date_reads_nothing_but_dates(text: str) -> None:
    assert value("date(written)", written=text) is None


@pytest.mark.parametrize("text", ["P", "PT", "P1D1Y", "P1Y1D", "-", "P1.5D", "P-1D", "PT5", "P999999999999D", "R/PT1S"])
def test_duration_reads_nothing_but_durations(text: str) -> None:
    assert value("duration(written)", written=text) is None


def test_the_clock_is_what_the_caller_hands_in() -> None:
    assert value("today()") is None
    assert value("today()", today="2026-04-30") == "2026-04-30"
    assert value("now()", now="2026-04-30T09:00:00Z") == "2026-04-30T09:00:00+00:00"
    assert compile_expression("today() > date(due)").names == {"today", "due"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("get or else(nobody, 7)", 7),
        ("is defined(nobody)", False),
        ("is defined(nothing)", True),
        ("is defined(calendar.plan_due)", True),
        ("is defined(calendar.other)", False),
        ('contains(name, "№")', True),
        ('matches(name, "^Школа.*[0-9]$")', True),
        ('replace("a-b", "([a-z])-([a-z])", "$2-$1")', "b-a"),
        ('split("a;b;c", ";")', ["a", "b", "c"]),
        ("string(1.50)", "1.5"),
        ('string({a: [1, "x"]})', '{a: [1, "x"]}'),
        ('number("12.5")', 12.5),
        ("{a: 1, b: a + 1}.b", 2),
        ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
        ("(function(x: number) x * 2)(4)", 8),
        ("substring(string: name, start position: 1, length: 5)", "Школа"),
        ("round half up(share, 0)", 13),
        ('5 in range("[1..10)")', True),
        ('date("2026-04-30") in range("[@\\"2026-01-01\\"..)")', True),
        ('range("[1..system(1)]")', None),
        ('range("[10..1]")', None),
        ("range(long)", None),
        ("list replace([1, 2, 3], function(entry, new) entry > 1, 0)", [1, 0, 0]),
        ("date and time(2026, 4, 30, 9, 30, 0)", "2026-04-30T09:30:00"),
        ("before([1..2], [3..4])", True),
        ("5 instance of number and not(5 instance of string)", True),
    ],
)
def test_functions_do_what_their_name_says(text: str, expected: Any) -> None:
    assert value(text) == expected


def test_a_reason_is_given_for_null() -> None:
    expression = compile_expression("date(calendar.due) > date(x)")

    assert expression.explain({"calendar": {}, "x": "soon"}) == (
        "There is no “due” in “calendar”.",
        "date() cannot take (null).",
        "“soon” is no date.",
        "A null cannot be compared with a null.",
    )


def test_the_data_stay_as_they_were() -> None:
    data = {"a": {"list": [3, 1, 2]}}

    value("append(sort(a.list), 9)", **data)
    value('context put(a, "list", 1)', **data)

    assert data == {"a": {"list": [3, 1, 2]}}
