"""Claiming a task."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.work.people.roles import Actor, Role
from app.work.tasks import operations, queries, rules
from app.work.tasks.models import TaskState
from tests.builders import ANNA, BORIS, CLARA, DORA, NOON, a_task, inbox_of


def test_claim_gives_the_task_to_the_actor(session: Session) -> None:
    task = a_task(session)

    operations.claim(session, task_id=task.id, actor=BORIS, now=NOON)

    assert (task.state, task.assignee_id) == (TaskState.CLAIMED, BORIS.person_id)
    assert inbox_of(session, BORIS) == [task]


@pytest.mark.parametrize("actor", [ANNA, CLARA])
def test_claim_refuses_someone_without_the_role(session: Session, actor: Actor) -> None:
    task = a_task(session)

    with pytest.raises(rules.NotACandidate):
        operations.claim(session, task_id=task.id, actor=actor, now=NOON)


def test_claim_does_not_tell_a_stranger_that_the_task_exists(session: Session) -> None:
    task = a_task(session, role=Role.PRINCIPAL)

    with pytest.raises(queries.TaskNotFound):
        operations.claim(session, task_id=task.id, actor=DORA, now=NOON)

    assert inbox_of(session, DORA) == []
    assert inbox_of(session, ANNA) == [task]


def test_claim_refuses_a_task_already_taken_and_says_by_whom_and_when(session: Session) -> None:
    task = a_task(session)
    operations.claim(session, task_id=task.id, actor=BORIS, now=NOON)

    with pytest.raises(rules.TaskAlreadyTaken) as refusal:
        operations.claim(session, task_id=task.id, actor=BORIS, now=NOON)

    assert str(refusal.value) == "Борисов Б. П. took this task on 02.03.2026 15:00."


def test_claim_refuses_a_task_taken_between_reading_and_writing(session: Session) -> None:
    task = a_task(session)
    session.execute(
        text("UPDATE task SET state = 'claimed', assignee_id = :anna WHERE id = :id"),
        {"id": task.id, "anna": ANNA.person_id},
    )

    with pytest.raises(rules.TaskAlreadyTaken):
        operations.claim(session, task_id=task.id, actor=BORIS, now=NOON)

    assert task.assignee_id == ANNA.person_id


@pytest.mark.parametrize("state", [TaskState.COMPLETED, TaskState.CANCELLED])
def test_claim_refuses_a_task_that_has_ended(session: Session, state: TaskState) -> None:
    task = a_task(session, state=state, assignee_id=BORIS.person_id, ended_at=NOON)

    with pytest.raises((rules.TaskAlreadyDone, rules.TaskCancelled)):
        operations.claim(session, task_id=task.id, actor=BORIS, now=NOON)
