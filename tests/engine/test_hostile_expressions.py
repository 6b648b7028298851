"""Hostile texts in every place where a diagram holds an expression: data or a refusal, never a program."""

from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest

from app.engine.scenarios.store import MemoryStore
from tests.engine.decisions.models import decision, dmn, literal, table
from tests.engine.diagrams import END, START, a_diagram, after, boundary, every, message, service_task, user_task
from tests.engine.hostile import judge, judge_unchecked, nothing_is_run

_TOUCH = "__import__('os').system('touch /tmp/pwned')"

PAYLOADS: dict[str, str] = {
    "B1-import": _TOUCH,
    "B1-double quotes": '__import__("os").system("touch /tmp/pwned")',
    "B1-subclasses": "().__class__.__base__.__subclasses__()",
    "B1-attributes": '"x".__class__.__mro__',
    "B1-format": '"{0.__class__}".format(n)',
    "B1-f-string": 'f"{n.__class__}"',
    "B1-walrus": "(x := 1)",
    "B1-lambda": "(lambda: 1)()",
    "B1-comprehension": "[x for x in n.__class__.__mro__]",
    "B1-statement": 'import os; os.system("touch /tmp/pwned")',
    "B1-open": 'open("/etc/passwd").read()',
    "B1-exec": 'exec("import os")',
    "B1-frame": "(x for x in [1]).gi_frame",
    "B2-external": (
        'function(a) external {java: {class: "java.lang.Runtime", method signature: "exec(java.lang.String)"}}'
    ),
    "B2-external called": '(function(a) external {java: {class: "java.lang.Math", method signature: "abs(int)"}})(1)',
    "B2-get value": 'get value(n, "__class__")',
    "B2-not listed": 'system("touch /tmp/pwned")',
    "B3-power": "9**9**9**9",
    "B3-power of power": "(99 ** 99) ** 99999",
    "B3-big literal": "9" * 12_000,
    "B3-big literal negative": "1E999999999",
    "B3-additions": "1" + "+1" * 8_000,
    "B3-brackets": "(" * 300 + "1" + ")" * 300,
    "B3-lists": "[" * 5_000 + "]" * 5_000,
    "B3-contexts": "{a: " * 300 + "1" + "}" * 300,
    "B3-long": "1 + " * 100_000 + "1",
    "B3-range": "for i in 1..1000000000 return i",
    "B3-nested loops": "for a in 1..1000, b in 1..1000, c in 1..1000 return a",
    "B3-some": "some i in 1..1000000000 satisfies i < 0",
    "B3-text": 'string join(for i in 1..100000 return "xxxxxxxxxxxxxxxx")',
    "B3-recursion": "{f: function(x) f(x), r: f(1)}.r",
    "B3-two functions": "{f: function(x) [g(x), g(x)], g: function(x) [f(x), f(x)], r: f(1)}.r",
    "B3-doubling": "{a: [1, 1], b: [a, a], c: [b, b], d: [c, c], e: [d, d], f: [e, e], r: flatten([f, f])}.r",
    "B4-regex": 'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$")',
    "B4-replace": 'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a|aa)+$", "x")',
    "B4-split": 'split("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(.*a){20}")',
    "B5-juel": "${Runtime.getRuntime().exec('touch /tmp/pwned')}",
    "B5-hash": "#{T(java.lang.Runtime).exec('touch /tmp/pwned')}",
    "B5-jinja": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "B5-erb": "<%= `touch /tmp/pwned` %>",
    "B6-dunder": "{__builtins__: 1, self: 2, `x`: 3}",
    "B7-division": "1 / 0",
    "B7-null": "null + 1 > nobody",
    "B7-mixed": 'date("2026-01-01") + "x" > {a: 1}',
    "B6-signs": "\u202e\u200d\ufeff👾",
    "quotes": '"' * 1_001,
    "date": 'date("999999999-12-31") + duration("P999999999Y")',
}

PLAIN = "\nbegun -> act\nact -> done\n"


def body(act: str, flows: str = PLAIN, before: str = "") -> bytes:
    return a_diagram(f"{START}{act}{END}{flows}", "main", before=before)


def loop(inside: str, tag: str = "multiInstanceLoopCharacteristics") -> bytes:
    return body(f'<scriptTask id="act"><script>{{n: 1}}</script><{tag}>{inside}</{tag}></scriptTask>')


def prop(name: str, text: str, tag: str = "userTask") -> bytes:
    rows = (
        f'<spiffworkflow:properties><spiffworkflow:property name="{name}" value="{text}"/></spiffworkflow:properties>'
    )
    return body(f'<{tag} id="act"><extensionElements>{rows}</extensionElements></{tag}>')


def on_call(inside: str) -> bytes:
    act = f'<callActivity id="act" calledElement="other">{inside}</callActivity>'
    rest = '</process><process id="other" isExecutable="true"><startEvent id="s"/><endEvent id="e"/>\ns -> e\n'
    return a_diagram(f"{START}{act}{END}{PLAIN}{rest}", "main")


def zeebe(inside: str) -> str:
    return f'<extensionElements xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">{inside}</extensionElements>'


ZEEBE_OPERATION = (
    '<zeebe:taskDefinition type="op"/><zeebe:ioMapping><zeebe:input source="={escaped}" target="n"/></zeebe:ioMapping>'
)


def conditional(text: str) -> str:
    return f"<conditionalEventDefinition><condition>{text}</condition></conditionalEventDefinition>"


def catch(definition: str, before: str = "") -> bytes:
    return body(f'<intermediateCatchEvent id="act">{definition}</intermediateCatchEvent>', before=before)


def correlated(text: str) -> bytes:
    rows = (
        f'<spiffworkflow:property name="correlation" value="{text}"/>'
        f'<spiffworkflow:property name="payload" value="{text}"/>'
    )
    holder = f"<extensionElements><spiffworkflow:properties>{rows}</spiffworkflow:properties></extensionElements>"
    event = (
        f'<intermediateThrowEvent id="act">{holder}<messageEventDefinition '
        f'messageRef="m_message"/></intermediateThrowEvent>'
    )
    return body(event, before=message("m"))


def by_bpmn_keys(text: str) -> bytes:
    before = (
        message("m")
        + '<correlationProperty id="p"><correlationPropertyRetrievalExpression messageRef="m_message">'
        + f"<messagePath>{text}</messagePath></correlationPropertyRetrievalExpression></correlationProperty>"
        + '<collaboration id="c"><participant id="x" processRef="main"/>'
        '<correlationKey id="k"><correlationPropertyRef>p'
        + "</correlationPropertyRef></correlationKey></collaboration>"
    )
    return catch('<messageEventDefinition messageRef="m_message"/>', before)


def association(inside: str) -> bytes:
    data = '<dataObject id="obj"/><dataObjectReference id="ref" dataObjectRef="obj"/>'
    act = (
        f'<userTask id="act"><dataInputAssociation><targetRef>ref</targetRef>{inside}</dataInputAssociation></userTask>'
    )
    return a_diagram(f"{data}{START}{act}{END}{PLAIN}", "main")


def gateway(kind: str, text: str) -> bytes:
    nodes = f'<{kind}Gateway id="g"/>{user_task("a")}{user_task("b")}'
    condition = f"<conditionExpression>{text}</conditionExpression>"
    flow = f'<sequenceFlow id="x" sourceRef="g" targetRef="a">{condition}</sequenceFlow>'
    return body(nodes + flow, "\nbegun -> g\ng => b\na -> done\nb -> done\n")


PLACES: dict[str, Callable[[str], bytes]] = {
    "exclusive gateway": lambda text: gateway("exclusive", text),
    "inclusive gateway": lambda text: gateway("inclusive", text),
    "flow of a task": lambda text: body(
        f'<scriptTask id="g"><script>{{n: 1}}</script></scriptTask>{user_task("a")}{user_task("b")}'
        f'<sequenceFlow id="x" sourceRef="g" targetRef="a">'
        f"<conditionExpression>{text}</conditionExpression></sequenceFlow>",
        "\nbegun -> g\ng => b\na -> done\nb -> done\n",
    ),
    "complex gateway": lambda text: body(
        f'<parallelGateway id="p"/><complexGateway id="g">'
        f"<activationCondition>{text}</activationCondition></complexGateway>",
        "\nbegun -> p\np -> g\np -> g\ng -> done\n",
    ),
    "script": lambda text: body(f'<scriptTask id="act"><script>{text}</script></scriptTask>'),
    "assigned in a script": lambda text: body(f'<scriptTask id="act"><script>{{n: {text}}}</script></scriptTask>'),
    "zeebe script": lambda text: body(
        f'<scriptTask id="act">{zeebe(f"""<zeebe:script expression="={text}" resultVariable="n"/>""")}</scriptTask>'
    ),
    "duration": lambda text: catch(after(f"={text}")),
    "duration as it stands": lambda text: catch(after(text)),
    "date": lambda text: catch(f"<timerEventDefinition><timeDate>={text}</timeDate></timerEventDefinition>"),
    "cycle": lambda text: body(
        user_task("act") + boundary("b", "act", every(f"={text}"), False), f"{PLAIN}b -> done\n"
    ),
    "start timer": lambda text: body(
        f'<startEvent id="at">{after(f"={text}")}</startEvent>{user_task("act")}', f"{PLAIN}at -> act\n"
    ),
    "cardinality": lambda text: loop(f"<loopCardinality>{text}</loopCardinality>"),
    "collection": lambda text: loop(f'<loopDataInputRef>{text}</loopDataInputRef><inputDataItem id="i" name="i"/>'),
    "completion condition": lambda text: loop(
        f"<loopCardinality>2</loopCardinality><completionCondition>{text}</completionCondition>"
    ),
    "zeebe collection": lambda text: loop(
        zeebe(
            f'<zeebe:loopCharacteristics inputCollection="={text}" inputElement="i" '
            f'outputCollection="o" outputElement="={text}"/>'
        )
    ),
    "standard loop": lambda text: loop(f"<loopCondition>{text}</loopCondition>", "standardLoopCharacteristics"),
    "conditional catch": lambda text: catch(conditional(text)),
    "conditional boundary": lambda text: body(
        user_task("act") + boundary("b", "act", conditional(text)), f"{PLAIN}b -> done\n"
    ),
    "conditional event subprocess": lambda text: body(
        f'{user_task("act")}<subProcess id="on" triggeredByEvent="true">'
        f'<startEvent id="s">{conditional(text)}</startEvent>'
        '<endEvent id="e"/>\ns -> e\n</subProcess>'
    ),
    "ad-hoc completion": lambda text: body(
        f'<adHocSubProcess id="act"><scriptTask id="one"><script>{{n: 1}}</script></scriptTask>'
        f"<completionCondition>{text}</completionCondition></adHocSubProcess>"
    ),
    "due": lambda text: prop("due", text),
    "about": lambda text: prop("about", text),
    "correlation and payload": correlated,
    "zeebe correlation": lambda text: catch(
        '<messageEventDefinition messageRef="z"/>',
        f'<message id="z" name="z">{zeebe(f"""<zeebe:subscription correlationKey="={text}"/>""")}</message>',
    ),
    "correlation keys": by_bpmn_keys,
    "service parameter": lambda text: body(service_task("act", "op", n=text)),
    "service in zeebe": lambda text: body(
        f'<serviceTask id="act">{zeebe(ZEEBE_OPERATION.format(escaped=text))}</serviceTask>'
    ),
    "call input": lambda text: on_call(
        f'<extensionElements><spiffworkflow:properties><spiffworkflow:property name="in.n" value="{text}"/>'
        f'<spiffworkflow:property name="out.n" value="{text}"/></spiffworkflow:properties></extensionElements>'
    ),
    "call in camunda": lambda text: on_call(
        '<extensionElements xmlns:camunda="http://camunda.org/schema/1.0/bpmn">'
        f'<camunda:in sourceExpression="{text}" target="n"/><camunda:out sourceExpression="{text}" target="n"/>'
        "</extensionElements>"
    ),
    "called element": lambda text: body(f'<callActivity id="act" calledElement="{text}"/>'),
    "assignment": lambda text: association(f"<assignment><from>{text}</from><to>obj</to></assignment>"),
    "transformation": lambda text: association(f"<transformation>{text}</transformation>"),
}


STORE = MemoryStore()


def escaped(text: str) -> str:
    return escape(text, {'"': "&quot;"})


HARMLESS = ("n", "n > 0", "n > 1", '"PT1H"', "PT1H", '"2026-03-03"', '"R3/PT1H"', "[1]", "{n: 1}", "other")


@pytest.mark.parametrize("place", PLACES)
def test_the_place_is_one_where_something_harmless_deploys(place: str) -> None:
    verdicts = [judge(_with_other(PLACES[place](escaped(text))), {"n": 1}, store=STORE) for text in HARMLESS]

    assert {verdict.kind for verdict in verdicts} & {"running", "completed"}, verdicts


def _with_other(diagram: bytes) -> dict[str, bytes]:
    other = a_diagram('<startEvent id="s"/><endEvent id="e"/>\ns -> e\n', "other")
    return {"main.bpmn": diagram} | ({} if b'process id="other"' in diagram else {"other.bpmn": other})


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_stands_in_a_diagram_is_run(place: str) -> None:
    with nothing_is_run():
        verdicts = {name: judge(PLACES[place](escaped(text)), {"n": 1}, store=STORE) for name, text in PAYLOADS.items()}

    assert {name: verdict for name, verdict in verdicts.items() if verdict.unplaced} == {}
    # These can be known before anything runs.
    surely = [
        name for name in PAYLOADS if name.startswith(("B1-statement", "B2-external", "B5-", "B3-brackets", "quotes"))
    ]
    assert {name: verdicts[name].kind for name in surely} == dict.fromkeys(surely, "refused")


# Which processes there are is known to the check alone.
@pytest.mark.parametrize("place", sorted(PLACES.keys() - {"called element"}))
def test_nothing_is_run_either_where_no_check_has_looked(place: str) -> None:
    with nothing_is_run():
        for text in PAYLOADS.values():
            judge_unchecked(PLACES[place](escaped(text)), {"n": 1})


def ruled(*files: bytes) -> dict[str, bytes]:
    called = "<extensionElements><spiffworkflow:calledDecisionId>d</spiffworkflow:calledDecisionId></extensionElements>"
    act = f'<businessRuleTask id="act">{called}</businessRuleTask>'
    return {"main.bpmn": body(act), "d.dmn": files[0]}


CELLS: dict[str, Callable[[str], bytes]] = {
    "condition": lambda text: dmn(decision("d", table(["n"], ["out"], [(text, "1")]))),
    "result": lambda text: dmn(decision("d", table(["n"], ["out"], [("-", text)]))),
    "input": lambda text: dmn(decision("d", table([text], ["out"], [("-", "1")]).replace(f"label='{text}'", ""))),
    "literal expression": lambda text: dmn(decision("d", literal(text))),
}


@pytest.mark.parametrize("cell", CELLS)
def test_nothing_that_stands_in_a_decision_is_run(cell: str) -> None:
    texts = {name: text for name, text in PAYLOADS.items() if "'" not in text}
    with nothing_is_run():
        verdicts = {
            name: judge(ruled(CELLS[cell](_plain(text, cell))), {"n": 1}, store=STORE) for name, text in texts.items()
        }

    assert {name: verdict for name, verdict in verdicts.items() if verdict.unplaced} == {}


def _plain(text: str, cell: str) -> str:
    """The label of an input is an attribute: what cannot stand there is left out."""
    return escape(text).replace("&lt;", "").replace("&amp;", "") if cell == "input" else text


def test_what_people_type_is_data() -> None:
    """Values of a form that look like expressions are never evaluated, wherever they are used."""
    act = user_task("act", about="typed")
    diagram = body(
        act + user_task("next", about="&quot;for &quot; + typed"), "\nbegun -> act\nact -> next\nnext -> done\n"
    )
    with nothing_is_run():
        for text in PAYLOADS.values():
            assert judge(diagram, {"typed": text}, store=STORE).kind in {"running", "incident"}
