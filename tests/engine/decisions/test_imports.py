"""Models that import others: with a name, without one, twice, in a circle."""

from typing import Any

import pytest

from app.engine.decisions import DecisionError, parse_model
from app.engine.decisions.running import DecisionRun
from app.engine.expressions import to_json
from tests.engine.decisions.models import NAMESPACE, literal, text


def model_of(name: str, *parts: str) -> bytes:
    """Return a model with a namespace of its own."""
    return f'<definitions xmlns="{NAMESPACE}" name="{name}" namespace="http://{name}">{"".join(parts)}</definitions>'.encode()


def imports(namespace: str, name: str = "") -> str:
    """Return an import of another model."""
    return f'<import namespace="http://{namespace}" name="{name}" importType="{NAMESPACE}"/>'


def decision(name: str, logic: str, *references: str, kind: str = "Decision", type_of: str = "") -> str:
    """Return a decision that needs other parts."""
    tag = "knowledgeRequirement" if kind == "Knowledge" else "informationRequirement"
    needs = "".join(f'<{tag}><required{kind} href="{reference}"/></{tag}>' for reference in references)
    variable = f'<variable name="{name}" typeRef="{type_of}"/>' if type_of else ""
    return f'<decision id="{name}" name="{name}">{variable}{needs}{literal(logic)}</decision>'


def value(main: bytes, name: str, others: dict[str, bytes], **data: Any) -> Any:
    """Return what a decision of the main model decides."""
    model = parse_model(main, "main.dmn", library={f"http://{key}": xml for key, xml in others.items()})
    part = model.part_named(name, "decision")
    assert part is not None
    return to_json(model.value_of(part.id, DecisionRun(data)))


B = model_of("b", decision("level", '"b"'), decision("twice", "level + level", "#level"))
INPUT = '<inputData id="x" name="x"><variable name="x" typeRef="string"/></inputData>'


def test_a_named_import_is_seen_under_its_name() -> None:
    main = model_of("a", imports("b", "other"), decision("d", "other.twice", "http://b#twice"))

    assert value(main, "d", {"b": B}) == "bb"


def test_an_import_without_a_name_is_seen_as_if_written_here() -> None:
    main = model_of("a", imports("b"), decision("d", "twice", "#twice"))

    assert value(main, "d", {"b": B}) == "bb"


def test_what_is_written_here_comes_before_what_is_imported_without_a_name() -> None:
    main = model_of("a", imports("b"), decision("level", '"a"'), decision("d", "level + twice", "#level", "#twice"))

    assert value(main, "d", {"b": B}) == "abb"


def test_functions_and_types_can_be_imported() -> None:
    logic = f'<encapsulatedLogic><formalParameter name="n"/>{text("literalExpression", "n + 1")}</encapsulatedLogic>'
    item = '<itemDefinition name="texts" isCollection="true"><typeRef>string</typeRef></itemDefinition>'
    other = model_of("b", item, f'<businessKnowledgeModel id="f" name="f">{logic}</businessKnowledgeModel>')
    main = model_of(
        "a",
        imports("b", "i"),
        decision("n", "i.f(2)", "http://b#f", kind="Knowledge"),
        decision("t", '"one"', type_of="i.texts"),
    )

    assert value(main, "n", {"b": other}) == 3
    assert value(main, "t", {"b": other}) == ["one"]


def test_one_file_imported_twice_has_its_own_inputs_each_time() -> None:
    leaf = model_of("c", INPUT, decision("d", "x", "#x", kind="Input"))
    main = model_of("a", imports("c", "i"), imports("c", "k"), decision("d", "i.d", "http://c#d"))

    assert value(main, "d", {"c": leaf}, **{"i.x": "one", "k.x": "two"}) == "one"
    assert value(main, "d", {"c": leaf}, **{"http://c#x": "by namespace"}) == "by namespace"
    assert value(main, "d", {"c": leaf}, x="by name") == "by name"


def test_a_circle_of_imports_ends() -> None:
    first = model_of("a", imports("b"), decision("d", "e", "#e"))
    second = model_of("b", imports("a"), decision("e", '"e"'))

    assert value(first, "d", {"b": second, "a": first}) == "e"


def test_a_missing_import_is_refused_with_its_line() -> None:
    with pytest.raises(DecisionError) as refused:
        parse_model(model_of("a", imports("b", "other"), decision("d", "1")), "main.dmn")

    assert [problem.code for problem in refused.value.problems] == ["import"]
