"""What other programs write beside BPMN: inert, honoured, or refused where it would change what happens."""

from itertools import pairwise
from pathlib import Path
from time import process_time

import pytest

from app.engine.definitions.check import lint
from app.studio.files import files_below
from app.studio.lint import lint as lint_files
from tests.engine.diagrams import END, START, a_diagram, boundary, message, on_message, script, user_task

NAMESPACES = (
    b'<definitions xmlns:activiti="http://activiti.org/bpmn" xmlns:flowable="http://flowable.org/bpmn" '
    b'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    b'xmlns:drools="http://www.jboss.org/drools" xmlns:foo="http://foo" '
)
FLOWS = "\nbegun -> write\nwrite -> done\n"
CALLED = "</process><process id='called' isExecutable='true'><userTask id='inner'/>"
LISTENER = (
    '<camunda:executionListener event="end"><camunda:script scriptFormat="groovy">{}</camunda:script>'
    "</camunda:executionListener>"
)
SET = "execution.setVariable('total', 5)"


def found(body: str, *, before: str = "", severity: str = "error") -> dict[str, str]:
    content = a_diagram(body, before=before).replace(b"<definitions ", NAMESPACES, 1)
    problems = lint({"a.bpmn": content})
    assert all(one.line > 0 and one.element_id and one.message for one in problems)
    return {one.code: one.element_id for one in problems if one.severity == severity}


def between(element: str) -> str:
    return START + element + END + FLOWS


def task(attributes: str = "", extended: str = "", name: str = "userTask", inside: str = "") -> str:
    return f'<{name} id="write" {attributes}><extensionElements>{extended}</extensionElements>{inside}</{name}>'


def choice(element: str) -> str:
    return (
        START + element + '<exclusiveGateway id="chosen"/>' + user_task("more") + END + "\nbegun -> write\n"
        "write -> chosen\nchosen -> more : total > 3\nchosen => done\nmore -> done\n"
    )


@pytest.mark.parametrize(
    "element",
    [
        task('flowable:skipExpression="${skip}"'),
        task('calledElement="called" camunda:variableMappingClass="a.B"', name="callActivity") + CALLED,
        task('calledElement="called" drools:waitForCompletion="false"', name="callActivity") + CALLED,
        task(extended='<camunda:errorEventDefinition expression="${x}"/>', name="task"),
        task(extended='<zeebe:adHoc activeElementsCollection="=x"/>', name="adHocSubProcess", inside="<task id='i'/>"),
        user_task("write")
        + boundary("late", "write", on_message("ask").replace("/>", ' activiti:correlationKey="a"/>'))
        + '<endEvent id="ended"/>\nlate -> ended\n',
    ],
)  # fmt: skip
def test_what_steers_another_engine_is_refused(element: str) -> None:
    assert "steered_by_extension" in found(between(element), before=message("ask"))


@pytest.mark.parametrize(
    "element",
    [
        task(
            extended='<camunda:inputOutput><camunda:outputParameter name="total">5</camunda:outputParameter>'
            "</camunda:inputOutput>"
        ),
        task(extended='<zeebe:ioMapping><zeebe:output source="=a" target="total"/></zeebe:ioMapping>'),
        task(
            extended='<zeebe:taskDefinition type="pay"/><zeebe:ioMapping><zeebe:output source="=a" target="total"/>'
            "</zeebe:ioMapping>",
            name="serviceTask",
        ),
        task(extended=LISTENER.format(SET)),
        task(extended=f'<camunda:taskListener event="create" expression="${{{SET}}}"/>'),
        task(extended=f"<drools:onExit-script><drools:script>kcontext.{SET}</drools:script></drools:onExit-script>"),
    ],
)
def test_a_variable_that_only_another_engine_sets_may_not_be_read(element: str) -> None:
    assert found(choice(element)).get("set_by_extension") == "write"
    assert found(choice(element.replace("total", "other"))) == {}
    assert "set_by_extension" not in found(between(element))


def test_what_is_mapped_under_its_own_name_is_set_anyway() -> None:
    mapping = '<zeebe:ioMapping><zeebe:output source="=total" target="total"/></zeebe:ioMapping>'

    assert found(choice(task(extended=mapping))) == {}


@pytest.mark.parametrize(
    ("before", "element"),
    [
        ('<message id="m" name="ask-${id}"/>', '<receiveTask id="write" messageRef="m"/>'),
        ('<signal id="m" name="=kind"/>',
         '<intermediateThrowEvent id="write"><signalEventDefinition signalRef="m"/></intermediateThrowEvent>'),
        ("", task(extended='<zeebe:taskDefinition type="=kind"/>', name="serviceTask")),
        ("", task('camunda:type="external" camunda:topic="${kind}"', name="serviceTask")),
        ("", task('camunda:decisionRef="${kind}"', name="businessRuleTask")),
    ],
)  # fmt: skip
def test_a_name_that_is_an_expression_is_refused(before: str, element: str) -> None:
    assert found(between(element), before=before).get("named_by_expression") == "write"


def test_flows_that_another_engine_asks_in_another_order_are_refused() -> None:
    flows = "begun -> write\nwrite -> one : x > 1\nwrite -> done : x > 0\none -> done\n"
    body = START + '<exclusiveGateway id="write"/>' + user_task("one") + END + "\n" + flows

    def numbered(first: int, second: int) -> bytes:
        content = a_diagram(body).replace(b"<definitions ", NAMESPACES, 1)
        content = content.replace(b'id="flow_2"', b'id="flow_2" drools:priority="%d"' % first)
        return content.replace(b'id="flow_3"', b'id="flow_3" drools:priority="%d"' % second)

    def errors(content: bytes) -> list[str]:
        return [one.code for one in lint({"a.bpmn": content}) if one.severity == "error"]

    assert errors(numbered(1, 2)) == []
    assert errors(numbered(2, 1)) == ["steered_by_extension"]


@pytest.mark.parametrize(
    "element",
    [
        task('activiti:assignee="kermit" flowable:formKey="f" camunda:asyncBefore="true" flowable:dueDate="${d}"'),
        task(extended='<camunda:failedJobRetryTimeCycle>R3/PT1M</camunda:failedJobRetryTimeCycle>'),
        task(extended='<zeebe:userTask/><zeebe:formDefinition formId="f"/><zeebe:assignmentDefinition assignee="=a"/>'),
        task(extended=LISTENER.format("println('hello')")),
        task(extended='<drools:metaData name="elementname"><drools:metaValue>A</drools:metaValue></drools:metaData>'),
    ],
)  # fmt: skip
def test_what_concerns_people_forms_and_machines_is_only_warned_of(element: str) -> None:
    assert found(between(element)) == {}
    assert {"ignored_extension", "ignored_attribute"} & set(found(between(element), severity="warning"))


@pytest.mark.parametrize(
    ("element", "code"),
    [
        ('<userTask id="write"><multiInstanceLoopCharacteristics xmlns=""/></userTask>', "wrong_namespace"),
        ('<userTask id="write"/><foo:userTask id="lost"/>', "wrong_namespace"),
        ('<userTask id="write"/><foo:colour/>', "wrong_namespace"),
        ('<userTask id="write"><documentation><foo:task/></documentation></userTask>', None),
    ],
)
def test_where_bpmn_stands_nothing_else_does(element: str, code: str | None) -> None:
    errors = found(between(element))

    assert (code in errors) if code else errors == {}


def test_the_kin_of_camunda_call_and_loop_alike() -> None:
    loop = '<multiInstanceLoopCharacteristics activiti:collection="people" flowable:elementVariable="one"/>'
    assert found(between(task(inside=loop))) == {}
    call = '<flowable:in source="a" target="b"/>'
    warnings = found(between(task('calledElement="called"', call, "callActivity") + CALLED), severity="warning")
    assert "ignored_extension" not in warnings


@pytest.mark.parametrize(
    ("content", "line", "element_id"),
    [
        (b'<a>\n<userTask id="write">\n</a>', 3, "write"),
        (b'<!DOCTYPE a []>\n<definitions id="d"/>', 1, "d"),
        (a_diagram(between(script("write", "{a: 1}")))[:-40], 3, "flow_2"),
        ('<a><b id="здесь"></a>'.encode("utf-16"), 1, "здесь"),
        (b"hello", 1, ""),
        (b"", 1, ""),
    ],
)
def test_what_cannot_be_read_is_shown_at_the_element_before_it(content: bytes, line: int, element_id: str) -> None:
    (problem,) = lint({"a.bpmn": content})

    assert (problem.line, problem.element_id) == (line, element_id)


def test_a_flow_that_leads_nowhere_is_refused() -> None:
    body = START + user_task("write") + END + FLOWS + '<sequenceFlow id="lost" sourceRef="begun"/>\nbegun -> write\n'

    assert found(body).get("dangling_flow") == "lost"


def test_a_process_without_an_id_is_refused() -> None:
    content = a_diagram(between(user_task("write"))).replace(b'<process id="simple"', b"<process")

    assert [one.code for one in lint({"a.bpmn": content}) if one.severity == "error"] == ["no_process_id"]


def test_what_another_program_writes_in_its_own_extensions_is_not_validated() -> None:
    extended = '<foo:data xsi:type="foo:Unknown"/>'

    assert found(between(task(extended=extended))) == {}


@pytest.mark.parametrize("kind", ["exclusiveGateway", "userTask"])
def test_a_long_file_is_checked_soon(kind: str) -> None:
    names = ["begun", *(f"n{number}" for number in range(900)), "done"]
    flows = "".join(f"\n{one} -> {other}" for one, other in pairwise(names))
    nodes = "".join(f'<{kind} id="{name}" name="{"x" * 400}"/>' for name in names[1:-1])
    begun = process_time()

    assert found(START + nodes + END + flows + "\n") == {}
    assert process_time() - begun < 5


@pytest.mark.parametrize("name", ["a.bpmn20.xml", "a.bpmn2", "a.xml", "a.BPMN"])
def test_a_diagram_that_is_named_is_checked_whatever_its_name_ends_with(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(a_diagram(START + user_task("write") + "\nbegun -> write\n"))

    problems = lint_files(None, files=files_below([path]))

    assert {one.code for one in problems if one.severity == "error"} == {"no_end"}
