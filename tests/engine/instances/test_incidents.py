"""What cannot go on is seen, keeps what people did, and can be repeated."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.engine.definitions.operations import deploy
from app.engine.instances import live, operations, queries, settle
from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState, Step
from app.engine.instances.verify import find_violations
from app.engine.spiff import workflow as spiff_workflow
from app.engine.timers.models import Timer
from app.kernel.errors import Invalid
from tests.engine.diagrams import (
    END,
    NOON,
    START,
    a_diagram,
    after,
    boundary,
    for_each,
    script,
    service_task,
    user_task,
)
from tests.engine.runs import complete, opened, run, started

CALL = (
    START
    + user_task("write")
    + service_task("count", "count_rows")
    + END
    + "\nbegun -> write\nwrite -> count\ncount -> done\n"
)


def test_a_failed_call_waits_for_somebody_to_repeat_it(session: Session) -> None:
    first = complete(session, run(session, CALL), "write", text="kept")
    ref = first.calls[0].task_ref
    facts: dict[str, Any] = {"instance_id": first.instance_id, "task_ref": ref, "now": NOON}

    failed = operations.fail_call(session, message="Нет связи", detail="timeout", **facts)
    again = operations.retry_incident(session, incident_id=failed.incidents[0], now=NOON)
    done = operations.complete_call(session, result={"rows": 1}, **facts)

    assert (failed.state, failed.calls) == (InstanceState.RUNNING, ())
    assert [call.task_ref for call in again.calls] == [ref]
    assert done.state == InstanceState.COMPLETED
    assert queries.instance_data(session, instance_id=first.instance_id) == {"text": "kept", "rows": 1}


def test_a_result_that_comes_after_all_resolves_the_incident(session: Session) -> None:
    first = complete(session, run(session, CALL), "write")
    facts: dict[str, Any] = {"instance_id": first.instance_id, "task_ref": first.calls[0].task_ref, "now": NOON}
    operations.fail_call(session, message="Нет связи", detail="", **facts)

    operations.complete_call(session, result=None, **facts)

    assert queries.open_incidents(session) == []
    assert session.scalars(select(Incident.state)).all() == [IncidentState.RESOLVED]


FAILING = (
    START
    + user_task("write")
    + script("work", "{x: substring(text, 1, 1)}")
    + '<exclusiveGateway id="choose"/>'
    + END
    + user_task("other")
    + ("\nbegun -> write\nwrite -> work\nwork -> choose\nchoose -> other : ok\nchoose => done\nother -> done\n")
)


def test_a_completion_is_kept_though_what_follows_fails(session: Session) -> None:
    first = run(session, FAILING)

    outcome = complete(session, first, "write", text="Текст")

    assert (outcome.state, opened(outcome), len(outcome.incidents)) == (InstanceState.RUNNING, [], 1)
    incident = session.get_one(Incident, outcome.incidents[0])
    assert (incident.element_id, incident.process_key) == ("choose", "simple")
    assert "ok" in incident.detail
    with pytest.raises(operations.TaskNotOpen):
        complete(session, first, "write")
    with pytest.raises(operations.IncidentNotOpen):
        operations.retry_incident(session, incident_id=incident.id, now=NOON)
        operations.retry_incident(session, incident_id=incident.id, now=NOON)


def test_what_cannot_be_mended_is_given_up(session: Session) -> None:
    outcome = complete(session, run(session, FAILING), "write", text="Текст")

    ended = operations.give_up(session, incident_id=outcome.incidents[0], now=NOON)

    assert ended.state == InstanceState.FAILED
    assert queries.open_incidents(session) == []
    assert find_violations(session, now=NOON) == ()


def test_another_branch_goes_on_beside_an_incident(session: Session) -> None:
    body = (
        START
        + '<parallelGateway id="fork"/><exclusiveGateway id="choose"/>'
        + user_task("one")
        + user_task("two")
        + END
        + "\nbegun -> fork\nfork -> choose\nfork -> two\nchoose -> one : ok\nchoose => done\none -> done\ntwo -> done\n"
    )
    first = run(session, body)

    second = complete(session, first, "two")

    assert (opened(first), len(first.incidents)) == (["two"], 1)
    assert (second.state, second.incidents) == (InstanceState.RUNNING, ())


def test_a_run_without_end_is_stopped(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spiff_workflow, "MAX_STEPS", 200)
    inside = '<callActivity id="work" calledElement="nothing"/>'
    nothing = a_diagram(START + END + "\nbegun -> done\n", "nothing")
    loop = a_diagram(
        START
        + '<exclusiveGateway id="again"/>'
        + inside
        + '<exclusiveGateway id="enough"/>'
        + END
        + "\nbegun -> again\nagain -> work\nwork -> enough\nenough -> again : true\nenough => done\n"
    )
    deploy(session, files={"a.bpmn": loop, "b.bpmn": nothing}, resources={}, now=NOON)

    outcome = started(session)

    assert (outcome.state, len(outcome.incidents)) == (InstanceState.RUNNING, 1)
    assert find_violations(session, now=NOON) == ()


def test_the_same_step_twice_at_once_happens_once(session: Session) -> None:
    first = run(session, CALL)
    opened_live = live.open_running(session, first.instance_id, NOON)
    session.execute(update(Instance).values(version=Instance.version + 1).execution_options(synchronize_session=False))

    with pytest.raises(settle.InstanceMoved):
        settle.settle(session, opened_live)


def test_a_state_that_is_too_large_is_refused(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "MAX_STATE_BYTES", 1000)
    first = run(session, CALL)

    with pytest.raises(settle.StateTooLarge):
        complete(session, first, "write", text="".join(chr(0x400 + (n * n) % 991) for n in range(5000)))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**63, "\ud800", "\x00", b"bytes", object(), {1: 2}])
def test_data_that_cannot_be_stored_are_refused(session: Session, value: object) -> None:
    first = run(session, CALL)

    with pytest.raises(Invalid):
        complete(session, first, "write", value=value)


@pytest.mark.parametrize(
    "value",
    [{"typename": "UUID"}, {"__proto__": 1}, {"": [None, True, 1, 1.5, "ё"]}, {"b": 1, "a": [{"typename": None}]}],
)
def test_any_names_and_values_survive_storing(session: Session, value: object) -> None:
    body = START + user_task("write") + user_task("read") + END + "\nbegun -> write\nwrite -> read\nread -> done\n"

    second = complete(session, run(session, body), "write", value=value)

    task = second.opened[0]
    assert (
        queries.task_data(session, instance_id=second.instance_id, task_ref=task.task_ref)
        == task.data
        == {"value": value}
    )


def test_true_does_not_become_one(session: Session) -> None:
    body = START + user_task("write") + user_task("read") + END + "\nbegun -> write\nwrite -> read\nread -> done\n"
    second = complete(session, run(session, body, {"value": True, "other": 1.0}), "write", value=1, other=1)

    data = queries.task_data(session, instance_id=second.instance_id, task_ref=second.opened[0].task_ref)
    assert (type(data["value"]), type(data["other"])) == (int, int)


def test_what_the_caller_does_with_data_changes_nothing(session: Session) -> None:
    body = START + user_task("write") + user_task("read") + END + "\nbegun -> write\nwrite -> read\nread -> done\n"
    rows = [{"n": 1}]
    first = run(session, body, {"rows": rows})
    rows[0]["n"] = 2
    first.opened[0].data["rows"][0]["n"] = 3

    assert complete(session, first, "write").opened[0].data["rows"] == [{"n": 1}]


def test_what_is_due_is_told_with_the_task(session: Session) -> None:
    body = START + user_task("write", due="{due}", about="title") + END + "\nbegun -> write\nwrite -> done\n"
    for due, expected in [("date(day)", "2026-04-30"), ("duration(term)", "14 days, 0:00:00"), ("null", "None")]:
        run_body = body.replace("{due}", due)
        outcome = run(session, run_body, {"day": "2026-04-30", "term": "P14D", "title": "Курсы"})
        assert (str(outcome.opened[0].due), outcome.opened[0].about) == (expected, "Курсы")


def test_a_due_time_that_is_none_holds_the_task(session: Session) -> None:
    body = START + user_task("write", due="term") + END + "\nbegun -> write\nwrite -> done\n"
    outcome = run(session, body, {"term": "soon"})

    assert (opened(outcome), len(outcome.incidents)) == ([], 1)


def test_a_tree_of_a_thousand_steps_is_no_trouble(session: Session) -> None:
    body = (
        START
        + user_task("decide")
        + '<exclusiveGateway id="decided"/>'
        + '<exclusiveGateway id="ready"/>'
        + END
        + "\nbegun -> ready\nready -> decide\ndecide -> decided\ndecided -> ready : again\ndecided => done\n"
    )
    outcome = run(session, body)
    for _ in range(350):
        outcome = complete(session, outcome, "decide", again=True)

    assert complete(session, outcome, "decide", again=False).state == InstanceState.COMPLETED


def test_nothing_is_wrong_with_what_ran(session: Session) -> None:
    body = (
        START
        + user_task("write", inside=for_each("rows", "row"))
        + END
        + boundary("late", "write", after("P1D"), interrupting=False)
        + user_task("remind")
        + "\nbegun -> write\nwrite -> done\nlate -> remind\nremind -> done\n"
    )
    outcome = run(session, body, {"rows": [1, 2]})
    timer = session.scalars(select(Timer)).one()
    operations.fire_timer(session, timer_id=timer.id, now=timer.due_at)
    complete(session, outcome, "write")
    operations.cancel(session, instance_id=started(session, data={"rows": [1]}).instance_id, now=NOON)

    assert find_violations(session, now=NOON) == ()


def test_what_is_wrong_is_found(session: Session) -> None:
    outcome = run(
        session,
        START
        + user_task("write")
        + END
        + boundary("late", "write", after("P1D"))
        + "\nbegun -> write\nwrite -> done\nlate -> done\n",
    )
    timer = session.scalars(select(Timer)).one()

    assert [one.invariant for one in find_violations(session, now=NOON + timedelta(days=2))] == [16]
    session.delete(timer)
    session.delete(session.scalars(select(Step)).first())
    session.flush()
    assert [one.invariant for one in find_violations(session, now=NOON)] == [15, 8]
    session.execute(update(Instance).where(Instance.id == outcome.instance_id).values(state="completed"))
    assert 3 in [one.invariant for one in find_violations(session, now=NOON)]
