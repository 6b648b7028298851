"""Branches part and come together."""

from sqlalchemy.orm import Session

from app.engine.instances import operations, queries
from app.engine.instances.models import InstanceState
from tests.engine.diagrams import END, NOON, START, script, service_task, user_task
from tests.engine.runs import complete, opened, run


def data_of(session: Session, instance_id: int) -> dict[str, object]:
    return queries.instance_data(session, instance_id=instance_id)


PARALLEL = (
    START
    + '<parallelGateway id="fork"/><parallelGateway id="join"/>'
    + user_task("one")
    + user_task("two")
    + END
    + "\nbegun -> fork\nfork -> one\nfork -> two\none -> join\ntwo -> join\njoin -> done\n"
)


def test_what_a_branch_did_not_touch_overwrites_nothing(session: Session) -> None:
    for order in (["one", "two"], ["two", "one"]):
        first = run(session, PARALLEL, {"a": 0, "b": 0, "c": 0})
        tasks = {task.element_id: task for task in first.opened}
        changes = {"one": {"a": 1}, "two": {"b": 2}}

        for name in order:
            last = operations.complete_task(
                session, instance_id=first.instance_id, task_ref=tasks[name].task_ref, data=changes[name], now=NOON
            )

        assert last.state == InstanceState.COMPLETED
        assert data_of(session, first.instance_id) == {"a": 1, "b": 2, "c": 0}


def test_a_parallel_join_in_a_loop_waits_in_every_turn(session: Session) -> None:
    body = (
        START
        + '<exclusiveGateway id="again"/><parallelGateway id="fork"/><parallelGateway id="join"/>'
        + user_task("one")
        + user_task("two")
        + '<exclusiveGateway id="decided"/>'
        + END
        + "\nbegun -> again\nagain -> fork\nfork -> one\nfork -> two\none -> join\ntwo -> join\njoin -> decided\n"
        + "decided -> again : more\ndecided => done\n"
    )
    outcome = run(session, body, {"more": True})
    for turn in range(4):
        assert opened(outcome) == ["one", "two"]
        names = ["one", "two"] if turn % 2 else ["two", "one"]
        middle = complete(session, outcome, names[0])
        assert middle.opened == ()
        outcome = complete(session, outcome, names[1], more=turn < 3)
    assert outcome.state == InstanceState.COMPLETED


def test_an_inclusive_join_waits_for_every_branch_that_was_taken(session: Session) -> None:
    body = (
        START
        + '<inclusiveGateway id="fork"/><inclusiveGateway id="join"/>'
        + user_task("one")
        + user_task("two")
        + user_task("three")
        + END
        + "\nbegun -> fork\nfork -> one : a\nfork -> two : b\nfork => three\none -> join\ntwo -> join\n"
        + "three -> join\njoin -> done\n"
    )
    both = run(session, body, {"a": True, "b": True})
    assert opened(both) == ["one", "two"]
    assert complete(session, both, "two").state == InstanceState.RUNNING
    assert complete(session, both, "one").state == InstanceState.COMPLETED

    one = run(session, body, {"a": True, "b": False})
    assert complete(session, one, "one").state == InstanceState.COMPLETED

    neither = run(session, body, {"a": False, "b": False})
    assert opened(neither) == ["three"]
    assert complete(session, neither, "three").state == InstanceState.COMPLETED


def test_an_inclusive_join_waits_for_a_call_that_is_two_steps_away(session: Session) -> None:
    body = (
        START
        + '<inclusiveGateway id="fork"/><inclusiveGateway id="join"/>'
        + user_task("one")
        + service_task("two", "work")
        + script("after_two", "{x: 1}")
        + END
        + "\nbegun -> fork\nfork -> one : true\nfork -> two : true\none -> join\ntwo -> after_two\nafter_two -> join\n"
        + "join -> done\n"
    )
    first = run(session, body)

    middle = complete(session, first, "one")
    last = operations.complete_call(
        session, instance_id=first.instance_id, task_ref=first.calls[0].task_ref, result=None, now=NOON
    )

    assert (middle.state, last.state) == (InstanceState.RUNNING, InstanceState.COMPLETED)


def test_the_first_flow_in_the_file_whose_condition_holds_is_taken(session: Session) -> None:
    body = (
        START
        + '<exclusiveGateway id="choose"/>'
        + user_task("small")
        + user_task("any")
        + END
        + "\nbegun -> choose\nchoose -> small : n &lt; 5\nchoose -> any : n &lt; 9\nsmall -> done\nany -> done\n"
    ).replace("&lt;", "<")

    assert opened(run(session, body, {"n": 1})) == ["small"]
    assert opened(run(session, body, {"n": 7})) == ["any"]


def test_a_gateway_without_a_fitting_flow_is_an_incident_and_the_completion_stays(session: Session) -> None:
    body = (
        START
        + user_task("write")
        + '<exclusiveGateway id="choose"/>'
        + user_task("small")
        + user_task("other")
        + END
        + "\nbegun -> write\nwrite -> choose\nchoose -> small : n < 5\nchoose -> other : n > 5\n"
        + "small -> done\nother -> done\n"
    )
    first = run(session, body)

    failed = complete(session, first, "write", n=5)
    again = operations.retry_incident(session, incident_id=failed.incidents[0], now=NOON)

    assert failed.state == InstanceState.RUNNING
    assert queries.tokens(session, instance_id=first.instance_id) == (queries.Token("simple", "choose", "ready"),)
    assert len(again.incidents) == 1
    assert [incident.id for incident in queries.open_incidents(session)] == list(again.incidents)
