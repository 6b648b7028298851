"""Deciding by tables."""

from typing import Any

import pytest

from app.engine.decisions import parse_decisions
from tests.engine.decisions.models import decision, dmn, literal, one_table, table

RISK = [
    ("< 10", "-", '"низкая"', "Меньше десятой части"),
    ("[10..30)", "-", '"средняя"', "До трети"),
    (">= 30", "true", '"высокая"', "Треть и больше, два года подряд"),
    (">= 30", "false", '"средняя"', "Треть и больше впервые"),
]


def test_the_rule_that_matches_gives_the_output() -> None:
    risk = one_table(["share", "before"], ["level"], RISK)

    assert risk.evaluate({"share": 9.9, "before": None}).output == "низкая"
    assert risk.evaluate({"share": 30, "before": True}).output == "высокая"
    assert risk.evaluate({"share": 30, "before": False}).output == "средняя"
    assert risk.names == {"share", "before"}


def test_the_trace_shows_inputs_rules_and_annotations() -> None:
    result = one_table(["share", "before"], ["level"], RISK).evaluate({"share": 45, "before": True})

    assert result.trace == [
        {
            "decision": "d",
            "name": "d",
            "table": "table",
            "hit_policy": "UNIQUE",
            "inputs": [
                {"label": "share", "expression": "share", "value": 45},
                {"label": "before", "expression": "before", "value": True},
            ],
            "rules": [
                {
                    "number": 3,
                    "description": "",
                    "annotations": ["Треть и больше, два года подряд"],
                    "outputs": [{"label": "level", "value": "высокая"}],
                }
            ],
            "default_used": False,
            "output": "высокая",
            "problem": "",
        }
    ]


def test_two_rules_of_a_unique_table_give_null_and_a_sentence() -> None:
    result = one_table(["x"], ["y"], [("> 1", "1"), ("> 2", "2")]).evaluate({"x": 3})

    assert result.output is None
    assert result.trace[0]["problem"] == "Only one rule may match, but these do: 1, 2."
    assert [rule["number"] for rule in result.trace[0]["rules"]] == [1, 2]


def test_no_rule_gives_null_and_a_sentence() -> None:
    result = one_table(["x"], ["y"], [("> 1", "1")]).evaluate({"x": None})

    assert result.output is None
    assert result.trace[0]["problem"] == "No rule matches."


def test_no_rule_gives_the_default_where_there_is_one() -> None:
    result = one_table(["x"], ["y! 0"], [("> 1", "1")]).evaluate({"x": 1})

    assert result.output == 0
    assert result.trace[0]["default_used"] is True


def test_several_outputs_give_a_context() -> None:
    outcome = one_table(
        ["score"], ["outcome", "next"], [("> 80", '"leaves"', "null"), ("<= 80", '"continues"', '"plan"')]
    )

    assert outcome.evaluate({"score": 50}).output == {"outcome": "continues", "next": "plan"}
    assert outcome.evaluate({"score": 81}).output == {"outcome": "leaves", "next": None}


RULES = [("> 0", '"low"', "1"), ("> 1", '"high"', "2"), ("> 2", '"low"', "4")]
VALUES = ['level: "high", "low"', "points"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ('hitPolicy="FIRST"', {"level": "low", "points": 1}),
        ('hitPolicy="PRIORITY"', {"level": "high", "points": 2}),
        ('hitPolicy="ANY"', None),
        ('hitPolicy="RULE ORDER"', ["low", "high", "low"]),
        ('hitPolicy="OUTPUT ORDER"', ["high", "low", "low"]),
        ('hitPolicy="COLLECT"', ["low", "high", "low"]),
    ],
)
def test_each_hit_policy_chooses_its_way(policy: str, expected: Any) -> None:
    output = one_table(["x"], VALUES, RULES, policy=policy).evaluate({"x": 3}).output

    assert ([entry["level"] for entry in output] if isinstance(output, list) else output) == expected


@pytest.mark.parametrize(("aggregation", "expected"), [("SUM", 7), ("MIN", 1), ("MAX", 4), ("COUNT", 3)])
def test_collect_can_aggregate(aggregation: str, expected: int) -> None:
    rules = [(cell, points) for cell, _level, points in RULES]
    policy = f'hitPolicy="COLLECT" aggregation="{aggregation}"'

    assert one_table(["x"], ["points"], rules, policy=policy).evaluate({"x": 3}).output == expected


def test_collect_without_a_match_is_an_empty_list() -> None:
    assert one_table(["x"], ["y"], [("> 1", "1")], policy='hitPolicy="COLLECT"').evaluate({"x": 0}).output == []


def test_dates_in_the_data_are_compared_where_the_input_says_date() -> None:
    late = (
        '<decisionTable id="t"><input id="i"><inputExpression typeRef="date"><text>due</text></inputExpression></input>'
        '<output id="o"/><rule><inputEntry><text>&lt; date("2026-05-01")</text></inputEntry>'
        '<outputEntry><text>date(due) + duration("P1D")</text></outputEntry></rule></decisionTable>'
    )
    (found,) = parse_decisions(dmn(decision("late", late)), "late.dmn")

    assert found.evaluate({"due": "2026-04-30"}).output == "2026-05-01"
    assert found.evaluate({"due": "2026-05-01"}).output is None


def test_required_decisions_are_decided_first_and_once() -> None:
    parts = [
        decision("total", literal("sum(points)")),
        decision("level", table(["total"], ["level"], [(">= 10", '"high"'), ("< 10", '"low"')]), requires=["total"]),
        decision("text", literal('level + " (" + string(total) + ")"'), requires=["level", "total"]),
    ]
    *_others, last = parse_decisions(dmn(*parts), "risk.dmn")

    result = last.evaluate({"points": [4, 7]})

    assert result.output == "high (11)"
    assert [entry["decision"] for entry in result.trace] == ["total", "level", "text"]
    assert last.names == {"points"}
    assert last.requires == ("level", "total")


def test_knowledge_models_are_functions_of_the_decisions_that_require_them() -> None:
    model = (
        '<businessKnowledgeModel id="share" name="share"><encapsulatedLogic>'
        '<formalParameter name="part" typeRef="number"/>'
        '<formalParameter name="whole" typeRef="number"/><literalExpression><text>100 * part / whole</text>'
        "</literalExpression></encapsulatedLogic></businessKnowledgeModel>"
    )
    knowing = '<knowledgeRequirement><requiredKnowledge href="#share"/></knowledgeRequirement>'
    (found,) = parse_decisions(dmn(model, decision("d", knowing + literal("share(below, took) > 30"))), "d.dmn")

    assert found.evaluate({"below": 4, "took": 10}).output is True
    assert found.evaluate({"below": 4, "took": 0}).output is None
    assert found.evaluate({"below": "4", "took": 10}).output is None
