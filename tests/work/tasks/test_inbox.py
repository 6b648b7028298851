"""What people find in their inbox, and what they see of others."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.kernel.lists import PAGE_SIZE
from app.work.people.roles import Actor, Mandate, Role
from app.work.tasks import operations, queries, rules
from app.work.tasks.models import Task
from app.work.tasks.queries import InboxFilters
from app.work.tasks.rules import Group
from tests.builders import (
    ANNA,
    BORIS,
    CLARA,
    DORA,
    EVA,
    FEDOR,
    MUNICIPALITY,
    NOON,
    OTHER_CASE,
    OTHER_MUNICIPALITY,
    OTHER_SCHOOL,
    REGION,
    TODAY,
    a_task,
    inbox_of,
)

DAY = timedelta(days=1)


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """Collect the statements that are sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


def waiting(session: Session, actor: Actor) -> list[Task]:
    rows = queries.waiting_for_others(session, actor=actor, now=NOON, today=TODAY)
    return [row.task for row in rows.items]


def test_inbox_puts_overdue_first_then_by_date_then_undated_then_what_is_far(session: Session) -> None:
    far = a_task(session, due_on=TODAY + 60 * DAY)
    undated = a_task(session)
    near = a_task(session, due_on=TODAY + 3 * DAY)
    late = a_task(session, due_on=TODAY - DAY)

    page = queries.inbox(session, actor=BORIS, now=NOON)

    assert [row.task for row in page.items] == [late, near, undated, far]
    assert [row.due.group for row in page.items] == [Group.NOW, Group.NOW, Group.NOW, Group.SOON]
    assert [row.due.days_left for row in page.items] == [-1, 3, None, 60]


@pytest.mark.parametrize(
    ("now", "is_overdue", "days_left"),
    [
        (datetime.fromisoformat("2026-03-02T20:59:59+00:00"), False, 0),
        (datetime.fromisoformat("2026-03-02T21:00:00+00:00"), True, -1),
    ],
)
def test_a_task_is_overdue_once_its_local_day_is_over(
    session: Session, now: datetime, is_overdue: bool, days_left: int
) -> None:
    a_task(session, due_on=TODAY)

    [row] = queries.inbox(session, actor=BORIS, now=now).items

    assert (row.due.is_overdue, row.due.days_left) == (is_overdue, days_left)
    late = queries.inbox(session, actor=BORIS, now=now, filters=InboxFilters(overdue=True))
    assert (late.total == 1) == is_overdue


def test_a_completed_task_is_never_overdue(session: Session) -> None:
    task = operations.complete(session, task_id=a_task(session, due_on=TODAY - DAY).id, actor=BORIS, now=NOON)

    assert not rules.is_overdue(task, NOON)


@pytest.mark.parametrize("days", [13, 14, 15, 16])
def test_the_page_the_counts_and_the_rule_agree_on_what_is_soon(session: Session, days: int) -> None:
    a_task(session, due_on=TODAY + days * DAY)

    [row] = queries.inbox(session, actor=BORIS, now=NOON).items
    counts = queries.inbox_counts(session, actor=BORIS, now=NOON)

    assert (row.due.group is Group.NOW) == (days <= rules.NOW_WITHIN_DAYS) == (counts.now == 1)


def test_inbox_counts_say_what_the_headings_need(session: Session) -> None:
    a_task(session, due_on=TODAY - DAY)
    a_task(session)
    a_task(session, due_on=TODAY + 60 * DAY)
    a_task(session, role=Role.PRINCIPAL)

    counts = queries.inbox_counts(session, actor=BORIS, now=NOON)

    assert (counts.now, counts.soon, counts.overdue, counts.waiting) == (2, 1, 1, 1)
    assert counts.next_due_on == TODAY - DAY


def test_an_empty_inbox_counts_nothing(session: Session) -> None:
    counts = queries.inbox_counts(session, actor=DORA, now=NOON)

    assert (counts.now, counts.soon, counts.overdue, counts.waiting, counts.next_due_on) == (0, 0, 0, 0, None)


def test_somebody_without_mandates_has_nothing(session: Session) -> None:
    a_task(session)
    nobody = Actor(BORIS.person_id, BORIS.name, frozenset())

    assert inbox_of(session, nobody) == []
    assert waiting(session, nobody) == []


def test_what_was_claimed_with_a_mandate_that_ended_is_no_longer_in_the_inbox(session: Session) -> None:
    operations.claim(session, task_id=a_task(session).id, actor=BORIS, now=NOON)
    former = Actor(BORIS.person_id, BORIS.name, frozenset({Mandate(Role.CURATOR, OTHER_SCHOOL)}))

    assert inbox_of(session, former) == []


def test_the_inbox_can_be_narrowed(session: Session) -> None:
    here = a_task(session, title="Проверить концепцию", process_key="plan")
    there = a_task(session, organisation_id=OTHER_SCHOOL, business_key=OTHER_CASE, about="Мероприятие 3. Курсы")
    both = Actor(BORIS.person_id, BORIS.name, BORIS.mandates | {Mandate(Role.CURATOR, OTHER_SCHOOL)})

    def found(**filters: Any) -> list[Task]:
        rows = queries.inbox(session, actor=both, now=NOON, filters=InboxFilters(**filters)).items
        return [row.task for row in rows]

    assert found(organisation_id=OTHER_SCHOOL) == [there]
    assert found(business_keys=frozenset({OTHER_CASE})) == [there]
    assert found(business_keys=frozenset()) == []
    assert found(process_key="plan") == [here]
    assert found(search="КОНЦЕПЦИЮ") == [here]
    assert found(search="курсы сош") == [there]
    assert found(search="№ 7") == [there]
    assert found(search="' OR 1=1 --") == found(search="100%") == found(search="_") == []
    assert found(sort="title") == [there, here]
    assert found(sort="organisation") == [here, there]
    assert found(sort="no such order") == [here, there]


def test_a_long_inbox_comes_in_pages_each_with_few_queries(session: Session) -> None:
    for number in range(PAGE_SIZE + 5):
        a_task(session, due_on=TODAY + number * DAY)
    session.expire_all()

    with counted_queries() as sent:
        first = queries.inbox(session, actor=BORIS, now=NOON)
        assert [row.task.organisation.name for row in first.items]

    second = queries.inbox(session, actor=BORIS, now=NOON, page=2)
    assert (first.total, first.pages, len(first.items), len(second.items)) == (PAGE_SIZE + 5, 2, PAGE_SIZE, 5)
    assert len(sent) == 2
    assert queries.inbox(session, actor=BORIS, now=NOON, page=10**9).number == 2


def test_waiting_for_others_says_who_holds_it_and_since_when(session: Session) -> None:
    unclaimed = a_task(session)
    claimed = operations.claim(session, task_id=a_task(session).id, actor=BORIS, now=NOON + timedelta(hours=3))
    agree = a_task(session, role=Role.MUNICIPAL_COORDINATOR, organisation_id=MUNICIPALITY)
    mine = a_task(session, role=Role.PRINCIPAL)

    rows = queries.waiting_for_others(session, actor=ANNA, now=NOON, today=TODAY).items

    assert mine not in [row.task for row in rows]
    assert {(row.task.id, row.holders[0].id, row.since) for row in rows} == {
        (unclaimed.id, BORIS.person_id, NOON),
        (claimed.id, BORIS.person_id, NOON + timedelta(hours=3)),
        (agree.id, CLARA.person_id, NOON),
    }


def test_waiting_for_others_never_shows_a_foreign_case(session: Session) -> None:
    a_task(session, role=Role.PRINCIPAL)
    foreign = a_task(session, role=Role.SCHOOL_TEAM, organisation_id=OTHER_SCHOOL, business_key=OTHER_CASE)

    assert waiting(session, ANNA) == []
    assert waiting(session, DORA) == [foreign]


def test_waiting_for_others_does_not_open_the_cycle_to_other_municipalities(session: Session) -> None:
    for place in (MUNICIPALITY, OTHER_MUNICIPALITY):
        a_task(session, role=Role.MUNICIPAL_COORDINATOR, organisation_id=place, business_key="cycle:1")

    assert waiting(session, CLARA) == []


def test_a_task_that_a_colleague_claimed_waits_for_that_colleague(session: Session) -> None:
    task = operations.claim(session, task_id=a_task(session, role=Role.SCHOOL_TEAM).id, actor=EVA, now=NOON)

    [row] = queries.waiting_for_others(session, actor=ANNA, now=NOON, today=TODAY).items

    assert (row.task, [person.id for person in row.holders]) == (task, [EVA.person_id])


def test_waiting_for_others_needs_as_many_queries_for_fifty_tasks_as_for_one(session: Session) -> None:
    for _ in range(50):
        a_task(session)
    session.expire_all()

    with counted_queries() as sent:
        rows = queries.waiting_for_others(session, actor=ANNA, now=NOON, today=TODAY).items
        assert {row.holders[0].full_name for row in rows}

    assert len(sent) <= 4


@pytest.mark.parametrize("actor", [ANNA, BORIS, CLARA, EVA, FEDOR])
def test_a_school_s_task_is_visible_to_all_who_look_after_the_school(session: Session, actor: Actor) -> None:
    task = a_task(session)

    assert queries.visible_task(session, task_id=task.id, actor=actor) is task


@pytest.mark.parametrize(
    "actor",
    [
        DORA,
        Actor(1, "Консультант", frozenset({Mandate(Role.CONSULTANT, REGION)})),
        Actor(2, "Дизайнер", frozenset({Mandate(Role.PROCESS_DESIGNER, REGION)})),
        Actor(3, "Чужой", frozenset({Mandate(Role.MUNICIPAL_COORDINATOR, OTHER_MUNICIPALITY)})),
        Actor(4, "Никто", frozenset()),
    ],
)
def test_a_school_s_task_is_not_found_by_others(session: Session, actor: Actor) -> None:
    with pytest.raises(queries.TaskNotFound) as refusal:
        queries.visible_task(session, task_id=a_task(session).id, actor=actor)

    assert str(refusal.value) == "There is no such task."


def test_a_school_does_not_open_the_coordinator_s_task_of_its_own_case(session: Session) -> None:
    task = a_task(session, role=Role.MUNICIPAL_COORDINATOR, organisation_id=MUNICIPALITY)

    with pytest.raises(queries.TaskNotFound):
        queries.visible_task(session, task_id=task.id, actor=ANNA)


def test_may_act_agrees_with_the_inbox(session: Session) -> None:
    tasks = [a_task(session), a_task(session, role=Role.PRINCIPAL), a_task(session, organisation_id=OTHER_SCHOOL)]
    tasks.append(operations.complete(session, task_id=a_task(session).id, actor=BORIS, now=NOON))

    for actor in (ANNA, BORIS, CLARA, DORA):
        assert {task.id for task in tasks if rules.may_act(task, actor)} == {t.id for t in inbox_of(session, actor)}


def test_tasks_of_a_case_come_oldest_first(session: Session) -> None:
    second = a_task(session, created_at=NOON)
    first = a_task(session, created_at=NOON - DAY)
    a_task(session, business_key=OTHER_CASE)

    assert list(queries.tasks_of_case(session, business_key="case:1001")) == [first, second]


def test_a_date_far_away_in_another_zone_is_counted_in_whole_local_days(session: Session) -> None:
    task = a_task(session, due_on=date(2026, 3, 3))
    task.organisation.time_zone = "Asia/Kamchatka"

    # At noon in Greenwich it is already the third of March in Kamchatka.
    assert rules.due_of(task, NOON).days_left == 0
