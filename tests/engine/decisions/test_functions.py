"""Functions, services and the types of what they take and give."""

from typing import Any

import pytest

from app.engine.decisions import DecisionError, parse_decisions, parse_model
from app.engine.decisions.running import DecisionRun
from app.engine.expressions import to_json
from tests.engine.decisions.models import decision, dmn, literal, text

TYPES = (
    '<itemDefinition name="numbers" isCollection="true"><typeRef>number</typeRef></itemDefinition>'
    '<itemDefinition name="makes numbers"><functionItem outputTypeRef="numbers"/></itemDefinition>'
    '<itemDefinition name="colour"><typeRef>string</typeRef><allowedValues><text>"red", "green"</text></allowedValues>'
    "</itemDefinition>"
)


def function(name: str, body: str, parameters: str = "", variable: str = "") -> str:
    """Return a business knowledge model."""
    logic = f"<encapsulatedLogic>{parameters}{body}</encapsulatedLogic>"
    return f'<businessKnowledgeModel id="{name}" name="{name}">{variable}{logic}</businessKnowledgeModel>'


def calls(name: str, expression: str, typed: str = "") -> str:
    """Return a decision that calls a function or service."""
    need = f'<knowledgeRequirement><requiredKnowledge href="#{name}"/></knowledgeRequirement>'
    variable = f'<variable name="d" typeRef="{typed}"/>' if typed else ""
    return f'<decision id="d" name="d">{variable}{need}{literal(expression)}</decision>'


def decided(*parts: str, **data: Any) -> Any:
    """Return the value of the decision `d`."""
    model = parse_model(dmn(TYPES, *parts), "m.dmn")
    return to_json(model.value_of("d", DecisionRun(data)))


def test_an_argument_of_another_type_is_null_inside_the_function() -> None:
    given = function("f", text("literalExpression", "n = null"), '<formalParameter name="n" typeRef="number"/>')

    assert decided(given, calls("f", 'f("one")')) is True


def test_a_functions_result_becomes_what_its_variable_says() -> None:
    given = function("f", text("literalExpression", "1"), variable='<variable name="f" typeRef="makes numbers"/>')

    assert decided(given, calls("f", "f()")) == [1]


def test_a_service_is_a_function_of_its_inputs() -> None:
    service = (
        '<inputData id="x" name="x"><variable name="x" typeRef="number"/></inputData>'
        '<decision id="e" name="e"><informationRequirement><requiredInput href="#x"/></informationRequirement>'
        f"{literal('x * 2')}</decision>"
        '<decisionService id="s" name="s"><variable name="s" typeRef="makes numbers"/>'
        '<outputDecision href="#e"/><inputData href="#x"/></decisionService>'
    )

    assert decided(service, calls("s", "s(4)")) == [8]
    assert decided(service, calls("s", "s(x: 5)")) == [10]
    assert decided(service, calls("s", "s(1, 2)")) is None


def test_values_that_a_type_does_not_allow_are_null_but_still_instances() -> None:
    assert (
        decided(f'<decision id="d" name="d"><variable name="d" typeRef="colour"/>{literal("x")}</decision>', x="red")
        == "red"
    )
    assert (
        decided(f'<decision id="d" name="d"><variable name="d" typeRef="colour"/>{literal("x")}</decision>', x="blue")
        is None
    )
    assert decided(decision("d", literal("x instance of colour")), x="blue") is True


@pytest.mark.parametrize(
    "logic",
    [
        literal('function(n) external {java: {class: "java.lang.Math", method signature: "cos(double)"}}'),
        '<context><contextEntry><variable name="f"/><functionDefinition kind="Java"/></contextEntry></context>',
    ],
)
def test_functions_of_other_languages_are_refused_where_they_stand(logic: str) -> None:
    with pytest.raises(DecisionError) as refused:
        parse_decisions(dmn(decision("d", logic)), "m.dmn")

    problem = refused.value.problems[0]
    assert (problem.code, problem.element_id, problem.line) == ("external", "d", 1)


def test_a_services_parameters_have_the_types_that_its_variable_declares() -> None:
    takes_colour = '<functionItem><parameters name="c" typeRef="colour"/></functionItem>'
    declared = f'<itemDefinition name="of colour">{takes_colour}</itemDefinition>'
    service = (
        f'<decision id="c" name="c">{literal(chr(34) + "never" + chr(34))}</decision>'
        '<decision id="e" name="e"><informationRequirement><requiredDecision href="#c"/></informationRequirement>'
        f"{literal('c')}</decision>"
        '<decisionService id="s" name="s"><variable name="s" typeRef="of colour"/>'
        '<outputDecision href="#e"/><inputDecision href="#c"/></decisionService>'
    )

    assert decided(declared, service, calls("s", 's("red")')) == "red"
    assert decided(declared, service, calls("s", 's("blue")')) is None


def test_a_decision_may_use_what_it_needs_only_because_others_need_it() -> None:
    chain = (decision("a", literal("1")), decision("b", literal("a + 1"), requires=["a"]))

    assert decided(*chain, decision("d", literal("a + b"), requires=["b"])) == 3
