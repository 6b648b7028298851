"""Messages between instances, signals in a scope, errors and escalations inside an instance."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.events.operations import broadcast_signal, deliver_message
from app.engine.instances import operations, queries
from app.engine.instances.models import InstanceState, Subscription
from app.engine.instances.outcome import Outcome
from app.engine.timers.models import Timer, TimerState
from tests.engine.diagrams import (
    END,
    NOON,
    START,
    a_diagram,
    after,
    boundary,
    message,
    on_message,
    user_task,
    with_properties,
)
from tests.engine.runs import complete, deployed, opened, run, started


def sent(session: Session, name: str, correlation: str = "case:1", **payload: object) -> tuple[Outcome, ...]:
    """Deliver a message about case:1."""
    return deliver_message(
        session,
        name=name,
        correlation=correlation,
        payload=payload,
        business_key="case:1",
        scope_key="cycle:1",
        now=NOON,
    )


WAITING = START + f'<intermediateCatchEvent id="answered">{on_message("answer")}</intermediateCatchEvent>' + END
WAITING_FLOWS = "\nbegun -> answered\nanswered -> done\n"


def test_a_message_reaches_the_one_who_waits_for_it(session: Session) -> None:
    first = run(session, WAITING + WAITING_FLOWS, before=message("answer"))
    other = started(session, business_key="case:2")

    (outcome,) = sent(session, "answer", text="Да")

    assert (outcome.instance_id, outcome.state) == (first.instance_id, InstanceState.COMPLETED)
    assert queries.instance_data(session, instance_id=first.instance_id) == {"text": "Да"}
    assert queries.get_instance(session, instance_id=other.instance_id).state == InstanceState.RUNNING


def test_the_correlation_is_an_expression(session: Session) -> None:
    how = with_properties(correlation="request", variable="reply")
    catch = f'<intermediateCatchEvent id="answered">{how}{on_message("answer")}</intermediateCatchEvent>'
    first = run(session, START + catch + END + WAITING_FLOWS, {"request": 17}, before=message("answer"))

    (outcome,) = sent(session, "answer", "17", text="Да")

    assert outcome.instance_id == first.instance_id
    assert queries.instance_data(session, instance_id=first.instance_id)["reply"] == {"text": "Да"}


def test_a_message_waits_until_somebody_waits_for_it(session: Session) -> None:
    deployed(session, a_diagram(WAITING + WAITING_FLOWS, before=message("answer")))

    assert sent(session, "answer", text="early") == ()
    outcome = started(session)
    second = started(session)

    assert (outcome.state, second.state) == (InstanceState.COMPLETED, InstanceState.RUNNING)
    assert queries.instance_data(session, instance_id=outcome.instance_id) == {"text": "early"}


def test_a_message_that_has_expired_reaches_nobody(session: Session) -> None:
    deployed(session, a_diagram(WAITING + WAITING_FLOWS, before=message("answer")))
    sent(session, "answer")

    assert started(session, now=NOON + timedelta(days=31)).state == InstanceState.RUNNING


def test_a_message_starts_the_process_that_waits_to_be_started(session: Session) -> None:
    start = f'<startEvent id="asked">{on_message("question")}</startEvent>'
    deployed(
        session,
        a_diagram(
            start + user_task("reply") + END + "\nasked -> reply\nreply -> done\n",
            "consult",
            before=message("question"),
        ),
    )

    (outcome,) = sent(session, "question", topic="Риски")

    assert (outcome.process_key, outcome.business_key, opened(outcome)) == ("consult", "case:1", ["reply"])
    assert outcome.opened[0].data == {"topic": "Риски"}
    assert opened(started(session, "consult", {"topic": "by hand"})) == ["reply"]


def test_a_process_says_which_messages_it_sends(session: Session) -> None:
    payload = with_properties(payload="{topic: topic}")
    end = f'<endEvent id="done">{payload}{on_message("question")}</endEvent>'
    outcome = run(session, START + end + "\nbegun -> done\n", {"topic": "Риски"}, before=message("question"))

    assert [(one.name, one.correlation, one.payload) for one in outcome.messages] == [
        ("question", "case:1", {"topic": "Риски"})
    ]


SIGNAL = '<signal id="cancelled_signal" name="cycle_cancelled"/>'
ON_SIGNAL = '<signalEventDefinition signalRef="cancelled_signal"/>'


def test_a_signal_ends_a_whole_tree_of_calls(session: Session) -> None:
    inner = a_diagram(
        START
        + user_task("write")
        + END
        + boundary("late", "write", after("P3D"), interrupting=False)
        + user_task("remind")
        + boundary("spoke", "write", on_message("word"), interrupting=False)
        + "\nbegun -> write\nwrite -> done\nlate -> remind\nremind -> done\nspoke -> done\n",
        "inner",
        before=message("word"),
    )
    middle = a_diagram(
        START + '<callActivity id="call" calledElement="inner"/>' + END + "\nbegun -> call\ncall -> done\n", "middle"
    )
    outer = a_diagram(
        START
        + '<callActivity id="year" calledElement="middle"/>'
        + END
        + boundary("stopped", "year", ON_SIGNAL)
        + user_task("tidy")
        + "\nbegun -> year\nyear -> done\nstopped -> tidy\ntidy -> done\n",
        "outer",
        before=SIGNAL,
    )
    deployed(session, outer, middle, inner)
    first = started(session, "outer")
    elsewhere = started(session, "outer", scope_key="cycle:2")

    (outcome,) = broadcast_signal(session, name="cycle_cancelled", scope_key="cycle:1", now=NOON)

    assert (outcome.instance_id, outcome.cancelled) == (first.instance_id, (first.opened[0].task_ref,))
    assert opened(outcome) == ["tidy"]
    assert {timer.state for timer in session.scalars(select(Timer).where(Timer.instance_id == first.instance_id))} == {
        TimerState.CANCELLED
    }
    assert session.scalars(select(Subscription).where(Subscription.instance_id == first.instance_id)).all() == []
    assert ("inner", "write", "cancelled") in [(one.process_key, one.element_id, one.event) for one in outcome.reached]
    assert complete(session, outcome, "tidy").state == InstanceState.COMPLETED
    assert queries.get_instance(session, instance_id=elsewhere.instance_id).state == InstanceState.RUNNING


def test_a_non_interrupting_message_comes_as_often_as_it_is_sent(session: Session) -> None:
    body = (
        START
        + user_task("write")
        + user_task("answer")
        + END
        + boundary("asked", "write", on_message("question"), interrupting=False)
        + "\nbegun -> write\nwrite -> done\nasked -> answer\nanswer -> done\n"
    )
    first = run(session, body, before=message("question"))

    (second,) = sent(session, "question", n=1)
    (third,) = sent(session, "question", n=2)
    written = complete(session, first, "write")

    assert [one.opened[0].data["n"] for one in (second, third)] == [1, 2]
    assert written.cancelled == ()
    assert complete(session, second, "answer").state == InstanceState.RUNNING
    assert complete(session, third, "answer").state == InstanceState.COMPLETED


ERRORS = (
    '<error id="refused_error" name="refused" errorCode="REFUSED"/>'
    '<escalation id="slow_escalation" name="slow" escalationCode="SLOW"/>'
)


def thrown_inside(definition: str, catch: str, interrupting: bool = True) -> str:
    return (
        START
        + '<subProcess id="inside"><startEvent id="in_begun"/>'
        + user_task("write")
        + f'<endEvent id="in_done">{definition}</endEvent>'
        + "\nin_begun -> write\nwrite -> in_done\n</subProcess>"
        + user_task("mend")
        + END
        + boundary("caught", "inside", catch, interrupting)
        + "\nbegun -> inside\ninside -> done\ncaught -> mend\nmend -> done\n"
    )


def test_an_error_leaves_the_subprocess_by_its_boundary_event(session: Session) -> None:
    error = '<errorEventDefinition errorRef="refused_error"/>'
    first = run(session, thrown_inside(error, error), before=ERRORS)

    second = complete(session, first, "write")

    assert opened(second) == ["mend"]
    assert "inside" not in [one.element_id for one in second.reached if one.event == "completed"]
    assert complete(session, second, "mend").state == InstanceState.COMPLETED


def test_an_error_that_nobody_catches_ends_the_instance_as_failed(session: Session) -> None:
    thrown, caught = (
        '<errorEventDefinition errorRef="refused_error"/>',
        '<escalationEventDefinition escalationRef="slow_escalation"/>',
    )
    first = run(session, thrown_inside(thrown, caught), before=ERRORS)

    outcome = complete(session, first, "write")

    assert (outcome.state, len(outcome.incidents)) == (InstanceState.FAILED, 0)


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_goes_up_and_ends_what_it_interrupts(session: Session, interrupting: bool) -> None:
    escalation = '<escalationEventDefinition escalationRef="slow_escalation"/>'
    first = run(session, thrown_inside(escalation, escalation, interrupting), before=ERRORS)

    outcome = complete(session, first, "write")

    assert opened(outcome) == ["mend"]
    assert ("inside" in [one.element_id for one in outcome.reached if one.event == "completed"]) is not interrupting
    assert complete(session, outcome, "mend").state == InstanceState.COMPLETED


def test_the_first_event_behind_an_event_gateway_decides(session: Session) -> None:
    body = (
        START
        + '<eventBasedGateway id="wait"/>'
        + f'<intermediateCatchEvent id="answered">{on_message("answer")}</intermediateCatchEvent>'
        + f'<intermediateCatchEvent id="expired">{after("P5D")}</intermediateCatchEvent>'
        + user_task("read")
        + user_task("remind")
        + END
        + "\nbegun -> wait\nwait -> answered\nwait -> expired\n"
        + "answered -> read\nexpired -> remind\nread -> done\nremind -> done\n"
    )
    first = run(session, body, before=message("answer"))
    timer = session.scalars(select(Timer)).one()

    (by_message,) = sent(session, "answer", text="Да")
    late = operations.fire_timer(session, timer_id=timer.id, now=timer.due_at)
    second = started(session)
    timer = session.scalars(select(Timer).where(Timer.instance_id == second.instance_id)).one()
    by_time = operations.fire_timer(session, timer_id=timer.id, now=timer.due_at)

    assert (opened(by_message), by_message.opened[0].data, late) == (["read"], {"text": "Да"}, None)
    assert by_time is not None
    assert opened(by_time) == ["remind"]
    assert sent(session, "answer") == ()
    assert first.instance_id != second.instance_id


def test_terminating_ends_everything_beside(session: Session) -> None:
    body = (
        START
        + '<parallelGateway id="fork"/>'
        + user_task("one")
        + user_task("two")
        + END
        + '<endEvent id="stopped"><terminateEventDefinition/></endEvent>'
        + "\nbegun -> fork\nfork -> one\nfork -> two\none -> stopped\ntwo -> done\n"
    )
    first = run(session, body)

    outcome = complete(session, first, "one")

    assert (outcome.state, outcome.cancelled) == (InstanceState.COMPLETED, (first.opened[1].task_ref,))


def test_cancelling_an_instance_closes_its_tasks(session: Session) -> None:
    first = run(session, START + user_task("write") + END + "\nbegun -> write\nwrite -> done\n")

    outcome = operations.cancel(session, instance_id=first.instance_id, now=NOON)

    assert (outcome.state, outcome.cancelled) == (InstanceState.CANCELLED, (first.opened[0].task_ref,))
