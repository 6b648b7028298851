"""Completing, releasing, assigning and cancelling tasks."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.work.history.queries import entries
from app.work.notifications.queries import bell
from app.work.people import operations as people
from app.work.people import queries as people_queries
from app.work.people.models import HeldMandate
from app.work.people.roles import Actor, Mandate, Role
from app.work.tasks import opening, operations, queries, rules
from app.work.tasks.models import Task, TaskState
from tests.builders import (
    ANNA,
    BORIS,
    CASE,
    CLARA,
    DORA,
    EVA,
    FEDOR,
    NOON,
    OTHER_SCHOOL,
    SCHOOL,
    TODAY,
    a_person_row,
    a_task,
    as_now,
    inbox_of,
)

GLEB = 1007


def gleb(session: Session) -> Actor:
    """Return a second member of School 1's team."""
    session.add(a_person_row(GLEB, "gleb", "Громов Глеб Игоревич"))
    session.flush()
    session.add(HeldMandate(person_id=GLEB, role=Role.SCHOOL_TEAM, organisation_id=SCHOOL, since_on=date(2026, 1, 1)))
    session.flush()
    return as_now(session, GLEB)


def actions(session: Session) -> list[str]:
    return [entry.action for entry in entries(session, business_key=CASE)]


def take_behind_the_back(session: Session, task: Task, state: str, person_id: int | None) -> None:
    """Change the row as another transaction would, unseen by what was read before."""
    ended = ", ended_at = '2026-03-02 11:00:00'" if state in {"completed", "cancelled"} else ""
    session.execute(
        text(f"UPDATE task SET state = :state, assignee_id = :person{ended} WHERE id = :id"),
        {"id": task.id, "state": state, "person": person_id},
    )


def test_complete_ends_a_claimed_task(session: Session) -> None:
    task = operations.claim(session, task_id=a_task(session).id, actor=BORIS, now=NOON)

    operations.complete(session, task_id=task.id, actor=BORIS, now=NOON)

    assert (task.state, task.ended_at, task.assignee_id) == (TaskState.COMPLETED, NOON, BORIS.person_id)
    assert actions(session) == ["task.claimed", "task.completed"]
    assert inbox_of(session, BORIS) == []


def test_complete_claims_an_open_task_with_the_same_act(session: Session) -> None:
    task = operations.complete(session, task_id=a_task(session).id, actor=BORIS, now=NOON)

    assert (task.state, task.assignee_id) == (TaskState.COMPLETED, BORIS.person_id)


@pytest.mark.parametrize("actor", [ANNA, CLARA, EVA, FEDOR])
def test_complete_refuses_someone_who_may_only_look(session: Session, actor: Actor) -> None:
    with pytest.raises(rules.NotACandidate):
        operations.complete(session, task_id=a_task(session).id, actor=actor, now=NOON)


def test_complete_does_not_tell_a_stranger_that_the_task_exists(session: Session) -> None:
    with pytest.raises(queries.TaskNotFound):
        operations.complete(session, task_id=a_task(session).id, actor=DORA, now=NOON)
    with pytest.raises(queries.TaskNotFound):
        operations.complete(session, task_id=999_999, actor=DORA, now=NOON)


def test_complete_refuses_the_assignee_whose_mandate_has_ended(session: Session) -> None:
    task = operations.claim(session, task_id=a_task(session).id, actor=BORIS, now=NOON)
    former = Actor(BORIS.person_id, BORIS.name, frozenset({Mandate(Role.CURATOR, OTHER_SCHOOL)}))

    with pytest.raises(queries.TaskNotFound):
        operations.complete(session, task_id=task.id, actor=former, now=NOON)


def test_complete_refuses_a_second_time_and_says_who_was_first(session: Session) -> None:
    task = operations.complete(session, task_id=a_task(session).id, actor=BORIS, now=NOON)

    with pytest.raises(rules.TaskAlreadyDone) as refusal:
        operations.complete(session, task_id=task.id, actor=BORIS, now=NOON)

    assert str(refusal.value) == "Борисов Б. П. completed this task on 02.03.2026 15:00."


def test_complete_refuses_a_task_that_a_colleague_holds(session: Session) -> None:
    task = a_task(session, role=Role.SCHOOL_TEAM)
    operations.claim(session, task_id=task.id, actor=gleb(session), now=NOON)

    with pytest.raises(rules.TaskAlreadyTaken, match=r"Громов Г\. И\."):
        operations.complete(session, task_id=task.id, actor=EVA, now=NOON)


@pytest.mark.parametrize(
    ("state", "refusal"),
    [("completed", rules.TaskAlreadyDone), ("cancelled", rules.TaskCancelled), ("claimed", rules.TaskAlreadyTaken)],
)
def test_complete_refuses_a_task_changed_between_reading_and_writing(
    session: Session, state: str, refusal: type[Exception]
) -> None:
    task = a_task(session)
    take_behind_the_back(session, task, state, ANNA.person_id)

    with pytest.raises(refusal):
        operations.complete(session, task_id=task.id, actor=BORIS, now=NOON)

    assert task.assignee_id == ANNA.person_id


def test_release_gives_the_task_back_to_its_role(session: Session) -> None:
    task = operations.claim(session, task_id=a_task(session).id, actor=BORIS, now=NOON)

    operations.release(session, task_id=task.id, actor=BORIS, now=NOON)

    assert (task.state, task.assignee_id) == (TaskState.OPEN, None)
    assert actions(session) == ["task.claimed", "task.released"]


def test_release_refuses_a_task_that_nobody_holds(session: Session) -> None:
    with pytest.raises(rules.TaskNotTaken):
        operations.release(session, task_id=a_task(session).id, actor=BORIS, now=NOON)


def test_release_refuses_somebody_else(session: Session) -> None:
    task = operations.claim(session, task_id=a_task(session).id, actor=BORIS, now=NOON)

    with pytest.raises(rules.NotTheAssignee, match=r"Борисов Б\. П\. holds this task"):
        operations.release(session, task_id=task.id, actor=ANNA, now=NOON)


def test_release_is_allowed_to_the_role_above(session: Session) -> None:
    task = operations.claim(session, task_id=a_task(session).id, actor=BORIS, now=NOON)

    assert operations.release(session, task_id=task.id, actor=CLARA, now=NOON).state is TaskState.OPEN


def test_release_refuses_a_task_given_to_somebody_else_meanwhile(session: Session) -> None:
    task = operations.claim(session, task_id=a_task(session).id, actor=BORIS, now=NOON)
    take_behind_the_back(session, task, "claimed", ANNA.person_id)

    with pytest.raises(rules.TaskAlreadyTaken):
        operations.release(session, task_id=task.id, actor=BORIS, now=NOON)


def test_assign_gives_the_task_to_a_colleague_and_tells_him(session: Session) -> None:
    task = a_task(session, role=Role.SCHOOL_TEAM)
    colleague = gleb(session)

    operations.assign(session, task_id=task.id, person_id=GLEB, actor=ANNA, now=NOON)

    assert (task.state, task.assignee_id) == (TaskState.CLAIMED, GLEB)
    assert inbox_of(session, colleague) == [task]
    assert inbox_of(session, EVA) == []
    [notice] = bell(session, person_id=GLEB)
    assert (notice.kind, notice.values["by"]) == ("task.assigned", ANNA.name)


def test_assign_tells_the_one_who_held_the_task_before(session: Session) -> None:
    task = operations.claim(session, task_id=a_task(session, role=Role.SCHOOL_TEAM).id, actor=EVA, now=NOON)
    gleb(session)

    operations.assign(session, task_id=task.id, person_id=GLEB, actor=ANNA, now=NOON)

    assert [notice.kind for notice in bell(session, person_id=EVA.person_id)] == ["task.taken_over"]


@pytest.mark.parametrize("actor", [BORIS, CLARA, FEDOR])
def test_assign_refuses_somebody_who_is_neither_candidate_nor_above(session: Session, actor: Actor) -> None:
    with pytest.raises(rules.CannotAssign):
        operations.assign(
            session,
            task_id=a_task(session, role=Role.PRINCIPAL).id,
            person_id=ANNA.person_id,
            actor=actor,
            now=NOON,
        )


def test_assign_refuses_a_stranger(session: Session) -> None:
    with pytest.raises(queries.TaskNotFound):
        operations.assign(session, task_id=a_task(session).id, person_id=BORIS.person_id, actor=DORA, now=NOON)


def test_assign_refuses_a_person_without_the_role(session: Session) -> None:
    with pytest.raises(rules.AssigneeNotACandidate):
        operations.assign(session, task_id=a_task(session).id, person_id=DORA.person_id, actor=BORIS, now=NOON)


def test_assign_refuses_a_disabled_person(session: Session) -> None:
    people.disable_person(session, person_id=BORIS.person_id, now=NOON)

    with pytest.raises(rules.AssigneeNotACandidate):
        operations.assign(session, task_id=a_task(session).id, person_id=BORIS.person_id, actor=CLARA, now=NOON)


def test_assign_refuses_an_unknown_person(session: Session) -> None:
    with pytest.raises(people_queries.PersonNotFound):
        operations.assign(session, task_id=a_task(session).id, person_id=999_999, actor=CLARA, now=NOON)


def test_assign_refuses_a_task_that_this_person_holds_or_has_done(session: Session) -> None:
    task = operations.claim(session, task_id=a_task(session).id, actor=BORIS, now=NOON)
    with pytest.raises(rules.TaskAlreadyTaken):
        operations.assign(session, task_id=task.id, person_id=BORIS.person_id, actor=CLARA, now=NOON)

    operations.complete(session, task_id=task.id, actor=BORIS, now=NOON)
    with pytest.raises(rules.TaskAlreadyDone):
        operations.assign(session, task_id=task.id, person_id=BORIS.person_id, actor=CLARA, now=NOON)


def test_cancel_ends_what_is_unfinished_and_tells_who_held_it(session: Session) -> None:
    held = operations.claim(session, task_id=a_task(session, task_ref="held").id, actor=BORIS, now=NOON)
    done = operations.complete(session, task_id=a_task(session, task_ref="done").id, actor=BORIS, now=NOON)
    other = a_task(session, task_ref="other")
    foreign = a_task(session, task_ref="held", instance_id=2)

    cancelled = operations.cancel(session, instance_id=1, task_refs=("held", "done", "gone"), now=NOON)

    assert cancelled == [held]
    assert [task.state for task in (held, done, other, foreign)] == ["cancelled", "completed", "open", "open"]
    assert [notice.kind for notice in bell(session, person_id=BORIS.person_id)] == ["task.cancelled"]
    assert operations.cancel(session, instance_id=1, task_refs=("held",), now=NOON) == []


def test_a_cancelled_task_can_no_longer_be_completed(session: Session) -> None:
    task = a_task(session, task_ref="x")
    operations.cancel(session, instance_id=1, task_refs=("x",), now=NOON)

    with pytest.raises(rules.TaskCancelled, match="no longer needed"):
        operations.complete(session, task_id=task.id, actor=BORIS, now=NOON)


def test_mark_seen_notes_the_first_look_of_a_candidate_only(session: Session) -> None:
    task = a_task(session)

    assert not operations.mark_seen(session, task_id=task.id, actor=ANNA, now=NOON)
    assert task.opened_first_at is None
    assert operations.mark_seen(session, task_id=task.id, actor=BORIS, now=NOON)
    assert task.opened_first_at == NOON
    assert not operations.mark_seen(session, task_id=task.id, actor=BORIS, now=NOON)
    assert actions(session) == ["task.seen"]


def test_mark_seen_refuses_a_stranger(session: Session) -> None:
    with pytest.raises(queries.TaskNotFound):
        operations.mark_seen(session, task_id=a_task(session).id, actor=DORA, now=NOON)


def test_tasks_of_somebody_who_left_go_back_to_their_role(session: Session) -> None:
    task = operations.claim(session, task_id=a_task(session).id, actor=BORIS, now=NOON)
    assert operations.release_held_by(session, person_id=BORIS.person_id, actor_id=None, now=NOON) == []

    people.disable_person(session, person_id=BORIS.person_id, now=NOON)

    assert operations.release_held_by(session, person_id=BORIS.person_id, actor_id=None, now=NOON) == [task]
    assert (task.state, task.assignee_id) == (TaskState.OPEN, None)


def test_open_task_is_due_at_the_end_of_the_local_day(session: Session) -> None:
    new = opening.NewTask(
        instance_id=1, task_ref="a", process_key="plan", element_id="write_concept", title="Концепция",
        business_key=CASE, role=Role.SCHOOL_TEAM, organisation_id=SCHOOL, due_on=TODAY,
    )  # fmt: skip

    task = opening.open_task(session, new=new, now=NOON)

    assert task.due_at is not None
    assert task.due_at.isoformat() == "2026-03-02T21:00:00+00:00"
    assert inbox_of(session, EVA) == [task]
    assert actions(session) == ["task.opened"]
