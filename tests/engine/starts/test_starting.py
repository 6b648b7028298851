"""Messages, signals and times start instances of the newest version, at the event that has happened."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.definitions.problems import NotDeployable
from app.engine.events.operations import broadcast_signal, deliver_message
from app.engine.events.starting import Subject, start_by_time
from app.engine.instances import queries
from app.engine.instances.models import PendingMessage
from app.engine.instances.outcome import Outcome
from app.engine.starts.models import StartTimer, StartTimerState
from app.engine.starts.queries import next_due_at
from tests.engine.diagrams import (
    END,
    NOON,
    a_diagram,
    after,
    every,
    message,
    on_message,
    user_task,
    with_properties,
)
from tests.engine.runs import deployed, opened

SIGNAL = '<signal id="ended_signal" name="year_ended"/>'
ON_SIGNAL = '<signalEventDefinition signalRef="ended_signal"/>'


def begin_with(inside: str, key: str = "simple", task: str = "write", before: str = "") -> bytes:
    """Return a process that begins at the event `asked`."""
    body = f'<startEvent id="asked">{inside}</startEvent>' + user_task(task) + END
    return a_diagram(body + f"\nasked -> {task}\n{task} -> done\n", key, before=before)


def send(session: Session, name: str, **payload: object) -> tuple[Outcome, ...]:
    return deliver_message(
        session,
        name=name,
        correlation="case:1",
        payload=payload,
        business_key="case:1",
        scope_key="cycle:1",
        now=NOON,
    )


def the_timer(session: Session) -> StartTimer:
    return session.scalars(select(StartTimer).where(StartTimer.state == StartTimerState.WAITING)).one()


def test_a_message_starts_the_newest_version_only(session: Session) -> None:
    deployed(session, begin_with(on_message("question"), before=message("question")))
    deployed(session, begin_with(on_message("question"), task="answer", before=message("question")))

    (outcome,) = send(session, "question", text="When?")

    assert opened(outcome) == ["answer"]
    assert queries.instance_data(session, instance_id=outcome.instance_id) == {"text": "When?"}


def test_a_message_that_starts_nothing_any_more_waits(session: Session) -> None:
    deployed(session, begin_with(on_message("question"), before=message("question")))
    deployed(session, begin_with("", task="answer"))

    assert send(session, "question") == ()
    assert len(session.scalars(select(PendingMessage.id)).all()) == 1


def test_a_message_begins_at_the_event_that_waits_for_it(session: Session) -> None:
    body = (
        f'<startEvent id="asked">{on_message("question")}</startEvent>'
        f'<startEvent id="told">{on_message("news")}</startEvent>' + user_task("answer") + user_task("read") + END
    )
    flows = "\nasked -> answer\ntold -> read\nanswer -> done\nread -> done\n"
    deployed(session, a_diagram(body + flows, before=message("question") + message("news")))

    (outcome,) = send(session, "news")

    assert opened(outcome) == ["read"]


def test_a_signal_starts_an_instance_of_every_process_that_hears_it(session: Session) -> None:
    deployed(
        session,
        begin_with(ON_SIGNAL, "first", before=SIGNAL),
        begin_with(ON_SIGNAL, "second", before=SIGNAL),
        begin_with(on_message("question"), "third", before=message("question")),
    )

    outcomes = broadcast_signal(session, name="year_ended", business_key="case:7", scope_key="cycle:1", now=NOON)

    assert [(one.process_key, one.business_key, one.scope_key) for one in outcomes] == [
        ("first", "case:7", "cycle:1"),
        ("second", "case:7", "cycle:1"),
    ]
    assert [opened(one) for one in outcomes] == [["write"], ["write"]]


def test_a_signal_without_a_subject_is_about_its_scope(session: Session) -> None:
    deployed(session, begin_with(ON_SIGNAL, before=SIGNAL))

    (outcome,) = broadcast_signal(session, name="year_ended", scope_key="cycle:1", now=NOON)

    assert outcome.business_key == "cycle:1"


def test_a_time_starts_one_instance_about_what_the_event_says(session: Session) -> None:
    how = with_properties(business_key="=&quot;report &quot; + string(today)", scope_key="reports")
    deployed(session, begin_with(how + after("P7D")))
    due = NOON + timedelta(days=7)
    timer = the_timer(session)
    assert timer.due_at == due

    outcomes = start_by_time(session, start_timer_id=timer.id, now=due)

    assert outcomes is not None
    assert [(one.business_key, one.scope_key, opened(one)) for one in outcomes] == [
        ("report 2026-03-09", "reports", ["write"])
    ]
    assert start_by_time(session, start_timer_id=timer.id, now=due) is None


def test_without_a_word_the_instance_is_about_its_process(session: Session) -> None:
    deployed(session, begin_with(after("P7D")))

    outcomes = start_by_time(session, start_timer_id=the_timer(session).id, now=NOON + timedelta(days=7))

    assert outcomes is not None
    assert [(one.business_key, one.scope_key) for one in outcomes] == [("timer:simple", "timer:simple")]


def test_a_time_starts_an_instance_about_each_subject(session: Session) -> None:
    deployed(session, begin_with(after("P7D")))
    subjects = [Subject("cycle:1", "cycle:1", data={"year": 2026}), Subject("cycle:2", "cycle:2")]

    outcomes = start_by_time(
        session, start_timer_id=the_timer(session).id, now=NOON + timedelta(days=7), subjects=subjects
    )

    assert outcomes is not None
    assert [one.business_key for one in outcomes] == ["cycle:1", "cycle:2"]
    assert [one.opened[0].element_id for one in outcomes] == ["write", "write"]


def test_a_cycle_starts_an_instance_at_each_turn(session: Session) -> None:
    deployed(session, begin_with(every("R3/P1D")))
    number, started = the_timer(session).id, 0

    while (due := next_due_at(session)) is not None:
        started += len(start_by_time(session, start_timer_id=number, now=due) or ())

    assert started == 3


def test_a_time_that_is_worked_out_is_worked_out_at_deployment(session: Session) -> None:
    deployed(session, begin_with(after('="P" + string(1 + 1) + "D"')))

    assert the_timer(session).due_at == NOON + timedelta(days=2)


@pytest.mark.parametrize("text", ["=null", "=1 = 1", '="soon"'])
def test_a_start_timer_without_a_time_is_refused(session: Session, text: str) -> None:
    with pytest.raises(NotDeployable) as refused:
        deployed(session, begin_with(after(text)))

    assert [(one.element_id, one.code) for one in refused.value.problems if one.severity == "error"] == [
        ("asked", "bad_time")
    ]


def test_the_second_thing_that_an_event_waits_for_is_that_thing(session: Session) -> None:
    both = on_message("question") + on_message("news")
    deployed(session, begin_with(both, before=message("question") + message("news")))

    assert [opened(one) for one in send(session, "news")] == [["write"]]


def test_a_receive_task_can_begin_a_process(session: Session) -> None:
    receive = '<receiveTask id="asked" messageRef="question_message" instantiate="true"/>'
    body = receive + user_task("write") + END + "\nasked -> write\nwrite -> done\n"
    deployed(session, a_diagram(body, before=message("question")))

    (outcome,) = send(session, "question", text="When?")

    assert opened(outcome) == ["write"]
    assert queries.instance_data(session, instance_id=outcome.instance_id) == {"text": "When?"}


def test_a_gateway_can_begin_a_process(session: Session) -> None:
    catches = "".join(
        f'<intermediateCatchEvent id="{name}_came">{on_message(name)}</intermediateCatchEvent>'
        for name in ("question", "news")
    )
    body = '<eventBasedGateway id="choose" instantiate="true"/>' + catches + user_task("answer") + user_task("read")
    flows = (
        "\nchoose -> question_came\nchoose -> news_came\nquestion_came -> answer\nnews_came -> read"
        "\nanswer -> done\nread -> done\n"
    )
    deployed(session, a_diagram(body + END + flows, before=message("question") + message("news")))

    (outcome,) = send(session, "news", text="Rain")

    assert opened(outcome) == ["read"]
    assert queries.instance_data(session, instance_id=outcome.instance_id) == {"text": "Rain"}
