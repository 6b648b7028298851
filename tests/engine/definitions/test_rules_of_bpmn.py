"""What BPMN 2.0 allows passes, what it forbids is refused with the place, a code and a sentence."""

import pytest

from app.engine.definitions.check import lint
from tests.engine.diagrams import END, START, a_diagram, after, message, on_message, user_task

FLOWS = "\nbegun -> write\nwrite -> done\n"
TEXT = 'xsi:type="tFormalExpression"'
ITEMS = (
    '<itemDefinition id="text" structureRef="string"/><itemDefinition id="number" structureRef="number"/>'
    '<itemDefinition id="texts" structureRef="string" isCollection="true"/>'
)
INPUT = '<dataInput id="d"/>'
UNDO = '<association id="u" sourceRef="undo" targetRef="back"/>'


def problems_of(content: bytes) -> dict[str, str]:
    found = lint({"a.bpmn": content})
    for problem in found:
        assert all((problem.file, problem.line, problem.element_id, problem.code, problem.message, problem.sentence))
    return {problem.code: problem.element_id for problem in found if problem.severity == "error"}


def between(element: str) -> str:
    return START + element + END + FLOWS


def event(name: str, inside: str, attributes: str = "") -> str:
    return f'<{name} id="write" {attributes}>{inside}</{name}>'


def data(inputs: str = "", outputs: str = "", sets: str = "<inputSet/><outputSet/>") -> str:
    return f"<ioSpecification>{inputs}{outputs}{sets}</ioSpecification>"


def condition(text: str) -> str:
    return f"<conditionalEventDefinition><condition {TEXT}>{text}</condition></conditionalEventDefinition>"


def event_subprocess(definition: str, interrupting: str = "true") -> str:
    return (
        f'<subProcess id="beside" triggeredByEvent="true"><startEvent id="s" isInterrupting="{interrupting}">'
        f'{definition}</startEvent><endEvent id="e"/><sequenceFlow id="se" sourceRef="s" targetRef="e"/></subProcess>'
    )


RIGHT = {
    "named flows differ": between('<task id="write"><incoming>other</incoming></task>'),
    "every task": between("<task id='write'/>"),
    "receive": between('<receiveTask id="write" messageRef="ask_message"/>'),
    "send": between('<sendTask id="write" messageRef="ask_message"/>'),
    "operation of BPMN": between('<serviceTask id="write" operationRef="run"/>').replace("run", "absent", 0),
    "transaction": between('<transaction id="write"><task id="t"/></transaction>'),
    "ad hoc": between('<adHocSubProcess id="write" ordering="Sequential"><task id="t"/></adHocSubProcess>'),
    "standard loop": between(
        f'<task id="write"><standardLoopCharacteristics testBefore="true" loopMaximum="3">'
        f"<loopCondition {TEXT}>n &lt; 3</loopCondition></standardLoopCharacteristics></task>"
    ),
    "cardinality": between(
        f'<task id="write"><multiInstanceLoopCharacteristics isSequential="1"><loopCardinality {TEXT}>3'
        f"</loopCardinality></multiInstanceLoopCharacteristics></task>"
    ),
    "timer": between(event("intermediateCatchEvent", after("PT1H"))),
    "condition": between(event("intermediateCatchEvent", condition("x &gt; 3"))),
    "multiple": between(event("intermediateCatchEvent", after("P1D") + on_message("ask"), 'parallelMultiple="true"')),
    "link": START
    + '<intermediateThrowEvent id="away"><linkEventDefinition name="a"/></intermediateThrowEvent>'
    + '<intermediateCatchEvent id="here"><linkEventDefinition name="a"/></intermediateCatchEvent>'
    + END
    + "\nbegun -> away\nhere -> done\n",
    "implicit": user_task("write") + user_task("again") + "\nwrite -> again\n",
    "several flows": between(user_task("write")) + user_task("two") + "\nbegun -> two\ntwo -> done\n",
    "compensation": between("<task id='write'/>")
    + '<boundaryEvent id="undo" attachedToRef="write"><compensateEventDefinition/></boundaryEvent>'
    + '<task id="back" isForCompensation="true"/>'
    + UNDO,
    "event subprocess": between("<task id='write'/>") + event_subprocess(after("P1D"), "false"),
    "error beside": between("<task id='write'/>") + event_subprocess("<errorEventDefinition/>"),
    "reference with a prefix": between('<receiveTask id="write" messageRef="t:ask_message"/>'),
    "flow without an id": START + "<task id='write'/>" + END + '<sequenceFlow sourceRef="begun" targetRef="write"/>'
    '<sequenceFlow sourceRef="write" targetRef="done"/>',
    "remarks between": START + "<textAnnotation id='n'><text>x</text></textAnnotation><!-- x --><?pi x?>" + END
    + "\nbegun -> done\n",
    "global task": between('<callActivity id="write" calledElement="global"/>'),
    "data": between(
        '<task id="write">'
        + data(
            '<dataInput id="in" itemSubjectRef="text"/>',
            sets="<inputSet><dataInputRefs>in</dataInputRefs></inputSet><outputSet/>",
        )
        + '<dataInputAssociation id="a"><sourceRef>o</sourceRef><targetRef>in</targetRef></dataInputAssociation></task>'
    )
    + '<dataObject id="object" itemSubjectRef="text"/><dataObjectReference id="o" dataObjectRef="object"/>',
}  # fmt: skip
BEFORE = (
    ITEMS
    + message("ask")
    + '<interface id="i" name="i"><operation id="run" name="run"><inMessageRef>ask_message</inMessageRef></operation>'
    '</interface><globalTask id="global" name="g"/><escalation id="plain" name="plain"/><error id="err" errorCode="e"/>'
)


@pytest.mark.parametrize("name", sorted(set(RIGHT) - {"operation of BPMN"}))
def test_what_is_right_passes(name: str) -> None:
    content = a_diagram(RIGHT[name], before=BEFORE).replace(b"xmlns:xsi", b'xmlns:t="http://vekha/tests" xmlns:xsi')

    assert problems_of(content) == {}


WRONG = {
    "loop without end": (between("<task id='write'><standardLoopCharacteristics/></task>"), "loop"),
    "condition of a number": (between(event("intermediateCatchEvent", condition("23"))), "not_boolean"),
    "empty condition": (between(event("intermediateCatchEvent", condition(""))), "no_condition_text"),
    "timer as an end": (START + event("endEvent", after("P1D")) + "\nbegun -> write\n", "wrong_event"),
    "nothing waited for": (between(event("intermediateCatchEvent", "")), "no_definition"),
    "cancel outside": (
        START + event("endEvent", "<cancelEventDefinition/>") + "\nbegun -> write\n",
        "wrong_event",
    ),
    "cancel at a task": (
        between("<task id='write'/>")
        + '<boundaryEvent id="b" attachedToRef="write"><cancelEventDefinition/></boundaryEvent>\nb -> done\n',
        "wrong_event",
    ),
    "error that does not interrupt": (
        between("<task id='write'/>")
        + '<boundaryEvent id="b" attachedToRef="write" cancelActivity="false"><errorEventDefinition/></boundaryEvent>'
        + "\nb -> done\n",
        "wrong_event",
    ),
    "two times": (
        between(
            event(
                "intermediateCatchEvent",
                "<timerEventDefinition><timeDate>2026-04-30</timeDate><timeDuration>P1D</timeDuration>"
                "</timerEventDefinition>",
            )
        ),
        "several_times",
    ),
    "link without an end": (
        between(event("intermediateThrowEvent", '<linkEventDefinition name="a"/>')),
        "link",
    ),
    "compensation without a handler": (
        between("<task id='write'/>")
        + '<boundaryEvent id="b" attachedToRef="write"><compensateEventDefinition/></boundaryEvent>',
        "compensation",
    ),
    "handler that nothing leads to": (
        between("<task id='write'/>") + '<task id="h" isForCompensation="true"/>',
        "compensation",
    ),
    "event subprocess without a start": (
        between("<task id='write'/>") + '<subProcess id="x" triggeredByEvent="true"><task id="t"/></subProcess>',
        "several_starts",
    ),
    "event subprocess that nothing starts": (between("<task id='write'/>") + event_subprocess(""), "no_definition"),
    "event subprocess in the flow": (
        between("<task id='write'/>") + event_subprocess(after("P1D")) + "\nwrite -> beside\n",
        "wrong_flow",
    ),
    "subprocess with a timer start": (
        between(
            f'<subProcess id="write"><startEvent id="s">{after("P1D")}</startEvent><endEvent id="e"/>'
            '<sequenceFlow id="se" sourceRef="s" targetRef="e"/></subProcess>'
        ),
        "wrong_event",
    ),
    "flow across a border": (
        between('<subProcess id="write"><task id="t"/></subProcess>') + "begun -> t\n",
        "dangling_flow",
    ),
    "flow to a remark": (
        between("<task id='write'/>") + "<textAnnotation id='n'/>\nwrite -> n\n",
        "dangling_flow",
    ),
    "converging with two ways out": (
        between('<exclusiveGateway id="write" gatewayDirection="Converging"/>') + "write -> done : x\n",
        "gateway_direction",
    ),
    "mixed with one way in": (
        between('<parallelGateway id="write" gatewayDirection="Mixed"/>') + "write -> done\n",
        "gateway_direction",
    ),
    "event gateway with one way": (
        START
        + '<eventBasedGateway id="g"/>'
        + event("intermediateCatchEvent", after("P1D"))
        + END
        + "\nbegun -> g\ng -> write\nwrite -> done\n",
        "event_gateway",
    ),
    "event gateway to a task": (
        START
        + '<eventBasedGateway id="g"/><task id="t"/>'
        + event("intermediateCatchEvent", after("P1D"))
        + END
        + "\nbegun -> g\ng -> write\ng -> t\nt -> done\nwrite -> done\n",
        "event_gateway",
    ),
    "later than at once": (
        START + END + '<sequenceFlow id="f" sourceRef="begun" targetRef="done" isImmediate="false"/>',
        "wrong_flow",
    ),
    "start without an end": (START + "<task id='write'/>\nbegun -> write\n", "no_end"),
    "started by a task behind a start": (
        between('<receiveTask id="write" messageRef="ask_message" instantiate="true"/>'),
        "instantiate",
    ),
    "ad hoc with a start": (
        between('<adHocSubProcess id="write"><startEvent id="s"/><task id="t"/></adHocSubProcess>'),
        "ad_hoc",
    ),
    "ad hoc with nothing": (between('<adHocSubProcess id="write"/>'), "ad_hoc"),
    "both loops": (
        between(
            "<task id='write'><standardLoopCharacteristics loopMaximum='3'/><multiInstanceLoopCharacteristics/></task>"
        ),
        "schema",
    ),
    "no start quantity": (between('<task id="write" startQuantity="0"/>'), "bad_value"),
    "method": (between('<transaction id="write" method="_no!$% uri"><task id="t"/></transaction>'), "bad_value"),
    "escalation without a code": (
        START + event("endEvent", '<escalationEventDefinition escalationRef="plain"/>') + "\nbegun -> write\n",
        "no_code",
    ),
    "wrong kind of reference": (between('<receiveTask id="write" messageRef="text"/>'), "dangling_reference"),
    "definition of another event": (
        between(event("intermediateCatchEvent", "<eventDefinitionRef>own</eventDefinitionRef>"))
        + '<boundaryEvent id="b" attachedToRef="write"><signalEventDefinition id="own"/></boundaryEvent>\nb -> done\n',
        "dangling_reference",
    ),
    "data in no set": (between(f'<task id="write">{data(INPUT)}</task>'), "data_sets"),
    "data of a subprocess": (between(f'<subProcess id="write">{data()}<task id="t"/></subProcess>'), "data_sets"),
    "collection of one": (
        between("<task id='write'/>") + '<dataObject id="o" itemSubjectRef="texts"/>',
        "item_differs",
    ),
    "other structures": (
        RIGHT["data"].replace('id="in" itemSubjectRef="text"', 'id="in" itemSubjectRef="number"'),
        "data_association",
    ),
    "operation without data": (between('<serviceTask id="write" operationRef="run"/>'), "data_sets"),
    "nothing to call": (between('<callActivity id="write" calledElement="${key}"/>'), "called_by_expression"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused(name: str) -> None:
    body, code = WRONG[name]

    assert code in problems_of(a_diagram(body, before=BEFORE))


POOLS = (
    '<collaboration id="c"><participant id="one" processRef="simple"/><participant id="two" name="b"/>'
    '<messageFlow id="m" sourceRef="{source}" targetRef="{target}"/></collaboration>'
)


@pytest.mark.parametrize(
    ("source", "target", "wrong"),
    [
        ("write", "two", False),
        ("two", "write", False),
        ("write", "one", True),
        ("write", "write", True),
        ("begun", "two", True),
        ("two", "done", True),
        ("two", "nobody", False),
    ],
)
def test_messages_flow_between_pools(source: str, target: str, wrong: bool) -> None:
    content = a_diagram(between("<task id='write'/>"), before=POOLS.format(source=source, target=target))

    assert ("message_flow" in problems_of(content)) is wrong


def test_a_file_without_a_process_to_run_is_only_warned_of() -> None:
    content = a_diagram('<task id="a"/>\n').replace(b'isExecutable="true"', b'isExecutable="false"')

    assert [(one.code, one.severity) for one in lint({"a.bpmn": content})] == [("no_process", "warning")]


def test_it_is_said_that_nothing_starts_the_process_by_itself() -> None:
    body = event("startEvent", "<conditionalEventDefinition><condition>a</condition></conditionalEventDefinition>")
    found = lint({"a.bpmn": a_diagram(body + END + "\nwrite -> done\n", before=BEFORE)})

    assert [problem.severity for problem in found if problem.code == "started_by_hand"] == ["warning"]


def test_it_is_said_that_data_stores_are_not_used() -> None:
    body = between(
        '<task id="write"><ioSpecification><dataOutput id="o"/><inputSet/>'
        "<outputSet><dataOutputRefs>o</dataOutputRefs></outputSet></ioSpecification>"
        "<dataOutputAssociation><sourceRef>o</sourceRef><targetRef>store</targetRef></dataOutputAssociation></task>"
        '<dataStoreReference id="store" name="store"/>'
    )
    found = lint({"a.bpmn": a_diagram(body, before=BEFORE)})

    assert [problem.severity for problem in found if problem.code == "data_store"] == ["warning"]
