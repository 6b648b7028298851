"""Times that start a process: one row for the newest version, taken once for each turn."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.definitions.models import ProcessDefinition
from app.engine.starts import operations as starts
from app.engine.starts import queries
from app.engine.starts.models import MAX_ATTEMPTS, StartKind, StartTimer, StartTimerState
from app.engine.starts.rules import StartEvent
from tests.engine.diagrams import END, NOON, START, a_diagram, user_task
from tests.engine.runs import deployed

LEASE = timedelta(minutes=1)


@pytest.fixture
def definition_id(session: Session) -> int:
    """Return the id of a version that is deployed."""
    deployed(session, a_diagram(START + user_task("write") + END + "\nbegun -> write\nwrite -> done\n"))
    return session.scalars(select(ProcessDefinition.id)).one()


def begins(session: Session, definition_id: int, *events: StartEvent, now: datetime = NOON) -> None:
    starts.replace(
        session,
        definition_id=definition_id,
        process_key="simple",
        events=events,
        now=now,
        time_zone="Europe/Volgograd",
    )


def due_times(session: Session) -> list[datetime]:
    waiting = select(StartTimer.due_at).where(StartTimer.state == StartTimerState.WAITING)
    return list(session.scalars(waiting.order_by(StartTimer.id)))


def a_time(text: str, *, cyclic: bool = False) -> StartEvent:
    return StartEvent("begun", "timer", time=text, cyclic=cyclic)


@pytest.mark.parametrize(
    ("event", "due"),
    [
        (a_time("2026-04-30"), datetime(2026, 4, 29, 21, tzinfo=UTC)),
        (a_time("P7D"), NOON + timedelta(days=7)),
        (a_time("R/P1M", cyclic=True), datetime(2026, 4, 2, 12, tzinfo=UTC)),
    ],
)
def test_a_time_is_due_as_the_diagram_says(
    session: Session, definition_id: int, event: StartEvent, due: datetime
) -> None:
    begins(session, definition_id, event)

    assert (due_times(session), queries.next_due_at(session)) == ([due], due)


def test_a_date_that_has_passed_starts_nothing(session: Session, definition_id: int) -> None:
    begins(session, definition_id, a_time("2026-03-01"))

    assert due_times(session) == []


def test_a_newer_version_ends_the_times_of_the_older(session: Session, definition_id: int) -> None:
    begins(session, definition_id, a_time("P7D"))
    begins(session, definition_id, now=NOON + timedelta(days=1))

    assert due_times(session) == []
    assert starts.take_turn(session, start_timer_id=1, now=NOON + timedelta(days=8)) is None


def test_only_the_newest_version_hears_messages_and_signals(session: Session, definition_id: int) -> None:
    begins(
        session,
        definition_id,
        StartEvent("asked", "message", name="question"),
        StartEvent("ended", "signal", name="end"),
    )
    begins(session, definition_id, StartEvent("ended", "signal", name="end"))

    assert queries.started_by(session, kind=StartKind.MESSAGE, name="question") == []
    assert [one.element_id for one in queries.started_by(session, kind=StartKind.SIGNAL, name="end")] == ["ended"]


def test_one_time_is_taken_once(session: Session, definition_id: int) -> None:
    begins(session, definition_id, a_time("P7D"))
    (number,) = session.scalars(select(StartTimer.id))
    late = NOON + timedelta(days=9)

    assert starts.take_turn(session, start_timer_id=number, now=NOON) is None
    assert starts.take_turn(session, start_timer_id=number, now=late) is not None
    assert starts.take_turn(session, start_timer_id=number, now=late) is None
    assert queries.next_due_at(session) is None


def test_a_cycle_goes_on_until_its_turns_are_over(session: Session, definition_id: int) -> None:
    begins(session, definition_id, a_time("R3/P1D", cyclic=True))
    (number,) = session.scalars(select(StartTimer.id))
    taken = []

    while (due := queries.next_due_at(session)) is not None:
        assert starts.claim_due(session, now=due, limit=9, lease=LEASE) == (number,)
        assert starts.take_turn(session, start_timer_id=number, now=due) is not None
        taken.append(due)

    assert taken == [NOON + timedelta(days=day) for day in (1, 2, 3)]


def test_turns_that_were_missed_count_as_one(session: Session, definition_id: int) -> None:
    begins(session, definition_id, a_time("R/PT1H", cyclic=True))
    (number,) = session.scalars(select(StartTimer.id))

    row = starts.take_turn(session, start_timer_id=number, now=NOON + timedelta(hours=47, minutes=10))

    assert row is not None
    assert (row.due_at, row.missed, row.occurrence) == (NOON + timedelta(hours=48), 46, 48)


def test_a_start_that_fails_again_and_again_is_left_alone(session: Session, definition_id: int) -> None:
    begins(session, definition_id, a_time("P7D"))
    moment = NOON + timedelta(days=7)
    for _attempt in range(MAX_ATTEMPTS):
        assert starts.claim_due(session, now=moment, limit=9, lease=LEASE) != ()
        assert starts.claim_due(session, now=moment, limit=9, lease=LEASE) == ()
        moment += LEASE

    assert starts.claim_due(session, now=moment, limit=9, lease=LEASE) == ()
    assert len(queries.failing_timers(session, now=moment)) == 1
