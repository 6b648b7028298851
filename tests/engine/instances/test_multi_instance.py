"""One instance of an activity for each item of a list."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.engine.instances import operations, queries
from app.engine.instances.models import InstanceState
from app.engine.instances.outcome import Outcome
from tests.engine.diagrams import (
    END,
    NOON,
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
from tests.engine.runs import deployed, opened, run, started


def complete_each(session: Session, outcome: Outcome, refs: list[str], **data: object) -> Outcome:
    """Complete these tasks in this order, each with its place as `place`."""
    for place, ref in enumerate(refs):
        outcome = operations.complete_task(
            session, instance_id=outcome.instance_id, task_ref=ref, data={"place": place, **data}, now=NOON
        )
    return outcome


def test_each_item_opens_a_task_and_data_do_not_flow_back(session: Session) -> None:
    first = run(
        session,
        START + user_task("fill", inside=for_each("risks", "risk")) + END + "\nbegun -> fill\nfill -> done\n",
        {"risks": [{"code": "a"}, {"code": "b"}], "risk": "outer"},
    )
    refs = [task.task_ref for task in first.opened]
    last = complete_each(session, first, refs)

    assert [task.data["risk"] for task in first.opened] == [{"code": "a"}, {"code": "b"}]
    assert last.state == InstanceState.COMPLETED
    assert queries.instance_data(session, instance_id=last.instance_id) == {
        "risks": [{"code": "a"}, {"code": "b"}],
        "risk": "outer",
    }


def test_results_stand_in_the_order_of_the_items(session: Session) -> None:
    loop = for_each("risks", "risk", output="answers", output_item="place")
    first = run(
        session,
        START + user_task("fill", inside=loop) + END + "\nbegun -> fill\nfill -> done\n",
        {"risks": ["a", "b", "c"]},
    )
    refs = [task.task_ref for task in first.opened]

    last = complete_each(session, first, [refs[2], refs[0], refs[1]])

    assert queries.instance_data(session, instance_id=last.instance_id)["answers"] == [1, 2, 0]


def test_nobody_works_when_there_are_no_items(session: Session) -> None:
    loop = for_each("risks", "risk", output="answers", output_item="place")
    body = START + user_task("fill", inside=loop) + END + "\nbegun -> fill\nfill -> done\n"

    outcome = run(session, body, {"risks": []})

    assert outcome.state == InstanceState.COMPLETED
    assert queries.instance_data(session, instance_id=outcome.instance_id)["answers"] == []


def test_items_come_one_after_another(session: Session) -> None:
    loop = for_each("risks", "risk", sequential=True)
    first = run(
        session,
        START + user_task("fill", inside=loop) + END + "\nbegun -> fill\nfill -> done\n",
        {"risks": [None, "b"]},
    )
    second = complete_each(session, first, [first.opened[0].task_ref])
    last = complete_each(session, second, [second.opened[0].task_ref])

    assert [task.data["risk"] for task in first.opened + second.opened] == [None, "b"]
    assert last.state == InstanceState.COMPLETED


def test_a_service_task_is_called_for_each_item(session: Session) -> None:
    task = service_task("send", "send_letter", inside=for_each("schools", "school"), to="school")
    outcome = run(session, START + task + END + "\nbegun -> send\nsend -> done\n", {"schools": [1, 2, 3]})

    assert [call.parameters for call in outcome.calls] == [{"to": 1}, {"to": 2}, {"to": 3}]
    for call in outcome.calls:
        outcome = operations.complete_call(
            session, instance_id=outcome.instance_id, task_ref=call.task_ref, result={"sent": True}, now=NOON
        )
    assert outcome.state == InstanceState.COMPLETED
    assert queries.instance_data(session, instance_id=outcome.instance_id) == {"schools": [1, 2, 3]}


SUBPROCESS = (
    '<subProcess id="measure">'
    + for_each("rows", "row", output="facts", output_item="fact")
    + '<startEvent id="row_begun"/>'
    + user_task("carry_out", about="row.name")
    + script("note", '{fact: row.name + "!"}')
    + '<endEvent id="row_done"/>'
    + "\nrow_begun -> carry_out\ncarry_out -> note\nnote -> row_done\n</subProcess>"
)


def test_a_subprocess_runs_for_each_item(session: Session) -> None:
    body = START + SUBPROCESS + END + "\nbegun -> measure\nmeasure -> done\n"
    outcome = run(session, body, {"rows": [{"name": "one"}, {"name": "two"}]})
    refs = [task.task_ref for task in outcome.opened]

    last = complete_each(session, outcome, refs[::-1])

    assert [task.about for task in outcome.opened] == ["one", "two"]
    assert queries.instance_data(session, instance_id=last.instance_id) == {
        "rows": [{"name": "one"}, {"name": "two"}],
        "facts": ["one!", "two!"],
    }


def test_a_called_process_runs_for_each_item(session: Session) -> None:
    call = f'<callActivity id="ask" calledElement="ask_school">{for_each("schools", "school")}</callActivity>'
    called = a_diagram(START + user_task("answer") + END + "\nbegun -> answer\nanswer -> done\n", "ask_school")
    deployed(session, a_diagram(START + call + END + "\nbegun -> ask\nask -> done\n"), called)

    outcome = started(session, data={"schools": ["x", "y"]})
    last = complete_each(session, outcome, [task.task_ref for task in outcome.opened])

    assert [(task.process_key, task.data["school"]) for task in outcome.opened] == [
        ("ask_school", "x"),
        ("ask_school", "y"),
    ]
    assert last.state == InstanceState.COMPLETED


def test_an_interrupting_message_ends_everything_inside(session: Session) -> None:
    from app.engine.events.operations import deliver_message

    body = (
        START
        + SUBPROCESS
        + END
        + boundary("stopped", "measure", on_message("stop"))
        + "\nbegun -> measure\nmeasure -> done\nstopped -> done\n"
    )
    first = run(session, body, {"rows": [{"name": "one"}, {"name": "two"}]}, before=message("stop"))

    (outcome,) = deliver_message(
        session, name="stop", correlation="case:1", payload={}, business_key="case:1", scope_key="cycle:1", now=NOON
    )

    assert outcome.cancelled == tuple(task.task_ref for task in first.opened)
    assert outcome.state == InstanceState.COMPLETED


def test_a_thousand_and_one_items_are_an_incident(session: Session) -> None:
    body = START + user_task("fill", inside=for_each("risks", "risk")) + END + "\nbegun -> fill\nfill -> done\n"

    outcome = run(session, body, {"risks": list(range(1001))})

    assert (opened(outcome), len(outcome.incidents)) == ([], 1)
    assert queries.open_incidents(session)[0].element_id == "fill"


@pytest.mark.parametrize("risks", [None, "text", {"a": 1}])
def test_what_is_no_list_is_an_incident(session: Session, risks: object) -> None:
    body = START + user_task("fill", inside=for_each("risks", "risk")) + END + "\nbegun -> fill\nfill -> done\n"

    assert len(run(session, body, {"risks": risks}).incidents) == 1


ENOUGH = for_each("[1, 2]", "risk", "answers", "answer").replace(
    "</multi", "<completionCondition>enough</completionCondition></multi"
)


def test_an_instance_waits_until_the_completion_condition_can_be_worked_out(session: Session) -> None:
    body = START + user_task("fill", inside=ENOUGH) + user_task("say") + END
    outcome = run(
        session, body + "\nbegun -> fill\nbegun -> say\nfill -> done\nsay -> done\n", {"enough": "a text", "answer": 0}
    )
    first, second, say = (task.task_ref for task in outcome.opened)
    about: dict[str, Any] = {"instance_id": outcome.instance_id, "now": NOON}

    held = operations.complete_task(session, **about, task_ref=first, data={"answer": 7})
    again = operations.retry_incident(session, incident_id=held.incidents[0], now=NOON)
    operations.complete_task(session, **about, task_ref=say, data={"enough": False})
    operations.retry_incident(session, incident_id=again.incidents[0], now=NOON)
    ended = operations.complete_task(session, **about, task_ref=second, data={"answer": 8})

    assert (len(held.incidents), len(again.incidents)) == (1, 1)
    assert (ended.state, ended.incidents) == (InstanceState.COMPLETED, ())
    assert queries.instance_data(session, instance_id=outcome.instance_id)["answers"] == [7, 8]
