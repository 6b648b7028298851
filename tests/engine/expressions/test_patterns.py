"""Patterns of matches(), replace(), split() and extract(): those of XPath, checked, bounded in time."""

import pytest

from app.engine.expressions import ExpressionBudgetExceeded, compile_expression


def evaluated(text: str, **values: str) -> object:
    """Return the value of an expression over some texts."""
    return compile_expression(text).evaluate(values)


@pytest.mark.parametrize(
    ("text", "pattern", "flags", "expected"),
    [
        ("МБОУ СОШ № 1", r"^\p{Lu}+ .*\d$", "", True),
        ("a\rb", "a.b", "", False),
        ("a\nb", "a.b", "s", True),
        ("one\ntwo", "^two$", "m", True),
        ("one\ntwo", "^two$", "", False),
        ("one\n", "one$", "", False),
        ("helloworld", "hello world", "x", True),
        ("hello world", "hello[ ]world", "x", True),
        ("b", "[a-z-[xyz]]", "", True),
        ("x", "[a-z-[xyz]]", "", False),
        ("O", "[A-Z-[OI]]", "i", False),
        ("aA", r"(a)\1", "i", True),
        ("é", r"\p{IsLatin-1Supplement}", "", True),
        ("a:b", r"^\i\c*$", "", True),
        ("ж_1", r"^[\w_]+$", "", True),
        ("a-b", r"[a\-z]-", "", True),
    ],
)
def test_patterns_are_those_of_xpath(text: str, pattern: str, flags: str, expected: bool) -> None:
    assert evaluated("matches(t, p, f)", t=text, p=pattern, f=flags) is expected


@pytest.mark.parametrize(
    "pattern",
    ["(", "a)", "[a", "a**", "*a", r"(.)\2", r"\3", r"(a)[\1]", r"\0", r"\q", "(?i)a", "(?=a)", "a{5000}", r"\p{ Lu}"],
)
def test_what_is_no_pattern_gives_null_and_a_reason(pattern: str) -> None:
    expression = compile_expression("matches(t, p)")

    assert expression.evaluate({"t": "a", "p": pattern}) is None
    assert pattern in expression.explain({"t": "a", "p": pattern})[0]


def test_unknown_flags_give_null() -> None:
    assert evaluated("matches(t, t, f)", t="a", f="q ") is None


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", r"^(\w+\s?)*$"])
def test_patterns_that_would_never_end_are_stopped(pattern: str) -> None:
    with pytest.raises(ExpressionBudgetExceeded):
        evaluated("matches(t, p)", t="a" * 5_000 + "!", p=pattern)


def test_replacements_name_groups() -> None:
    assert evaluated('replace("facetiously", "[iouy]", "[$0]")') == "facet[i][o][u]sl[y]"
    assert evaluated('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")') == "[1=ab][2=]cd"
    assert evaluated('replace("abc", "a(.)", "<$12>")') == "<b2>c"
