"""What passes the check is executed as it is drawn; what would not be is refused with its place."""

import pytest

from app.engine.definitions.check import Known, lint
from tests.engine.diagrams import (
    END,
    START,
    a_diagram,
    after,
    boundary,
    every,
    for_each,
    message,
    on_message,
    script,
    service_task,
    user_task,
    with_properties,
)

FLOWS = "\nbegun -> write\nwrite -> done\n"
WRITE = START + user_task("write") + END


def codes(*files: bytes, severity: str = "error", known: Known | None = None) -> list[str]:
    problems = lint({f"{number}.bpmn": file for number, file in enumerate(files)}, known=known)
    return sorted({problem.code for problem in problems if problem.severity == severity})


def test_a_plain_process_passes() -> None:
    assert codes(a_diagram(WRITE + FLOWS)) == []


@pytest.mark.parametrize(
    "body",
    [
        '<task id="a{}"/>',
        '<userTask id="a{}" name="x"/>',
        '<startEvent id="a{}"/>',
        '<subProcess id="a{}"><userTask id="b{}"/></subProcess>',
    ],
    ids=["E6-unknown", "E6-tasks", "E6-starts", "E6-subprocesses"],
)
def test_a_huge_diagram_is_refused_at_once_and_for_nothing_else(body: str) -> None:
    content = a_diagram("".join(body.format(n, n) for n in range(20_000)))

    assert [problem.code for problem in lint({"plan.bpmn": content})] == ["too_large"]


@pytest.mark.parametrize(
    "body",
    [
        '<sequenceFlow id="a{}" sourceRef="begun" targetRef="done"/>',
        '<textAnnotation id="a{}"/>',
    ],
    ids=["E6-flows", "E6-annotations"],
)
def test_what_is_drawn_between_tasks_is_limited_too(body: str) -> None:
    content = a_diagram(START + END + "".join(body.format(n) for n in range(20_000)))

    assert [problem.code for problem in lint({"plan.bpmn": content})] == ["too_large"]


@pytest.mark.parametrize(("length", "expected"), [(500, []), (501, ["long_name"]), (100_000, ["long_name"])])
def test_a_name_is_at_most_500_characters_long(length: int, expected: list[str]) -> None:
    task = user_task("write").replace('name="write"', f'name="{"я" * length}"')

    assert codes(a_diagram(START + task + END + FLOWS)) == expected


def test_a_problem_says_where_it_is() -> None:
    content = a_diagram(START + '\n<serviceTask id="write"/>' + END + FLOWS)

    (problem,) = [one for one in lint({"plan.bpmn": content}) if one.severity == "error"]

    assert (problem.file, problem.line, problem.element_id) == ("plan.bpmn", 2, "write")
    assert str(problem).startswith("plan.bpmn:2 write: The service task names no operation. Name one, or draw a user")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b"{}",
        b"\x89PNG",
        b"\x1f\x8b\x08",
        b"<a/>",
        b"<a>",
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
        b"<a>" * 1000,
        b" " * (2 * 1024 * 1024 + 1),
    ],
)
def test_what_is_no_diagram_is_refused(content: bytes) -> None:
    assert codes(content) == ["not_readable"]


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1251", "utf-8-sig"])
def test_other_encodings_are_read(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{name}"?>' + a_diagram(WRITE.replace("write", "write", 1) + FLOWS).decode()
    assert codes(text.replace('name="done"', 'name="Готово"').encode(encoding)) == []


UNSUPPORTED = [
    '<choreographyTask id="write"/>', '<subChoreography id="write"/>', '<callChoreography id="write"/>',
    '<conversation id="write"/>', '<wizardTask id="write"/>',
]  # fmt: skip


@pytest.mark.parametrize("element", UNSUPPORTED)
def test_what_would_be_dropped_or_broken_is_refused(element: str) -> None:
    assert "unsupported_element" in codes(a_diagram(START + element + END + FLOWS))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (WRITE + "\nbegun -> write\nwrite -> nowhere\n", "dangling_flow"),
        (WRITE + "\nbegun -> write\n", "no_way_out"),
        (WRITE + user_task("alone") + FLOWS + "alone -> done\n", "unreachable"),
        (user_task("write") + END + "\nwrite -> done\n", "no_start"),
        (user_task("write") + user_task("again") + "\nwrite -> again\nagain -> write\n", "no_start"),
        (START + user_task("write") + "\nbegun -> write\nwrite -> write\n", "no_end"),
        (WRITE + user_task("two") + FLOWS + "write -> two\ntwo -> done\n", None),
        (WRITE + user_task("two") + "begun -> write\nwrite -> two : x\ntwo -> done\n", "single_condition"),
        (WRITE + "\nbegun -> write : true\nwrite -> done\n", "condition_not_at_gateway"),
        (WRITE + '<startEvent id="again"/>' + FLOWS + "again -> write\n", "several_starts"),
        (WRITE + boundary("late", "write", "") + FLOWS + "late -> done\n", "no_definition"),
        (WRITE + boundary("late", "nothing", after("P1D")) + FLOWS + "late -> done\n", "dangling_reference"),
        (WRITE + boundary("late", "write", after("-PT5M")) + FLOWS + "late -> done\n", "bad_time"),
        (WRITE + boundary("late", "write", after("")) + FLOWS + "late -> done\n", "no_time"),
        (WRITE + boundary("late", "write", every("R/P1D")) + FLOWS + "late -> done\n", None),
        (WRITE + boundary("late", "write", every("R4/PT1S"), interrupting=False) + FLOWS + "late -> done\n", None),
        (WRITE + boundary("late", "write", every("R/PT1S"), interrupting=False) + FLOWS + "late -> done\n", "bad_time"),
        (WRITE + boundary("late", "write", every("R/PT0S"), interrupting=False) + FLOWS + "late -> done\n", "bad_time"),
        (WRITE + boundary("late", "write", on_message("nothing")) + FLOWS + "late -> done\n", "dangling_reference"),
        (START + user_task("write", due="1 +") + END + FLOWS, "bad_expression"),
        (START + script("write", "import os") + END + FLOWS, "bad_expression"),
        (START + script("write", "__import__('os').system('id')") + END + FLOWS, "bad_expression"),
        (START + service_task("write", "work", x="().__class__") + END + FLOWS, "bad_expression"),
        (START + '<serviceTask id="write"/>' + END + FLOWS, "no_operation"),
        (START + '<businessRuleTask id="write"/>' + END + FLOWS, "no_decision"),
        (START + '<callActivity id="write"/>' + END + FLOWS, "no_called_process"),
        (START + '<sendTask id="write"/>' + END + FLOWS, "no_message"),
        (START + user_task("write", inside="<multiInstanceLoopCharacteristics/>") + END + FLOWS, "loop_items"),
        (START + user_task("write", inside=for_each("a", "b", output="c")) + END + FLOWS, "loop_output"),
        (START + user_task("a b") + END + "\n", "bad_id"),
        (START + user_task("1a") + END + "\n", "bad_id"),
        (START + user_task("Ключ-1.б") + END + "\n", "no_way_out"),
        (START + user_task("__proto__") + END + "\n", "reserved_id"),
        (START + user_task("constructor") + END + "\n", "reserved_id"),
        (START + user_task("done") + END + "\n", "duplicate_id"),
        (WRITE.replace("<userTask", "<extensionElements/><userTask") + FLOWS, None),
        (
            START
            + '<userTask id="write"><extensionElements><spiffworkflow:preScript>x</spiffworkflow:preScript>'
            + "</extensionElements></userTask>"
            + END
            + FLOWS,
            "script_beside_task",
        ),
    ],
)
def test_each_mistake_has_its_rule(body: str, code: str | None) -> None:
    found = codes(a_diagram(body))
    assert (code in found) if code else found == []


GATEWAY = (
    START
    + '<exclusiveGateway id="choose"/>'
    + user_task("a")
    + user_task("b")
    + END
    + "\na -> done\nb -> done\nbegun -> choose\n"
)


@pytest.mark.parametrize(
    ("flows", "error", "warning"),
    [
        ("choose -> a : x\nchoose => b\n", None, None),
        ("choose -> a : x\nchoose -> b : y\n", None, "no_default"),
        ("choose -> a : x\nchoose -> b\n", None, "no_condition"),
        ("choose -> a\nchoose -> b : x\n", "no_condition", None),
        ("choose -> a : x\nchoose => b : y\n", "condition_at_default", None),
        ("choose -> a : x\nchoose => b\nchoose -> b : if\n", "bad_expression", None),
    ],
)
def test_the_flows_of_a_gateway_are_complete(flows: str, error: str | None, warning: str | None) -> None:
    content = a_diagram(GATEWAY + flows)
    assert codes(content) == ([error] if error else [])
    assert warning is None or warning in codes(content, severity="warning")


def test_a_loop_in_which_nothing_waits_is_refused() -> None:
    loop = (
        START
        + '<exclusiveGateway id="again"/>'
        + script("count", "{n: n + 1}")
        + '<exclusiveGateway id="enough"/>'
        + END
        + "\nbegun -> again\nagain -> count\ncount -> enough\nenough -> again : n < 5\nenough => done\n"
    )
    endless = loop.replace('<exclusiveGateway id="enough"/>', '<parallelGateway id="enough"/>').replace(" : n < 5", "")
    assert "endless_loop" in codes(a_diagram(loop), severity="warning")
    assert codes(a_diagram(loop.replace(script("count", "{n: n + 1}"), '<exclusiveGateway id="count"/>'))) == [
        "endless_loop"
    ]
    assert codes(a_diagram(endless.replace("enough => done", "enough -> again").replace(END, ""))) != []
    assert codes(a_diagram(loop.replace("count -> enough", "count -> ask\nask -> enough") + user_task("ask"))) == []


def test_a_parallel_join_behind_a_choice_is_warned_of() -> None:
    body = (
        START
        + '<{split} id="split"/><parallelGateway id="join"/>'
        + user_task("a")
        + user_task("b")
        + END
        + "\nbegun -> split\n{flows}a -> join\nb -> join\njoin -> done\n"
    )
    choice = body.format(split="exclusiveGateway", flows="split -> a : x\nsplit => b\n")
    fork = body.format(split="parallelGateway", flows="split -> a\nsplit -> b\n")

    assert "join_waits" in codes(a_diagram(choice), severity="warning")
    assert "join_waits" not in codes(a_diagram(fork), severity="warning")


def test_processes_that_call_each_other_in_a_circle_are_refused() -> None:
    def calling(key: str, called: str) -> bytes:
        return a_diagram(START + f'<callActivity id="write" calledElement="{called}"/>' + END + FLOWS, key)

    assert codes(calling("a", "b"), calling("b", "a")) == ["call_recursion"]
    assert codes(calling("a", "a")) == ["call_recursion"]
    by_message = a_diagram(
        f'<startEvent id="begun">{on_message("ask")}</startEvent>' + END + "\nbegun -> done\n",
        "b",
        before=message("ask"),
    )
    assert codes(calling("a", "b"), by_message) == ["called_process_start"]


def test_what_the_program_knows_is_compared() -> None:
    content = a_diagram(
        START
        + service_task("count", "count_rows")
        + user_task("write", form="plan/write")
        + END
        + "\nbegun -> count\ncount -> write\nwrite -> done\n"
    )

    assert codes(content, known=Known({"count_rows"}, {"plan/write"})) == []
    assert codes(content, known=Known({"other"}, {"other"})) == ["unknown_form", "unknown_operation"]


def test_what_nobody_sees_or_does_is_warned_of() -> None:
    assert codes(a_diagram(WRITE + FLOWS), severity="warning") == ["no_form", "no_role", "not_drawn"]


def test_foreign_extensions_are_never_executed() -> None:
    foreign = user_task("write").replace(
        "<userTask", '<userTask xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:class="Evil"'
    )
    assert "ignored_attribute" in codes(a_diagram(START + foreign + END + FLOWS), severity="warning")


def test_a_thousand_elements_in_a_row_can_be_drawn_and_one_more_cannot() -> None:
    def row(count: int) -> bytes:
        names = [f"t{number}" for number in range(count)]
        flows = "".join(f"\n{one} -> {other}" for one, other in zip(["begun", *names], [*names, "done"], strict=True))
        return a_diagram(START + "".join(map(user_task, names)) + END + flows + "\n")

    assert codes(row(998)) == []
    assert codes(row(999)) == ["too_large"]


def test_a_flow_without_an_id_is_followed() -> None:
    content = a_diagram(WRITE + FLOWS).replace(b'id="flow_2" ', b"")
    assert codes(content) == []


def test_extensions_do_not_hide_steps_of_the_same_id() -> None:
    assert codes(a_diagram(START + service_task("write", "write") + END + FLOWS)) == []


def test_properties_are_kept() -> None:
    assert 'value="1"' in with_properties(due="1")
