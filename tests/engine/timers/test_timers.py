"""Timers: how they are written, when they fall due, and that each happens once."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.instances import operations
from app.engine.instances.failing_timers import open_incidents_of_failing
from app.engine.instances.models import Incident, IncidentState, InstanceState
from app.engine.instances.outcome import Outcome
from app.engine.timers.models import MAX_ATTEMPTS, Timer, TimerState
from app.engine.timers.operations import claim_due
from app.engine.timers.queries import next_due_at
from app.engine.timers.rules import NotATime, due_at, parse_cycle, parse_duration, parse_moment
from tests.engine.diagrams import END, NOON, START, after, boundary, every, user_task
from tests.engine.runs import complete, opened, run, started

MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "-PT5M",
        "+P1D",
        "garbageT5M",
        "PT٥M",
        " P1D",
        "P1D ",
        "P1D\n",
        "P1.5M",
        "P1D5T5M",
        "P1XT5M",
        "P11Y",
        "P999999999M",
        "PT99999999999999999999S",
        "p1d",
        "P1W2D",
        "1D",
        "PT5",
        "0 0 * * *",
        "@daily",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(NotATime):
        parse_duration(text)


@pytest.mark.parametrize(
    "text",
    [
        "R0/PT1H",
        "R-1/PT1H",
        "R/PT0S",
        "R/PT1S",
        "R/PT14M",
        "R1000000000/P1D",
        "R3/2026-01-31/P1M",
        "PT1H",
        "R3/",
        "r3/P1D",
        "R1001/P1D",
    ],
)
def test_what_is_no_cycle_is_refused(text: str) -> None:
    with pytest.raises(NotATime):
        parse_cycle(text)


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "2026-02-29",
        "2026-04-30T24:00:00",
        "2026-04-30T10:60",
        "0001-01-01",
        "9999-12-31T23:59:59-12:00",
        "2026-W54-1",
        "20260430",
        "2026-04-30 10:00",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(NotATime):
        parse_moment(text, MOSCOW)


@pytest.mark.parametrize(
    ("start", "duration", "due"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2028-01-31", "P1M", "2028-02-29"),
        ("2026-01-30", "P1M", "2026-02-28"),
        ("2028-02-29", "P1Y", "2029-02-28"),
        ("2026-12-31", "P2M", "2027-02-28"),
        ("2026-03-01", "P2W", "2026-03-15"),
        ("2026-03-01", "P1Y2M10D", "2027-05-11"),
    ],
)
def test_months_are_counted_on_the_calendar(start: str, duration: str, due: str) -> None:
    assert due_at(duration, parse_moment(start, MOSCOW), MOSCOW) == parse_moment(due, MOSCOW)


def test_a_date_is_the_start_of_the_day_where_the_school_is() -> None:
    assert due_at("2026-04-30", NOON, ZoneInfo("Asia/Kamchatka")) == datetime(2026, 4, 29, 12, tzinfo=UTC)
    assert due_at("2026-04-30T10:00:00+03:00", NOON, MOSCOW) == datetime(2026, 4, 30, 7, tzinfo=UTC)


def reminded(timer: str) -> str:
    return (
        START
        + user_task("write")
        + user_task("remind")
        + END
        + boundary("late", "write", timer, interrupting=False)
        + "\nbegun -> write\nwrite -> done\nlate -> remind\nremind -> done\n"
    )


def waiting_timers(session: Session) -> list[Timer]:
    return list(session.scalars(select(Timer).where(Timer.state == TimerState.WAITING).order_by(Timer.due_at)))


def fire_next(session: Session, now: datetime) -> Outcome:
    (timer,) = claim_due(session, now=now, limit=1, lease=timedelta(minutes=1))
    outcome = operations.fire_timer(session, timer_id=timer, now=now)
    assert outcome is not None
    return outcome


def test_a_cycle_reminds_as_often_as_it_says(session: Session) -> None:
    first = run(session, reminded(every("R2/P1D")))

    one = fire_next(session, NOON + timedelta(days=1))
    two = fire_next(session, NOON + timedelta(days=2))

    assert (opened(one), opened(two)) == (["remind"], ["remind"])
    assert waiting_timers(session) == []
    written = complete(session, first, "write")
    assert (written.state, written.cancelled) == (InstanceState.RUNNING, ())
    complete(session, one, "remind")
    assert complete(session, two, "remind").state == InstanceState.COMPLETED


def test_missed_turns_of_a_cycle_count_as_one_and_the_grid_stays(session: Session) -> None:
    run(session, reminded(every("R/PT1H")))
    later = NOON + timedelta(hours=47, minutes=30)

    outcome = fire_next(session, later)

    assert opened(outcome) == ["remind"]
    (timer,) = waiting_timers(session)
    assert (timer.due_at, timer.missed) == (NOON + timedelta(hours=48), 46)


def test_a_reminder_that_has_begun_stays_when_the_work_is_done(session: Session) -> None:
    first = run(session, reminded(after("P1D")))
    reminder = fire_next(session, NOON + timedelta(days=2))

    done = complete(session, first, "write")

    assert (done.state, done.cancelled) == (InstanceState.RUNNING, ())
    assert complete(session, reminder, "remind").state == InstanceState.COMPLETED


def test_a_timer_is_claimed_once_and_again_after_the_lease(session: Session) -> None:
    run(session, reminded(after("P1D")))
    day, minute = NOON + timedelta(days=1), timedelta(minutes=1)

    assert claim_due(session, now=NOON, limit=10, lease=minute) == ()
    claimed = claim_due(session, now=day, limit=10, lease=minute)

    assert len(claimed) == 1
    assert claim_due(session, now=day, limit=10, lease=minute) == ()
    assert claim_due(session, now=day + minute, limit=10, lease=minute) == claimed


def test_the_work_done_first_cancels_its_timer(session: Session) -> None:
    first = run(session, reminded(after("P1D")))
    (timer,) = waiting_timers(session)

    complete(session, first, "write")

    assert timer.state == TimerState.CANCELLED
    assert operations.fire_timer(session, timer_id=timer.id, now=NOON + timedelta(days=1)) is None


def test_a_due_date_is_an_expression(session: Session) -> None:
    body = reminded("<timerEventDefinition><timeDate>=date(calendar.plan_due)</timeDate></timerEventDefinition>")
    run(session, body, {"calendar": {"plan_due": "2026-04-30"}})

    assert waiting_timers(session)[0].due_at == datetime(2026, 4, 30, tzinfo=UTC)
    started(session, data={"calendar": {"plan_due": "2026-04-30"}}, time_zone="Asia/Vladivostok")
    assert waiting_timers(session)[0].due_at == datetime(2026, 4, 29, 14, tzinfo=UTC)


def test_a_timer_without_a_time_is_an_incident_that_can_be_retried(session: Session) -> None:
    body = reminded("<timerEventDefinition><timeDuration>=calendar.term</timeDuration></timerEventDefinition>")

    outcome = run(session, body)

    assert (opened(outcome), len(outcome.incidents)) == (["write"], 1)
    again = operations.retry_incident(session, incident_id=outcome.incidents[0], now=NOON)
    assert len(again.incidents) == 1
    assert complete(session, outcome, "write").state == InstanceState.COMPLETED


def test_a_timer_that_fails_again_and_again_waits_for_somebody_to_look(session: Session) -> None:
    first = run(session, reminded(after("P1D")))
    (poison,) = waiting_timers(session)
    now, lease = poison.due_at, timedelta(minutes=1)
    for turn in range(MAX_ATTEMPTS):
        assert open_incidents_of_failing(session, now=now + turn * lease) == ()
        assert claim_due(session, now=now + turn * lease, limit=10, lease=lease) == (poison.id,)
    now += MAX_ATTEMPTS * lease

    (incident,) = open_incidents_of_failing(session, now=now)

    assert (incident.instance_id, incident.element_id) == (first.instance_id, poison.element_id)
    assert open_incidents_of_failing(session, now=now + lease) == ()
    assert (claim_due(session, now=now, limit=10, lease=lease), next_due_at(session)) == ((), None)
    second = started(session, time_zone="UTC")
    (other,) = (timer for timer in waiting_timers(session) if timer.instance_id == second.instance_id)
    assert claim_due(session, now=now + timedelta(days=9), limit=10, lease=lease) == (other.id,)

    operations.retry_incident(session, incident_id=incident.id, now=now)

    assert session.get_one(Incident, incident.id).state == IncidentState.RESOLVED
    assert claim_due(session, now=now, limit=10, lease=lease) == (poison.id,)
    assert operations.fire_timer(session, timer_id=poison.id, now=now) is not None
