"""Hostile models: each is refused with a place, bounded, or an incident; in ten seconds and 512 MB."""

import gzip
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.engine.diagrams import END, START, a_diagram, after, boundary, for_each, script, user_task
from tests.engine.hostile import Verdict, judge, judge_unchecked, within_bounds

REFUSED = {"refused"}
BOUNDED = {"refused", "incident", "declined"}
PASSED = {"running", "completed"}
_BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def simple(inside: str = "", *, task: str | None = None, before: str = "") -> bytes:
    """Return a small good diagram with something more."""
    act = user_task("act") if task is None else task
    return a_diagram(f"{START}{act}{END}{inside}\nbegun -> act\nact -> done\n", "main", before=before)


def with_prolog(prolog: str, name: str = "act") -> bytes:
    return (prolog + simple(task=f'<userTask id="act" name="{name}"/>').decode()).encode()


def a_line(length: int) -> bytes:
    names = [f"t{number}" for number in range(length)]
    tasks = "".join(f'<scriptTask id="{name}"><script>{{n: 1}}</script></scriptTask>' for name in names)
    pairs = zip(["begun", *names], [*names, "done"], strict=True)
    flows = "".join(f'<sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}"/>' for n, (a, b) in enumerate(pairs))
    return a_diagram(START + END + tasks + flows, "main")


def forks(depth: int) -> bytes:
    """Return gateways in a line of which each doubles the tokens: 2^depth in all."""
    names = [f"g{number}" for number in range(depth)]
    nodes = "".join(f'<parallelGateway id="{name}_in"/><exclusiveGateway id="{name}_out"/>' for name in names)
    flows = "".join(f"\n{name}_in -> {name}_out\n{name}_in -> {name}_out\n" for name in names)
    links = "".join(f"\n{first}_out -> {second}_in\n" for first, second in pairwise(names))
    last = f"{user_task('act')}\nbegun -> g0_in\n{names[-1]}_out -> act\nact -> done\n"
    return a_diagram(START + END + nodes + flows + links + last, "main")


def nested(depth: int) -> bytes:
    inside = user_task("act")
    for number in range(depth):
        ends = f'<startEvent id="s{number}"/><endEvent id="e{number}"/>'
        name = "act" if number == 0 else f"sub{number - 1}"
        inside = f'<subProcess id="sub{number}">{ends}{inside}\ns{number} -> {name}\n{name} -> e{number}\n</subProcess>'
    return a_diagram(f"{START}{END}{inside}\nbegun -> sub{depth - 1}\nsub{depth - 1} -> done\n", "main")


def several(loop: str, inside: str = "") -> bytes:
    task = f'<userTask id="act"><multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics></userTask>'
    return simple(inside, task=task)


def count(text: str) -> bytes:
    return several(f"<loopCardinality>{text}</loopCardinality>")


def calls(*pairs: tuple[str, str]) -> dict[str, bytes]:
    """Return a file for each process, which calls another one."""
    return {
        f"{key}.bpmn": a_diagram(
            f'{START}<callActivity id="act" calledElement="{called}"/>{END}\nbegun -> act\nact -> done\n', key
        )
        for key, called in pairs
    }


def chain(length: int) -> dict[str, bytes]:
    files = calls(*((f"p{number}", f"p{number + 1}") for number in range(length - 1)))
    files["p0.bpmn"] = calls(("main", "p1"))["main.bpmn"]
    return files | {f"p{length}.bpmn": a_diagram(f"{START}{END}\nbegun -> done\n", f"p{length - 1}")}


def choice(condition: str) -> bytes:
    body = f'{START}<exclusiveGateway id="g"/>{user_task("a")}{user_task("b")}{END}'
    return a_diagram(f"{body}\nbegun -> g\ng -> a : {condition}\ng -> b : n = 1\na -> done\nb -> done\n", "main")


LAUGHS = "".join(
    f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}{"&l" + str(n - 1) + ";" if n else ""}">'
    for n in range(40)
)
LOOP = f'{START}{END}<exclusiveGateway id="g"/><exclusiveGateway id="h"/>{script("act", "{n: n + 1}")}'
ENDLESS = a_diagram(f"{LOOP}\nbegun -> g\ng -> act\nact -> h\nh -> g : n > 0\nh => done\n", "main")
ENDLESS_FORK = a_diagram(
    f'{START}{END}<exclusiveGateway id="g"/><parallelGateway id="h"/>{script("act", "{n: 1}")}'
    "\nbegun -> g\ng -> act\nact -> h\nh -> g\nh -> done\n",
    "main",
)
STANDARD_LOOP = simple(
    task='<scriptTask id="act"><script>{n: 1}</script><standardLoopCharacteristics><loopCondition>true</loopCondition>'
    "</standardLoopCharacteristics></scriptTask>"
)
EVENT_LOOP = a_diagram(
    f"{START}{END}{user_task('act')}"
    + boundary("b", "act", "<conditionalEventDefinition><condition>n &gt; 0</condition></conditionalEventDefinition>")
    + script("again", "{n: 1}")
    + "\nbegun -> act\nact -> done\nb -> again\nagain -> act\n",
    "main",
)
FLAPPING = a_diagram(
    f"{START}{END}{user_task('act')}"
    + boundary(
        "b", "act", "<conditionalEventDefinition><condition>n = 1</condition></conditionalEventDefinition>", False
    )
    + script("off", "{n: 0}")
    + script("on", "{n: 1}")
    + "\nbegun -> act\nact -> done\nb -> off\noff -> on\n",
    "main",
)
SIGNALS = a_diagram(
    f'{START}{END}{user_task("act")}<subProcess id="on" triggeredByEvent="true">'
    f'<startEvent id="s" isInterrupting="false">'
    '<signalEventDefinition signalRef="x"/></startEvent><endEvent id="t">'
    '<signalEventDefinition signalRef="x"/></endEvent>'
    "\ns -> t\n</subProcess>"
    + '<intermediateThrowEvent id="go"><signalEventDefinition signalRef="x"/></intermediateThrowEvent>'
    "\nbegun -> go\ngo -> act\nact -> done\n",
    "main",
    before='<signal id="x" name="x"/>',
)
DEEP_XML = simple("<documentation>" + "<x>" * 400 + "</x>" * 400 + "</documentation>")
VENDOR = (
    '<serviceTask id="act" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:class="java.lang.Runtime" '
    'camunda:delegateExpression="${runtime.exec(1)}" camunda:expression="${1}"><extensionElements>'
    '<camunda:executionListener event="start" class="Evil"/></extensionElements></serviceTask>'
)
MARKUP = "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}${7*7}#{7*7}&lt;img onerror=x&gt;javascript:\u202e\u200d"

MODELS: list[Any] = [
    pytest.param(content, REFUSED, id=f"A1-{name}")
    for name, content in {
        "empty": b"",
        "text": b"hello",
        "json": b'{"bpmn": 1}',
        "png": b"\x89PNG\r\n\x1a\n\x00\x00",
        "truncated": simple()[:400],
        "gzip": gzip.compress(simple()),
        "null bytes": b"\x00" * 1000,
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    }.items()
]
MODELS += [
    pytest.param(with_prolog(prolog, name), REFUSED, id=f"A2-{title}")
    for title, prolog, name in [
        ("plain", "<!DOCTYPE definitions>", "x"),
        ("file", '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "x&x;"),
        ("http", '<!DOCTYPE d [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>', "&x;"),
        ("parameter", '<!DOCTYPE d [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]>', "x"),
        ("external", '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/d.dtd">', "x"),
        ("behind a remark", f"<!--{'x' * 200_000}--><!DOCTYPE d>", "x"),
        ("laughs", f"<!DOCTYPE d [{LAUGHS}]>", "&l39;"),
        ("quadratic", f'<!DOCTYPE d [<!ENTITY x "{"y" * 50_000}">]>', "&x;" * 10_000),
    ]
]
MODELS += [
    pytest.param(with_prolog("<!DOCTYPE d>").decode().encode("utf-16"), REFUSED, id="A2-utf-16"),
    pytest.param(
        simple('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'),
        REFUSED | PASSED,
        id="A4-xinclude",
    ),
    pytest.param(
        with_prolog('<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>'), REFUSED | PASSED, id="A4-stylesheet"
    ),
    pytest.param(
        simple(before='<import importType="http://x" location="file:///etc/passwd" namespace="http://x"/>'),
        REFUSED | PASSED,
        id="A4-import",
    ),
    pytest.param(simple("<!--" + "x" * 3_000_000 + "-->"), REFUSED, id="A5-3 MB"),
    pytest.param(simple(f"<!--{'x' * 1_900_000}-->"), REFUSED | PASSED, id="A5-remark"),
    pytest.param(simple(task=f'<userTask id="act" name="{"x" * 1_900_000}"/>'), REFUSED, id="A5-attribute"),
    pytest.param(DEEP_XML, REFUSED, id="A5-deep"),
    pytest.param(a_line(1_500), REFUSED, id="A5-1500 nodes"),
    pytest.param(simple(user_task("act")), REFUSED, id="A6-twice"),
    pytest.param(simple(task="<userTask id='a\"b'/>"), REFUSED, id="A6-quote"),
    pytest.param(simple(task='<userTask id="a b"/>'), REFUSED, id="A6-blank"),
    pytest.param(simple(task='<userTask id="act&quot; or @id=&quot;m"/>'), REFUSED, id="A6-xpath"),
    pytest.param(
        simple(user_task("__proto__") + "\nact -> __proto__\n__proto__ -> done\n"), REFUSED | PASSED, id="A6-proto"
    ),
    pytest.param(simple('<sequenceFlow id="x" sourceRef="act" targetRef="nobody"/>'), REFUSED, id="A7-dangling flow"),
    pytest.param(
        simple('<dataObjectReference id="r" dataObjectRef="nobody"/>'), REFUSED | PASSED, id="A7-dangling data object"
    ),
    pytest.param(a_diagram("", "main"), REFUSED | PASSED, id="A7-nothing"),
    pytest.param({"a.bpmn": simple(), "b.bpmn": simple()}, REFUSED, id="A8-twice"),
    pytest.param(simple().replace(b'isExecutable="true"', b'isExecutable="false"'), REFUSED, id="A8-not executable"),
    pytest.param(choice("= = ="), REFUSED, id="A10-syntax"),
    pytest.param(choice("1"), BOUNDED, id="A10-number"),
    pytest.param(choice('"true"'), BOUNDED, id="A10-text"),
    pytest.param(choice("nobody.knows"), BOUNDED, id="A10-unknown"),
    pytest.param(choice("false"), BOUNDED, id="A10-none fits"),
    pytest.param(ENDLESS, BOUNDED, id="A12-endless"),
    pytest.param(ENDLESS_FORK, BOUNDED, id="A12-endless fork"),
    pytest.param(STANDARD_LOOP, BOUNDED, id="A12-standard loop"),
    pytest.param(EVENT_LOOP, BOUNDED | PASSED, id="A12-event loop"),
    pytest.param(FLAPPING, BOUNDED | PASSED, id="A12-condition to and fro"),
    pytest.param(SIGNALS, BOUNDED, id="A12-signals"),
    pytest.param(calls(("main", "main")), REFUSED, id="A13-self"),
    pytest.param(calls(("main", "b"), ("b", "main")), REFUSED, id="A13-mutual"),
    pytest.param(calls(("main", "nobody")), REFUSED, id="A13-missing"),
    pytest.param(chain(13), REFUSED, id="A13-deep"),
    pytest.param(count("1000000"), BOUNDED, id="A14-million"),
    pytest.param(count("-1"), BOUNDED, id="A14-negative"),
    pytest.param(count('"5"'), BOUNDED, id="A14-text"),
    pytest.param(count("2.5"), BOUNDED, id="A14-half"),
    pytest.param(count("null"), BOUNDED, id="A14-null"),
    pytest.param(count("n"), BOUNDED, id="A14-computed"),
    pytest.param(count("0"), PASSED, id="A14-none"),
    pytest.param(several("<loopDataInputRef>nobody</loopDataInputRef>"), BOUNDED, id="A14-missing"),
    pytest.param(several("<loopDataInputRef>1..1000000</loopDataInputRef>"), BOUNDED, id="A14-range"),
    pytest.param(
        a_diagram(
            f'{START}{END}<subProcess id="act">{for_each("items", "a")}<startEvent id="s"/><endEvent id="e"/>'
            f'<userTask id="inner">{for_each("items", "b")}</userTask>\ns -> inner\ninner -> e\n</subProcess>'
            "\nbegun -> act\nact -> done\n",
            "main",
        ),
        BOUNDED,
        id="A14-900 by 900",
    ),
    pytest.param(forks(20), BOUNDED, id="A15-forks"),
    pytest.param(nested(200), REFUSED, id="A15-nested"),
    pytest.param(a_line(5_000), REFUSED, id="A15-line"),
    pytest.param(simple().decode().encode("utf-16"), PASSED | REFUSED, id="A16-utf-16"),
    pytest.param(b"\xef\xbb\xbf" + simple(), PASSED, id="A16-mark"),
    pytest.param(b'<?xml version="1.0" encoding="utf-16"?>' + simple(), REFUSED | PASSED, id="A16-wrong"),
    pytest.param(
        (
            '<?xml version="1.0" encoding="windows-1251"?>' + simple(task='<userTask id="act" name="Школа"/>').decode()
        ).encode("windows-1251"),
        PASSED,
        id="A16-1251",
    ),
    pytest.param(simple(task=VENDOR), REFUSED, id="A17-camunda"),
    pytest.param(simple(task=f'<userTask id="act" name="{MARKUP}"/>'), PASSED, id="A18-markup"),
    pytest.param(
        simple(boundary("b", "act", after("PT0S")) + script("x", "{n: 1}") + "\nb -> x\nx -> act\n"),
        REFUSED | PASSED,
        id="A12-timer loop",
    ),
]
DATA = {"n": 10_000_000, "items": list(range(900))}


@pytest.mark.parametrize(("files", "allowed"), MODELS)
def test_a_hostile_model_is_stopped(files: Any, allowed: set[str]) -> None:
    verdict = within_bounds(judge, files, DATA)

    assert verdict.kind in allowed, verdict
    assert verdict.unplaced == ()


UNCHECKED: dict[str, Callable[[], bytes]] = {
    "endless": lambda: ENDLESS,
    "endless fork": lambda: ENDLESS_FORK,
    "standard loop": lambda: STANDARD_LOOP,
    "event loop": lambda: EVENT_LOOP,
    "condition to and fro": lambda: FLAPPING,
    "signals": lambda: SIGNALS,
    "self": lambda: calls(("main", "main"))["main.bpmn"],
    "million": lambda: count("1000000"),
    "forks": lambda: forks(20),
    "nested": lambda: nested(60),
    "line": lambda: a_line(5_000),
}


@pytest.mark.parametrize("name", UNCHECKED)
def test_the_engine_stops_also_what_no_check_has_seen(name: str) -> None:
    verdict = within_bounds(judge_unchecked, UNCHECKED[name](), DATA)

    assert verdict.kind in {"incident", *PASSED}, verdict


def test_a_verdict_tells_what_is_refused() -> None:
    assert judge(choice("= = =")) == Verdict("refused", ("bad_expression",))
    assert judge(simple()).kind == "completed"
