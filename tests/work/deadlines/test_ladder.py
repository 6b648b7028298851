"""Deadlines and the rungs of their ladder."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.kernel.days import end_of_day
from app.work.deadlines import operations, queries, rules
from app.work.deadlines.models import Deadline, DeadlineState, Rung, RungKind, RungState
from app.work.deadlines.rules import RungPlan
from app.work.history.queries import entries
from app.work.notifications.queries import bell
from app.work.people.roles import Actor, Role
from app.work.tasks import operations as tasks
from app.work.tasks import queries as task_queries
from app.work.tasks import rules as task_rules
from app.work.tasks.models import Task
from tests.builders import ANNA, BORIS, CASE, CLARA, DORA, EVA, FEDOR, NOON, TODAY, ZONE, a_task

LADDER = (
    RungPlan(RungKind.SOON, -14),
    RungPlan(RungKind.REMIND, -3),
    RungPlan(RungKind.REMIND, 0),
    RungPlan(RungKind.OVERDUE, 1),
    RungPlan(RungKind.ESCALATE, 7),
    RungPlan(RungKind.ESCALATE, 14),
    RungPlan(RungKind.ESCALATE, 21),
)
DUE_ON = date(2026, 4, 14)
LEASE = timedelta(minutes=1)


def a_deadline(
    session: Session, *, due_on: date = DUE_ON, role: Role = Role.SCHOOL_TEAM, now: datetime = NOON
) -> Deadline:
    task = a_task(session, role=role, due_on=due_on)
    return operations.set_deadline(session, task=task, due_on=due_on, time_zone=ZONE, ladder=LADDER, now=now)


def task_of(session: Session, deadline: Deadline) -> Task:
    return task_queries.get_task(session, deadline.task_id)


def eight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)  # eight o'clock in Volgograd


def fire_until(session: Session, until: date) -> list[operations.FiredRung]:
    """Tick at half past eight of every day up to `until`, as a ticker does, and return what fired, in order."""
    fired = []
    for number in range((until - TODAY).days + 1):
        now = eight(TODAY + timedelta(days=number)) + timedelta(minutes=30)
        for rung_id in operations.claim_due_rungs(session, now=now, limit=100, lease=LEASE):
            rung = operations.fire_rung(session, rung_id=rung_id, now=now)
            assert rung is not None
            fired.append(rung)
    return fired


def waiting_days(deadline: Deadline) -> list[tuple[RungKind, date]]:
    return [(rung.kind, rung.due_at.date()) for rung in deadline.rungs if rung.state is RungState.WAITING]


def test_every_rung_fires_exactly_once_on_its_day(session: Session) -> None:
    deadline = a_deadline(session)

    fired = fire_until(session, DUE_ON + timedelta(days=40))

    assert [(rung.kind, rung.offset_days, rung.escalation) for rung in fired] == [
        (RungKind.SOON, -14, 0),
        (RungKind.REMIND, -3, 0),
        (RungKind.REMIND, 0, 0),
        (RungKind.OVERDUE, 1, 0),
        (RungKind.ESCALATE, 7, 1),
        (RungKind.ESCALATE, 14, 2),
        (RungKind.ESCALATE, 21, 3),
    ]
    assert [rung.fired_at for rung in deadline.rungs] == [
        eight(DUE_ON + timedelta(days=plan.offset_days)) + timedelta(minutes=30) for plan in LADDER
    ]
    assert {rung.task.id for rung in fired} == {deadline.task_id}


def test_each_rung_is_seen_in_history_bell_and_outbox(session: Session) -> None:
    a_deadline(session)

    fire_until(session, DUE_ON + timedelta(days=40))

    assert [entry.action for entry in entries(session, business_key=CASE)] == [
        "deadline.set",
        "deadline.came_near",
        "deadline.reminded",
        "deadline.reminded",
        "deadline.missed",
        "deadline.escalated",
        "deadline.escalated",
        "deadline.escalated",
    ]
    told = [notice.kind for notice in bell(session, person_id=EVA.person_id)]
    assert told == ["deadline.overdue", "deadline.remind", "deadline.remind", "deadline.soon"]
    mails = session.execute(text("SELECT subject FROM mail WHERE person_id = 1005 ORDER BY id")).scalars().all()
    assert mails == [
        "Срок – через 3 дня, 14 апреля 2026: «Подтвердить пакет документов»",
        "Срок – сегодня, 14 апреля 2026: «Подтвердить пакет документов»",
        "Просрочено на 1 день: «Подтвердить пакет документов»",
    ]


@pytest.mark.parametrize(("role", "principal_is_told"), [(Role.SCHOOL_TEAM, True), (Role.CURATOR, False)])
def test_overdue_is_shown_to_the_principal_when_the_task_is_the_school_s(
    session: Session, role: Role, principal_is_told: bool
) -> None:
    a_deadline(session, role=role)

    fire_until(session, DUE_ON + timedelta(days=1))

    told = [notice.kind for notice in bell(session, person_id=ANNA.person_id)]
    assert told == (["deadline.overdue"] if principal_is_told else [])
    assert [list(bell(session, person_id=person.person_id)) for person in (CLARA, DORA, FEDOR)] == [[], [], []]


def test_the_principal_s_own_overdue_task_is_told_to_him_once(session: Session) -> None:
    a_deadline(session, role=Role.PRINCIPAL)

    fire_until(session, DUE_ON + timedelta(days=1))

    told = [notice.kind for notice in bell(session, person_id=ANNA.person_id)]
    assert told.count("deadline.overdue") == 1


def test_a_rung_tells_only_the_assignee_once_somebody_holds_the_task(session: Session) -> None:
    deadline = a_deadline(session, role=Role.CURATOR)
    tasks.claim(session, task_id=deadline.task_id, actor=BORIS, now=NOON)

    fire_until(session, DUE_ON)

    assert len(bell(session, person_id=BORIS.person_id)) == 3


def test_a_claimed_rung_is_nobody_else_s_until_the_lease_ends(session: Session) -> None:
    a_deadline(session)
    now = eight(DUE_ON)

    first = operations.claim_due_rungs(session, now=now, limit=2, lease=LEASE)
    second = operations.claim_due_rungs(session, now=now, limit=10, lease=LEASE)
    later = operations.claim_due_rungs(session, now=now + LEASE, limit=10, lease=LEASE)

    assert (len(first), len(second)) == (2, 1)
    assert later == first + second


def test_two_workers_fire_a_rung_once(session: Session) -> None:
    a_deadline(session)
    [rung_id, *_] = operations.claim_due_rungs(session, now=eight(DUE_ON), limit=1, lease=LEASE)

    assert operations.fire_rung(session, rung_id=rung_id, now=eight(DUE_ON)) is not None
    assert operations.fire_rung(session, rung_id=rung_id, now=eight(DUE_ON)) is None
    assert session.query(Rung).filter_by(state=RungState.FIRED).count() == 1


def test_a_rung_that_fired_behind_our_back_does_not_fire_again(session: Session) -> None:
    deadline = a_deadline(session)
    rung = deadline.rungs[0]
    session.execute(
        text("UPDATE deadline_rung SET state = 'fired', fired_at = '2026-03-31 05:00:00' WHERE id = :id"),
        {"id": rung.id},
    )

    assert operations.fire_rung(session, rung_id=rung.id, now=eight(DUE_ON)) is None


def test_a_rung_does_not_fire_before_its_time(session: Session) -> None:
    rung = a_deadline(session).rungs[0]

    assert operations.fire_rung(session, rung_id=rung.id, now=rung.due_at - timedelta(seconds=1)) is None


def test_an_unknown_rung_does_not_fire(session: Session) -> None:
    assert operations.fire_rung(session, rung_id=999_999, now=NOON) is None


@pytest.mark.parametrize("end", [operations.meet, operations.drop])
def test_a_deadline_that_ended_reminds_no_more(session: Session, end: Callable[..., Deadline | None]) -> None:
    deadline = a_deadline(session)
    fire_until(session, DUE_ON - timedelta(days=10))
    claimed = next(rung.id for rung in deadline.rungs if rung.state is RungState.WAITING)

    assert end(session, task_id=deadline.task_id, now=NOON) is deadline

    assert deadline.state is (DeadlineState.MET if end is operations.meet else DeadlineState.DROPPED)
    assert operations.fire_rung(session, rung_id=claimed, now=eight(DUE_ON)) is None
    assert fire_until(session, DUE_ON + timedelta(days=40)) == []
    assert [rung.state for rung in deadline.rungs] == [RungState.FIRED] + [RungState.DROPPED] * 6
    assert end(session, task_id=deadline.task_id, now=NOON) is None


def test_meeting_says_in_history_how_late_it_was(session: Session) -> None:
    deadline = a_deadline(session)

    operations.meet(session, task_id=deadline.task_id, now=eight(DUE_ON + timedelta(days=2)))

    entry = entries(session, business_key=CASE)[-1]
    assert (entry.action, entry.detail["overdue_days"]) == ("deadline.met", 2)


@pytest.mark.parametrize(("days", "escalated"), [(6, False), (7, True)])
def test_ending_tells_whether_help_was_called(session: Session, days: int, escalated: bool) -> None:
    a_deadline(session, due_on=DUE_ON - timedelta(days=30))  # so that ids of deadlines and of rungs differ
    late = a_deadline(session)
    fire_until(session, DUE_ON + timedelta(days=days))

    ended = operations.end(session, task=task_of(session, late), state=DeadlineState.MET, now=NOON)

    assert ended == operations.Ended(escalated=escalated)


def test_a_task_without_a_date_has_no_deadline_to_meet_or_move(session: Session) -> None:
    task = a_task(session)

    assert operations.meet(session, task_id=task.id, now=NOON) is None
    with pytest.raises(queries.DeadlineNotFound):
        operations.move(session, task_id=task.id, due_on=DUE_ON, reason="нет", actor_id=None, now=NOON)


def test_moving_a_deadline_puts_its_ladder_up_anew(session: Session) -> None:
    deadline = a_deadline(session)
    fire_until(session, DUE_ON + timedelta(days=1))
    now, later = eight(DUE_ON + timedelta(days=2)), DUE_ON + timedelta(days=30)

    operations.move(
        session, task_id=deadline.task_id, due_on=later, reason="Болела учитель", actor_id=CLARA.person_id, now=now
    )

    assert waiting_days(deadline) == [(plan.kind, later + timedelta(days=plan.offset_days)) for plan in LADDER]
    task = task_of(session, deadline)
    assert (deadline.due_on, task.due_on, task.due_at) == (later, later, end_of_day(later, ZONE))


def test_moving_leaves_a_trace_of_who_old_new_and_why(session: Session) -> None:
    deadline = a_deadline(session)

    operations.move_by_hand(
        session, task_id=deadline.task_id, due_on=date(2026, 5, 14), reason=" Карантин ", actor=CLARA, now=NOON
    )

    entry = entries(session, business_key=CASE)[-1]
    assert (entry.action, entry.person_id) == ("task.due_moved", CLARA.person_id)
    assert entry.detail["old_due_on"] == "2026-04-14"
    assert entry.detail["new_due_on"] == "2026-05-14"
    assert entry.detail["reason"] == "Карантин"
    [notice] = bell(session, person_id=EVA.person_id)
    assert (notice.kind, notice.values["due_on"]) == ("task.due_moved", "2026-05-14")


def test_moving_away_and_back_fires_no_rung_twice(session: Session) -> None:
    deadline = a_deadline(session)
    fire_until(session, DUE_ON - timedelta(days=10))
    now = eight(DUE_ON - timedelta(days=9))
    for due_on in (DUE_ON + timedelta(days=3), DUE_ON):
        operations.move(session, task_id=deadline.task_id, due_on=due_on, reason="туда", actor_id=None, now=now)

    fired = fire_until(session, DUE_ON + timedelta(days=40))

    assert [rung.offset_days for rung in fired] == [-3, 0, 1, 7, 14, 21]


def test_the_rungs_can_follow_a_task_whose_date_has_been_moved_before(session: Session) -> None:
    deadline, later = a_deadline(session), DUE_ON + timedelta(days=5)
    task_id = deadline.task_id
    tasks.move_due(session, task_id=task_id, due_on=later, reason="так", actor_id=None, now=NOON)

    operations.move(session, task_id=task_id, due_on=later, reason="так", actor_id=None, now=NOON)

    assert deadline.due_on == later


@pytest.mark.parametrize("actor", [ANNA, EVA])
def test_moving_by_hand_is_refused_to_those_who_are_late_themselves(session: Session, actor: Actor) -> None:
    deadline = a_deadline(session)

    with pytest.raises(task_rules.CannotMoveDate):
        operations.move_by_hand(
            session, task_id=deadline.task_id, due_on=date(2026, 5, 1), reason="хочу", actor=actor, now=NOON
        )


def test_moving_by_hand_is_refused_to_strangers(session: Session) -> None:
    deadline = a_deadline(session)

    with pytest.raises(task_queries.TaskNotFound):
        operations.move_by_hand(
            session, task_id=deadline.task_id, due_on=date(2026, 5, 1), reason="хочу", actor=DORA, now=NOON
        )


@pytest.mark.parametrize("due_on", [date(2026, 3, 1), DUE_ON, date(3031, 1, 1)])
def test_moving_refuses_a_date_that_cannot_be_meant(session: Session, due_on: date) -> None:
    deadline = a_deadline(session)

    with pytest.raises(task_rules.InvalidDueDate):
        tasks.move_due(session, task_id=deadline.task_id, due_on=due_on, reason="так", actor_id=None, now=NOON)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_moving_refuses_to_go_without_a_reason(session: Session, reason: str) -> None:
    deadline = a_deadline(session)

    with pytest.raises(task_rules.ReasonMissing):
        operations.move(
            session, task_id=deadline.task_id, due_on=date(2026, 5, 1), reason=reason, actor_id=None, now=NOON
        )


def test_moving_refuses_a_deadline_that_was_met(session: Session) -> None:
    deadline = a_deadline(session)
    operations.meet(session, task_id=deadline.task_id, now=NOON)

    with pytest.raises(rules.DeadlineEnded):
        operations.move(
            session, task_id=deadline.task_id, due_on=date(2026, 5, 1), reason="так", actor_id=None, now=NOON
        )


def test_move_due_refuses_a_task_that_has_ended(session: Session) -> None:
    task = tasks.complete(session, task_id=a_task(session).id, actor=BORIS, now=NOON)

    with pytest.raises(task_rules.TaskAlreadyDone):
        tasks.move_due(session, task_id=task.id, due_on=DUE_ON, reason="так", actor_id=None, now=NOON)


def test_a_task_that_opens_late_gets_no_burst_of_past_reminders(session: Session) -> None:
    deadline = a_deadline(session, due_on=TODAY + timedelta(days=2))

    assert [kind for kind, _day in waiting_days(deadline)] == [
        RungKind.REMIND,
        RungKind.OVERDUE,
        RungKind.ESCALATE,
        RungKind.ESCALATE,
        RungKind.ESCALATE,
    ]


def test_a_task_that_opens_after_its_date_keeps_the_distances_of_what_follows(session: Session) -> None:
    deadline = a_deadline(session, due_on=TODAY - timedelta(days=100))

    days = [(day - TODAY).days for _kind, day in waiting_days(deadline)]
    assert days == [1, 7, 14, 21]


def test_a_reminder_that_comes_too_late_tells_nobody(session: Session) -> None:
    a_deadline(session)
    late = eight(DUE_ON + timedelta(days=3))

    for rung_id in operations.claim_due_rungs(session, now=late, limit=100, lease=LEASE):
        operations.fire_rung(session, rung_id=rung_id, now=late)

    [notice] = bell(session, person_id=EVA.person_id)
    assert (notice.kind, notice.values["days"]) == ("deadline.overdue", 3)


@pytest.mark.parametrize("zone", ["Asia/Kamchatka", "Europe/Kaliningrad", "America/New_York"])
def test_rungs_come_at_eight_by_the_clocks_of_the_school(zone: str) -> None:
    # In New York the clocks change on 8 March 2026, between the reminder and the last day.
    planned = rules.plan_rungs(LADDER, due_on=date(2026, 3, 9), time_zone=zone, now=NOON)

    assert {step.due_at.astimezone(ZoneInfo(zone)).hour for step in planned} == {8}


def test_has_fired_and_next_rung_tell_the_programme_what_it_asks(session: Session) -> None:
    assert queries.next_rung_at(session) is None
    deadline = a_deadline(session)
    assert queries.next_rung_at(session) == eight(DUE_ON - timedelta(days=14))
    assert not queries.has_fired(session, task_id=deadline.task_id, kind=RungKind.ESCALATE)

    fire_until(session, DUE_ON + timedelta(days=7))

    assert queries.has_fired(session, task_id=deadline.task_id, kind=RungKind.ESCALATE)
    assert queries.deadlines_of(session, task_ids=[deadline.task_id])[deadline.task_id] is deadline


def test_working_days_leave_out_weekends_and_holidays() -> None:
    friday = date(2026, 3, 6)

    assert rules.add_working_days(friday, 1) == date(2026, 3, 9)
    assert rules.add_working_days(friday, 1, days_off={date(2026, 3, 9)}) == date(2026, 3, 10)
    assert rules.add_working_days(friday, 1, worked={date(2026, 3, 7)}) == date(2026, 3, 7)
    assert rules.add_days(friday, 1) == date(2026, 3, 7)


def test_days_overdue_are_whole_days_and_never_negative() -> None:
    assert [rules.overdue_days(DUE_ON, DUE_ON + timedelta(days=n)) for n in (-1, 0, 1, 9)] == [0, 0, 1, 9]
    assert rules.due_at(DUE_ON, ZONE) == end_of_day(DUE_ON, ZONE)


def test_a_task_that_opens_and_ends_in_one_act_leaves_nothing_to_be_told(session: Session) -> None:
    task = a_task(session)
    operations.promise(session, task=task, due_on=DUE_ON, time_zone=ZONE, ladder=LADDER, now=NOON)

    operations.end(session, task=task, state=DeadlineState.MET, now=NOON)
    session.commit()

    assert set(session.scalars(select(Rung.state))) == {RungState.DROPPED}
