"""Diagrams of other modellers: what of their extensions counts, what is refused with how it stands in FEEL."""

from random import Random
from typing import Any

import pytest
from lxml import etree

from app.engine.definitions.check import lint
from app.engine.spiff import extensions
from app.engine.spiff.extensions import Mappings, Operation
from tests.engine.definitions.test_rules_of_bpmn import BEFORE, RIGHT
from tests.engine.diagrams import END, START, a_diagram, message, script, user_task

FLOWS = "\nbegun -> write\nwrite -> done\n"
NAMESPACES = (
    'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="n"'
)


def a_node(name: str, attributes: str = "", extended: str = "", inside: str = "") -> Any:
    parts = f"<extensionElements>{extended}</extensionElements>" if extended else ""
    return etree.fromstring(f"<{name} {NAMESPACES} {attributes}>{parts}{inside}</{name}>")


def errors(content: bytes) -> dict[str, str]:
    return {one.code: one.message for one in lint({"a.bpmn": content}) if one.severity == "error"}


@pytest.mark.parametrize(
    ("node", "operation"),
    [
        (a_node("serviceTask", extended='<zeebe:taskDefinition type="pay"/>'), Operation("pay", {})),
        (
            a_node(
                "serviceTask",
                extended='<zeebe:taskDefinition type="pay"/><zeebe:ioMapping><zeebe:input source="=a + 1" target="x"/>'
                '<zeebe:input source="b" target="y"/></zeebe:ioMapping>',
            ),
            Operation("pay", {"x": "a + 1", "y": '"b"'}),
        ),
        (a_node("serviceTask", 'camunda:type="external" camunda:topic="pay"'), Operation("pay", {})),
        (a_node("serviceTask", 'camunda:type="java" camunda:topic="pay"'), None),
        (a_node("serviceTask"), None),
    ],
)
def test_a_service_task_names_its_operation_in_several_ways(node: Any, operation: Operation | None) -> None:
    assert extensions.operation(node) == operation


@pytest.mark.parametrize(
    ("node", "mappings"),
    [
        (a_node("callActivity"), Mappings()),
        (
            a_node("callActivity", extended='<camunda:in source="a" target="b"/>'),
            Mappings((("b", "a"),), ()),
        ),
        (
            a_node("callActivity", extended='<camunda:in variables="all"/><camunda:out variables="all"/>'),
            Mappings(None, None),
        ),
        (
            a_node(
                "callActivity", extended='<zeebe:ioMapping><zeebe:output source="=r" target="s"/></zeebe:ioMapping>'
            ),
            Mappings(None, (("s", "r"),)),
        ),
    ],
)
def test_a_call_hands_over_what_the_extensions_say(node: Any, mappings: Mappings) -> None:
    assert extensions.mappings(node) == mappings


def test_a_call_hands_over_what_properties_say() -> None:
    rows = '<spiffworkflow:property name="in.a" value="=x + 1"/><spiffworkflow:property name="out.b" value="y"/>'
    node = a_node("callActivity", extended=f"<spiffworkflow:properties>{rows}</spiffworkflow:properties>")

    assert extensions.mappings(node) == Mappings((("a", "x + 1"),), (("b", "y"),))


def test_loops_and_scripts_of_others_are_read() -> None:
    loop = extensions.loop(
        a_node(
            "task",
            inside="<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics "
            'inputCollection="=rows" inputElement="row" outputCollection="out" outputElement="=row.x"/>'
            "</extensionElements></multiInstanceLoopCharacteristics>",
        )
    )
    assert loop is not None
    assert (loop.kind, loop.collection, loop.item, loop.output_ref, loop.output_element) == (
        "parallel", "rows", "row", "out", "row.x",
    )  # fmt: skip
    zeebe = a_node("scriptTask", extended='<zeebe:script expression="=a + 1" resultVariable="b"/>')
    assert extensions.script(zeebe) == ("feel", "{b: a + 1}")


def test_a_message_is_correlated_by_keys_of_bpmn() -> None:
    root = etree.fromstring(
        f'<definitions {NAMESPACES}><message id="m" name="m"/><correlationProperty id="p" name="school">'
        '<correlationPropertyRetrievalExpression messageRef="m"><messagePath>=school.id</messagePath>'
        "</correlationPropertyRetrievalExpression></correlationProperty><collaboration><correlationKey>"
        "<correlationPropertyRef>p</correlationPropertyRef></correlationKey></collaboration></definitions>"
    )
    assert extensions.correlation(a_node("receiveTask"), root[0], root) == "school.id"


@pytest.mark.parametrize(
    ("text", "feel"),
    [
        ("${approved == true}", "approved = true"),
        ("#{a && !b || c != 'x'}", 'a and not(b) or c != "x"'),
        ("${amount gt 3}", "amount > 3"),
    ],
)
def test_a_foreign_condition_is_refused_with_its_form_in_feel(text: str, feel: str) -> None:
    body = START + '<exclusiveGateway id="write"/>' + END + f"\nbegun -> write\nwrite -> done : {text}\nwrite => done\n"

    assert feel in errors(a_diagram(body))["foreign_expression"]


@pytest.mark.parametrize(
    ("task", "code"),
    [
        (script("write", "${x}"), "foreign_expression"),
        (script("write", "{a: 1}").replace("<scriptTask", '<scriptTask scriptFormat="groovy"'), "not_feel"),
        (script("write", "{a: 1}").replace("<scriptTask", '<scriptTask scriptFormat="FEEL"'), None),
        (script("write", "={a: 1}"), None),
        (user_task("write", due="=P1D +"), "bad_expression"),
    ],
)
def test_scripts_are_written_in_feel(task: str, code: str | None) -> None:
    found = errors(a_diagram(START + task + END + FLOWS))

    assert (code in found) if code else found == {}


def test_the_language_of_the_whole_file_does_not_matter_but_that_of_an_expression_does() -> None:
    gateway = START + '<exclusiveGateway id="write"/>' + END + "\nbegun -> write\nwrite -> done : x\nwrite => done\n"
    content = a_diagram(gateway).replace(
        b' targetNamespace="', b' expressionLanguage="http://www.w3.org/1999/XPath" targetNamespace="'
    )
    assert errors(content) == {}
    python = content.replace(b'"tFormalExpression"', b'"tFormalExpression" language="python"')
    assert set(errors(python)) == {"foreign_expression"}


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-16", "utf-8-sig", "koi8-r"])
def test_encodings_and_parts_in_another_order_are_read(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    task = user_task("write").replace("</userTask>", "<documentation>Порядок</documentation></userTask>")
    body = START + "<!-- Примечание -->" + "<association id='as' sourceRef='write' targetRef='note'/>" + task + END
    text = f'<?xml version="1.0" encoding="{name}"?>' + a_diagram(body + FLOWS).decode()

    assert errors(text.encode(encoding)) == {}


def test_a_deep_or_long_file_ends_soon() -> None:
    deep = '<subProcess id="s{}">' * 60 + "</subProcess>" * 60
    assert "too_deep" in errors(a_diagram(deep.format(*range(60))))
    assert errors(b"<a>" * 100_000).keys() == {"not_readable"}


def _changed(content: bytes, random: Random) -> bytes:
    """Delete, double, move or rename some of a diagram."""
    root = etree.fromstring(content)
    for _turn in range(random.randint(1, 4)):
        parents = [(node, parent) for parent in root.iter("{*}*") for node in parent.iterchildren("{*}*")]
        (node, parent), (other, _parent) = random.choice(parents), random.choice(parents)
        what = random.randrange(6)
        if what == 0:
            parent.remove(node)
        elif what == 1:
            parent.append(etree.fromstring(etree.tostring(node)))
        elif what == 2:
            node.tag = other.tag
        elif what == 3 and node.attrib:
            del node.attrib[random.choice(list(node.attrib))]
        elif what == 4 and node.attrib and other.attrib:
            node.set(random.choice(list(node.attrib)), str(random.choice(list(other.attrib.values()))))
        elif what == 5:
            node.text = random.choice(["", "=", "${x}", "a +", "\u202e", "9" * 30])
    return etree.tostring(root)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_broken_is_refused_or_runs_and_never_crashes(seed: int) -> None:
    random = Random(seed)
    content = a_diagram(RIGHT[random.choice(sorted(RIGHT))], before=BEFORE + message("more"))

    for problem in lint({"a.bpmn": _changed(content, random)}):
        assert problem.line > 0, f"seed {seed}"
