"""Files of decisions that are refused, and where the fault is said to be."""

import pytest

from app.engine.decisions import DecisionError, parse_decisions
from tests.engine.decisions.models import decision, dmn, literal, one_table, table

DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE definitions [<!ENTITY a "b">]>'


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"", "not_xml"),
        (b"not xml", "not_xml"),
        (b"{}", "not_xml"),
        (b"\x89PNG\r\n\x1a\n", "not_xml"),
        (dmn()[:40], "not_xml"),
        (b"<html/>", "not_dmn"),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "not_dmn"),
        (DOCTYPE + dmn(decision("d", literal("1"))), "doctype"),
        ((DOCTYPE + dmn()).decode().encode("utf-16"), "doctype"),
        (dmn("<description>" + "x" * 2_100_000 + "</description>"), "too_large"),
        (dmn("<extensionElements>" * 60 + "</extensionElements>" * 60), "too_large"),
        (dmn(), "empty"),
        (dmn(decision("d", "")), "no_logic"),
        (dmn(decision("d", literal("1 +"))), "expression"),
        (dmn(decision("d", literal("__import__('os')"))), "expression"),
        (dmn(decision("d", literal("1")), decision("d", literal("2"))), "duplicate_id"),
        (dmn(decision("d", literal("1"), requires=["nobody"])), "unknown_reference"),
        (dmn(decision("d", literal("1"), requires=["d"])), "circle"),
        (dmn(decision("a", literal("b"), requires=["b"]), decision("b", literal("a"), requires=["a"])), "circle"),
        (dmn(decision("d", table(["x"], ["y"], [("1", "2")], 'hitPolicy="LAST"'))), "hit_policy"),
        (dmn(decision("d", table(["x"], ["y"], [("1",)]))), "row_length"),
        (dmn(decision("d", table(["x"], [], [("1",)]))), "no_output"),
        (dmn(decision("d", table(["x"], ["y"], [("lambda: 1", "2")]))), "expression"),
        (dmn(decision("d", '<variable name="d" typeRef="tNobody"/>' + literal("1"))), "unknown_type"),
        (
            dmn(decision("d", '<functionDefinition kind="Java"><literalExpression/></functionDefinition>')),
            "external",
        ),
        (
            dmn(decision("d", '<literalExpression expressionLanguage="python"><text>1</text></literalExpression>')),
            "language",
        ),
    ],
)
def test_what_cannot_be_decided_by_is_refused(xml: bytes, code: str) -> None:
    with pytest.raises(DecisionError) as caught:
        parse_decisions(xml, "risk.dmn")

    assert code in [problem.code for problem in caught.value.problems]
    assert str(caught.value).startswith("risk.dmn, line ")


def test_all_problems_are_named_with_line_and_element() -> None:
    xml = dmn("\n", decision("first", literal("1 +")), "\n", decision("second", literal("2 *")))

    with pytest.raises(DecisionError) as caught:
        parse_decisions(xml, "risk.dmn")

    found = [(problem.line, problem.element_id, problem.code) for problem in caught.value.problems]
    assert found == [(2, "first", "expression"), (3, "second", "expression")]


def test_entities_in_a_file_are_never_expanded() -> None:
    bomb = b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><definitions>&b;</definitions>'

    with pytest.raises(DecisionError) as caught:
        parse_decisions(bomb, "bomb.dmn")

    assert caught.value.problems[0].code == "doctype"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1251"])
def test_cyrillic_survives_every_encoding(encoding: str) -> None:
    text = dmn(decision("d", literal('"Школа"'))).decode()
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)

    assert parse_decisions(xml, "d.dmn")[0].evaluate({}).output == "Школа"


def test_a_table_on_hostile_data_gives_null() -> None:
    found = one_table(["x"], ["y"], [("> 1", '"yes"')])

    values: list[object] = ["=1+1", "${7*7}", "> 1", {"__class__": 1}, [[]], float("nan")]
    for hostile in values:
        assert found.evaluate({"x": hostile}).output is None
