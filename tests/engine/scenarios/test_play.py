"""Playing scenarios: every kind of step, and what is said when it does not come as expected."""

from pathlib import Path

import pytest

from app.engine.instances import live
from tests.engine.diagrams import (
    END,
    START,
    a_diagram,
    boundary,
    for_each,
    message,
    on_message,
    script,
    service_task,
    user_task,
)
from tests.engine.scenarios.playing import failures, played

TO_SERVICE = "steps:\n  - complete: write_letter\n    data: {question: why}\n"


def test_a_process_is_started_when_nothing_else_is_said(tmp_path: Path) -> None:
    result = played(tmp_path, "")

    assert result.ok
    assert result.facts is not None
    assert (result.facts.state, result.facts.reached) == ("running", ("begun", "write_letter"))


def test_what_is_not_as_expected_is_told_and_the_steps_go_on(tmp_path: Path) -> None:
    text = (
        "steps:\n  - expect: {open: [other], state: completed}\n  - complete: write_letter\n  - expect:\n"
        "      open: []\n      visited: [done]\n      order: [write_letter, begun]\n      count: {begun: 2}\n"
        "      data: {a: 1}\n      incidents: 1\n      instances: {letter: 2}\n      not_visited: [begun]\n"
    )

    result = played(tmp_path, text)

    assert failures(result) == [
        (1, 3, "open"), (1, 3, "state"), (3, 7, "visited"), (3, 8, "order"), (3, 9, "count"), (3, 10, "data"),
        (3, 11, "incidents"), (3, 12, "instances"), (3, 13, "not_visited"),
    ]  # fmt: skip
    first = result.failures[0]
    assert (first.expected, first.got, first.where) == (["other"], ["write_letter"], "open: write_letter")


def test_completing_what_is_not_open_is_a_failure_that_names_what_is(tmp_path: Path) -> None:
    result = played(tmp_path, "steps:\n  - complete: post_letter\n  - expect: {state: completed}")

    assert failures(result) == [(1, 3, "complete")]
    assert result.failures[0].got == ["write_letter"]


def test_a_service_task_waits_for_its_result(tmp_path: Path) -> None:
    text = f"""{TO_SERVICE}
  - expect: {{open: [], calls: [post_letter]}}
  - service: {{operation: post, result: {{number: 1, text: "= upper case(text)"}}}}
  - expect: {{data: {{letter: {{number: 1.0, text: WHY}}}}, waiting: [answer_received]}}
"""
    assert failures(played(tmp_path, text)) == []


def test_standing_answers_are_given_in_turn(tmp_path: Path) -> None:
    text = f"""services: {{post: [{{fail: closed, message: until noon}}, {{result: 5}}]}}
{TO_SERVICE}
  - expect: {{incidents: [{{element: post_letter, message: closed, detail: noon}}]}}
  - retry: post_letter
  - expect: {{incidents: 0, data: {{letter: 5}}}}
"""
    assert failures(played(tmp_path, text)) == []


def test_an_incident_can_be_given_up(tmp_path: Path) -> None:
    text = f"{TO_SERVICE}\n  - service: {{element: post_letter, fail: closed}}\n  - give_up: post_letter\n"

    result = played(tmp_path, text + "  - expect: {state: failed, open: [], incidents: 0}")

    assert failures(result) == []


def test_an_instance_can_be_cancelled(tmp_path: Path) -> None:
    assert failures(played(tmp_path, "steps:\n  - cancel: true\n  - expect: {state: cancelled, open: []}")) == []


def test_timers_fire_at_their_own_time(tmp_path: Path) -> None:
    text = """start: {at: "2026-03-02T09:00:00+03:00"}
steps:
  - advance: P6D
  - expect: {open: [write_letter]}
  - advance: {to: 2026-03-09T09:00:00+03:00}
  - expect: {open: [write_letter, remind_writer], at: 2026-03-09 06:00, count: {letter_delayed: 1}}
  - advance: {to: 2026-03-09T08:00:00+03:00}
"""
    result = played(tmp_path, text)

    assert [(step, what) for step, _line, what in failures(result)] == [(5, "advance")]
    assert result.failures[0].message == "Time does not go back."


def test_a_message_is_for_whoever_waits_and_is_kept_for_whoever_comes(tmp_path: Path) -> None:
    early = f"services: {{post: }}\nsteps:\n  - message: answer\n{TO_SERVICE[7:]}\n  - expect: {{state: completed}}"
    late = f"services: {{post: }}\n{TO_SERVICE}\n  - message: {{name: answer, correlation: {{any: one}}}}\n"

    assert failures(played(tmp_path, early)) == []
    assert failures(played(tmp_path, late + "  - expect: {state: completed}")) == []


def test_a_service_task_raises_an_error_that_is_caught_or_fails_the_instance(tmp_path: Path) -> None:
    caught = a_diagram(
        f"""{START}
        {service_task("post_letter", "post")}
        {boundary("address_unknown", "post_letter", '<errorEventDefinition errorRef="unknown_error"/>')}
        {user_task("find_address")}
        {END}
        begun -> post_letter
        post_letter -> done
        address_unknown -> find_address
        find_address -> done
        """,
        before='<error id="unknown_error" name="unknown" errorCode="UNKNOWN"/>',
    )
    text = "steps:\n  - service: {element: post_letter, error: CODE, message: m}\n"

    fits = played(tmp_path, text.replace("CODE", "UNKNOWN") + "  - expect: {open: [find_address]}", caught)
    other = played(tmp_path, text.replace("CODE", "OTHER") + "  - expect: {state: failed}", caught)

    assert (failures(fits), failures(other)) == ([], [])


def test_an_instance_begins_at_the_start_event_that_is_named(tmp_path: Path) -> None:
    diagram = a_diagram(
        f"""{START}<startEvent id="asked">{on_message("question")}</startEvent>
        {user_task("write")}{user_task("reply")}{END}
        begun -> write
        asked -> reply
        write -> done
        reply -> done
        """,
        before=message("question"),
    )

    result = played(tmp_path, "start: {element: asked, data: {q: 1}}\nsteps:\n  - expect: {open: [reply]}", diagram)
    nowhere = played(tmp_path, "start: {element: nowhere}", diagram)

    assert failures(result) == []
    assert failures(nowhere) == [(0, 2, "start")]


def test_a_message_starts_a_process(tmp_path: Path) -> None:
    diagram = a_diagram(
        f'<startEvent id="asked">{on_message("question")}</startEvent>{user_task("reply")}{END}'
        "\nasked -> reply\nreply -> done\n",
        before=message("question"),
    )
    text = "steps:\n  - expect: {instances: 0}\n  - message: {name: question, data: {q: 1}}\n  - message: question\n"
    expected = (
        "  - expect: {open: [reply, reply], instances: {simple: 2}}\n  - complete: {element: reply, instance: 2}\n"
    )
    result = played(tmp_path, f"{text}{expected}  - expect: {{instance: 2, state: completed}}", diagram)

    assert failures(result) == []
    assert result.facts is not None
    assert result.facts.state == "running"


@pytest.mark.parametrize(("indexes", "first"), [((3, 1, 2), "c"), ((2, 0, 1), "c"), ((1, 1, 1), "a")])
def test_children_of_a_multi_instance_are_counted(tmp_path: Path, indexes: tuple[int, ...], first: str) -> None:
    task = user_task("check", inside=for_each("items", "item", "seen", "item_seen"))
    diagram = a_diagram(
        f"{START}{task}{script('sum_up', '{all: seen}')}{END}\n" + "begun -> check\ncheck -> sum_up\nsum_up -> done\n"
    )
    steps = "".join(
        f"  - complete: {{element: check, index: {n}, data: {{item_seen: {t}}}}}\n" for t, n in enumerate(indexes)
    )

    result = played(tmp_path, f"start: {{data: {{items: [a, b, c]}}}}\nsteps:\n{steps}", diagram)

    assert failures(result) == []
    assert result.facts is not None
    assert "abc"[result.facts.data["all"].index(0)] == first


def test_the_state_is_read_again_before_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    forget_all = live.forget_all

    def forget_and_note() -> None:
        kept.append(len(live._kept))
        forget_all()

    forget_all()
    monkeypatch.setattr(live, "forget_all", forget_and_note)

    played(tmp_path, "services: {post: }\nsteps:\n  - complete: write_letter\n  - message: answer\n")

    assert kept == [0, 1, 1, 1]
    assert not live._kept


def test_a_diagram_that_cannot_be_deployed_is_refused_with_its_problems(tmp_path: Path) -> None:
    result = played(tmp_path, "", a_diagram(f"{START}{END}\nbegun -> nowhere\n"))

    assert result.facts is None
    assert {problem.file for problem in result.problems} == {"process.bpmn"}


def test_a_process_that_is_not_in_the_files_is_refused(tmp_path: Path) -> None:
    result = played(tmp_path, "process: other")

    assert [problem.code for problem in result.problems] == ["unknown_process"]


def test_an_instance_that_cannot_be_started_is_a_failure_of_the_start(tmp_path: Path) -> None:
    result = played(tmp_path, "start: {data: {a: 99999999999999999999}}")

    assert failures(result) == [(0, 2, "start")]
