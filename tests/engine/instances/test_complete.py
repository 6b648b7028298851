"""People complete tasks, and the process goes on."""

import pytest
from sqlalchemy.orm import Session

from app.engine.instances import operations, queries
from app.engine.instances.models import InstanceState
from tests.engine.diagrams import END, NOON, START, after, boundary, script, service_task, user_task
from tests.engine.runs import complete, opened, run, started


def test_a_task_opens_completes_and_ends_the_process(session: Session) -> None:
    first = run(session, START + user_task("write") + END + "\nbegun -> write\nwrite -> done\n", {"school": "№ 1"})

    last = complete(session, first, "write", text="Готово")

    assert opened(first) == ["write"]
    assert first.opened[0].data == {"school": "№ 1"}
    assert last.state == InstanceState.COMPLETED
    assert queries.instance_data(session, instance_id=first.instance_id) == {"school": "№ 1", "text": "Готово"}
    assert [(step.element_id, step.event) for step in queries.steps(session, instance_id=first.instance_id)] == [
        ("begun", "completed"), ("write", "entered"), ("write", "completed"), ("done", "completed"),
    ]  # fmt: skip


def test_a_completed_task_is_no_longer_open(session: Session) -> None:
    body = START + user_task("write") + user_task("read") + END + "\nbegun -> write\nwrite -> read\nread -> done\n"
    first = run(session, body)
    complete(session, first, "write")

    with pytest.raises(operations.TaskNotOpen):
        complete(session, first, "write")


def test_a_service_task_waits_for_its_result(session: Session) -> None:
    body = (
        START
        + service_task("count", "count_rows", stage="&quot;plan&quot;")
        + END
        + "\nbegun -> count\ncount -> done\n"
    )
    first = run(session, body, {"rows": [1, 2]})

    call = first.calls[0]
    last = operations.complete_call(
        session, instance_id=first.instance_id, task_ref=call.task_ref, result={"rows_found": 2}, now=NOON
    )

    assert (call.operation, call.parameters, call.data) == ("count_rows", {"stage": "plan"}, {"rows": [1, 2]})
    assert last.state == InstanceState.COMPLETED
    assert queries.instance_data(session, instance_id=first.instance_id)["rows_found"] == 2


def test_a_return_loop_counts_and_ends(session: Session) -> None:
    body = (
        START
        + script("count", "{returns: returns + 1}")
        + user_task("decide")
        + END
        + '<exclusiveGateway id="ready"/><exclusiveGateway id="decided"/>'
        + '\nbegun -> ready\nready -> decide\ndecide -> decided\ndecided -> count : decision = "return"\n'
        + "decided => done\ncount -> ready\n"
    )
    outcome = run(session, body, {"returns": 0})

    for _ in range(5):
        outcome = complete(session, outcome, "decide", decision="return")
    last = complete(session, outcome, "decide", decision="accept")

    assert last.state == InstanceState.COMPLETED
    assert queries.instance_data(session, instance_id=last.instance_id)["returns"] == 5


def test_a_boundary_timer_cancels_the_task(session: Session) -> None:
    body = (
        START
        + user_task("write")
        + user_task("escalate")
        + END
        + boundary("late", "write", after("P3D"))
        + "\nbegun -> write\nwrite -> done\nlate -> escalate\nescalate -> done\n"
    )
    first = run(session, body)
    from sqlalchemy import select

    from app.engine.timers.models import Timer

    timer = session.scalars(select(Timer)).one()

    assert (timer.due_at - NOON).days == 3
    assert operations.fire_timer(session, timer_id=timer.id, now=NOON) is None
    fired = operations.fire_timer(session, timer_id=timer.id, now=timer.due_at)
    assert fired is not None
    assert (opened(fired), fired.cancelled) == (["escalate"], (first.opened[0].task_ref,))
    assert operations.fire_timer(session, timer_id=timer.id, now=timer.due_at) is None
    assert complete(session, fired, "escalate").state == InstanceState.COMPLETED


def test_an_instance_is_started_by_its_newest_version(session: Session) -> None:
    run(session, START + user_task("write") + END + "\nbegun -> write\nwrite -> done\n")
    run(session, START + user_task("rewrite") + END + "\nbegun -> rewrite\nrewrite -> done\n")

    assert opened(started(session)) == ["rewrite"]


def test_a_flow_may_lead_straight_back_to_a_task(session: Session) -> None:
    body = (
        START
        + user_task("write")
        + '<exclusiveGateway id="decided"/>'
        + END
        + boundary("late", "write", after("P3D"))
        + user_task("mend")
        + "\nbegun -> write\nwrite -> decided\ndecided -> write : again\ndecided => done\n"
        + "late -> mend\nmend -> write\n"
    )
    outcome = run(session, body)

    for _ in range(3):
        outcome = complete(session, outcome, "write", again=True)
    assert complete(session, outcome, "write", again=False).state == InstanceState.COMPLETED


def test_three_hundred_steps_in_a_row_run(session: Session) -> None:
    names = [f"s{number}" for number in range(297)]
    flows = "".join(f"\n{one} -> {other}" for one, other in zip(["begun", *names], [*names, "write"], strict=True))
    body = START + "".join(script(name, "{n: n + 1}") for name in names) + user_task("write") + END + flows

    outcome = run(session, body + "\nwrite -> done\n", {"n": 0})

    assert outcome.opened[0].data["n"] == 297
