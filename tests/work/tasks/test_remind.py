"""Reminding others of a task that one waits for."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.work.history.queries import entries_about
from app.work.notifications.models import Notice
from app.work.people.roles import Role
from app.work.tasks import queries, rules
from app.work.tasks.models import TaskState
from app.work.tasks.reminding import remind
from tests.builders import ANNA, BORIS, DORA, NOON, a_task


def _notices(session: Session) -> list[tuple[int, str]]:
    return [(n.person_id, n.kind) for n in session.scalars(select(Notice)).all()]


def test_remind_tells_the_holders_and_the_history(session: Session) -> None:
    task = a_task(session)
    a_task(session, role=Role.PRINCIPAL)

    told = remind(session, task_id=task.id, actor=ANNA, now=NOON)

    assert [person.id for person in told] == [BORIS.person_id]
    assert _notices(session) == [(BORIS.person_id, "task.reminded")]
    assert [entry.action for entry in entries_about(session, subject=("task", task.id))][-1] == "task.reminded"


def test_remind_refuses_a_second_time_on_the_day_and_not_on_the_next(session: Session) -> None:
    task = a_task(session)
    remind(session, task_id=task.id, actor=ANNA, now=NOON)

    with pytest.raises(rules.AlreadyReminded):
        remind(session, task_id=task.id, actor=ANNA, now=NOON + timedelta(hours=3))

    remind(session, task_id=task.id, actor=ANNA, now=NOON + timedelta(days=1))
    assert len(_notices(session)) == 2


def test_remind_refuses_ones_own_task(session: Session) -> None:
    with pytest.raises(rules.OwnTask):
        remind(session, task_id=a_task(session).id, actor=BORIS, now=NOON)


def test_remind_does_not_tell_a_stranger_that_the_task_exists(session: Session) -> None:
    with pytest.raises(queries.TaskNotFound):
        remind(session, task_id=a_task(session).id, actor=DORA, now=NOON)


@pytest.mark.parametrize("state", [TaskState.COMPLETED, TaskState.CANCELLED])
def test_remind_refuses_a_task_that_has_ended(session: Session, state: TaskState) -> None:
    task = a_task(session, state=state, assignee_id=BORIS.person_id, ended_at=NOON)

    with pytest.raises((rules.TaskAlreadyDone, rules.TaskCancelled)):
        remind(session, task_id=task.id, actor=ANNA, now=NOON)
