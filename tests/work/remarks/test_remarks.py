"""Remarks: made by who decides, answered by the school, closed by who made them."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.work.documents.diff import Change, Piece
from app.work.history.models import Entry
from app.work.people.roles import Actor, Mandate, Role
from app.work.remarks import operations, queries, rules
from app.work.remarks.models import Remark, RemarkState, Severity
from app.work.remarks.operations import NewRemark
from app.work.remarks.rules import ChangesSince, FieldChange, SinceThen
from app.work.tasks.models import Task, TaskState
from tests.builders import ANNA, BORIS, CASE, CLARA, DORA, EVA, NOON, SCHOOL, a_task

# Another curator of the same school, and the principal of another school of the same municipality.
SECOND_CURATOR = Actor(CLARA.person_id, "Климова К. С.", frozenset({Mandate(Role.CURATOR, SCHOOL)}))


def add(session: Session, task: Task, *, actor: Actor = BORIS, **other: Any) -> Remark:
    """Make a remark about the goals."""
    values: dict[str, Any] = {
        "place": "concept:concept_goals",
        "place_title": "Концепция · Цели",
        "severity": Severity.REMARK,
        "text": "Назовите цель в числах.",
        "seen": {"concept_goals": "Учить всех"},
    }
    new = NewRemark(task_id=task.id, **{**values, **other})
    return operations.add_remark(session, new=new, actor=actor, now=NOON)


def review(session: Session) -> Task:
    """Return the curator's task to review School 1, whose team has had a task before."""
    a_task(session, role=Role.SCHOOL_TEAM)
    return a_task(session)


def over(task: Task) -> None:
    """Have Boris send the decision."""
    task.state, task.assignee_id, task.ended_at = TaskState.COMPLETED, BORIS.person_id, NOON


def test_a_remark_keeps_what_was_seen_and_is_told_in_the_history(session: Session) -> None:
    remark = add(session, review(session), text="  Назовите цель\r\nв числах. ")

    assert queries.remarks_of(session, business_key=CASE) == [remark]
    assert (remark.text, remark.seen, remark.state) == (
        "Назовите цель\nв числах.",
        {"concept_goals": "Учить всех"},
        RemarkState.OPEN,
    )
    session.flush()
    (entry,) = session.scalars(select(Entry).where(Entry.action == "remark.added"))
    assert (entry.business_key, entry.detail["place_title"]) == (CASE, "Концепция · Цели")


@pytest.mark.parametrize("actor", [ANNA, CLARA, DORA, EVA], ids=lambda actor: actor.name)
def test_only_who_decides_makes_remarks(session: Session, actor: Actor) -> None:
    with pytest.raises(rules.NotYourReview):
        add(session, review(session), actor=actor)


def test_no_remark_is_made_changed_or_taken_back_after_the_decision(session: Session) -> None:
    task = review(session)
    remark = add(session, task)
    over(task)

    with pytest.raises(rules.ReviewIsOver):
        add(session, task)
    with pytest.raises(rules.ReviewIsOver):
        operations.edit(session, remark_id=remark.id, severity=Severity.NOTE, text="x", actor=BORIS, now=NOON)
    with pytest.raises(rules.ReviewIsOver):
        operations.remove(session, remark_id=remark.id, actor=BORIS, now=NOON)


def test_a_review_that_somebody_else_has_taken_is_his(session: Session) -> None:
    task = review(session)
    task.state, task.assignee_id = TaskState.CLAIMED, SECOND_CURATOR.person_id

    with pytest.raises(rules.ReviewIsOver):
        add(session, task)


@pytest.mark.parametrize(
    "other",
    [{"text": " \n"}, {"text": "x" * 4_001}, {"text": "a\0"}, {"text": "\ud800"}, {"place": ""}, {"place_title": " "}],
    ids=["D6-empty", "D1-long", "D3-nul", "D3-half-a-character", "D6-no-place", "D6-no-title"],
)
def test_a_remark_without_a_usable_text_or_place_is_refused(session: Session, other: dict[str, Any]) -> None:
    with pytest.raises(rules.UnusableRemark):
        add(session, review(session), **other)


def test_the_author_changes_and_takes_back_a_remark_before_deciding(session: Session) -> None:
    remark = add(session, review(session))

    operations.edit(session, remark_id=remark.id, severity=Severity.OBSTACLE, text="Иначе", actor=BORIS, now=NOON)
    assert (remark.text, remark.severity) == ("Иначе", Severity.OBSTACLE)

    operations.remove(session, remark_id=remark.id, actor=BORIS, now=NOON)
    assert queries.remarks_of(session, business_key=CASE) == []


def test_another_curator_of_the_school_does_not_change_the_remark(session: Session) -> None:
    remark = add(session, review(session))

    with pytest.raises(rules.NotTheAuthor):
        operations.remove(session, remark_id=remark.id, actor=SECOND_CURATOR, now=NOON)


@pytest.mark.parametrize("actor", [ANNA, EVA], ids=lambda actor: actor.name)
def test_the_school_answers_and_may_answer_better(session: Session, actor: Actor) -> None:
    task = review(session)
    remark = add(session, task)
    over(task)

    operations.answer(session, remark_id=remark.id, text="Исправили", actor=EVA, now=NOON)
    operations.answer(session, remark_id=remark.id, text="Исправили: 60 %", actor=actor, now=NOON)

    assert (remark.state, remark.answer, remark.answered_by_id) == (
        RemarkState.ANSWERED,
        "Исправили: 60 %",
        actor.person_id,
    )


def test_others_than_the_school_do_not_answer_and_strangers_find_nothing(session: Session) -> None:
    remark = add(session, review(session))

    with pytest.raises(rules.NotForYou):
        operations.answer(session, remark_id=remark.id, text="За школу", actor=BORIS, now=NOON)
    with pytest.raises(NotFound):
        operations.answer(session, remark_id=remark.id, text="Чужое", actor=DORA, now=NOON)
    with pytest.raises(queries.RemarkNotFound):
        operations.close(session, remark_id=99, actor=BORIS, now=NOON)


def test_the_author_closes_also_after_the_decision_and_then_nothing_changes(session: Session) -> None:
    task = review(session)
    remark = add(session, task)
    over(task)

    operations.close(session, remark_id=remark.id, actor=BORIS, now=NOON)

    assert (remark.state, remark.closed_at) == (RemarkState.CLOSED, NOON)
    with pytest.raises(rules.RemarkIsClosed):
        operations.close(session, remark_id=remark.id, actor=BORIS, now=NOON)
    with pytest.raises(rules.RemarkIsClosed):
        operations.answer(session, remark_id=remark.id, text="Поздно", actor=EVA, now=NOON)


def test_who_takes_over_from_the_author_closes_and_the_school_does_not(session: Session) -> None:
    remark = add(session, review(session))

    with pytest.raises(rules.NotTheAuthor):
        operations.close(session, remark_id=remark.id, actor=EVA, now=NOON)
    operations.close(session, remark_id=remark.id, actor=SECOND_CURATOR, now=NOON)

    assert remark.state is RemarkState.CLOSED


def test_an_obstacle_stops_confirmation_until_it_is_closed(session: Session) -> None:
    task = review(session)
    add(session, task, severity=Severity.NOTE)
    obstacle = add(session, task, severity=Severity.OBSTACLE, place_title="Мероприятие 3")
    operations.answer(session, remark_id=obstacle.id, text="Исправили", actor=EVA, now=NOON)

    assert queries.open_obstacles(session, business_key=CASE) == [obstacle]
    with pytest.raises(rules.ObstaclesOpen, match="Мероприятие 3"):
        rules.check_can_confirm(queries.remarks_of(session, business_key=CASE))

    operations.close(session, remark_id=obstacle.id, actor=BORIS, now=NOON)
    rules.check_can_confirm(queries.remarks_of(session, business_key=CASE))


@pytest.mark.parametrize(
    ("current", "since"),
    [
        ({"concept_goals": "Учить всех", "other": 1}, ChangesSince(SinceThen.SAME)),
        (None, ChangesSince(SinceThen.GONE)),
        (
            {"concept_goals": "Учить каждого"},
            ChangesSince(
                SinceThen.CHANGED,
                (
                    FieldChange(
                        "concept_goals",
                        (
                            Piece(Change.SAME, "Учить "),
                            Piece(Change.REMOVED, "всех"),
                            Piece(Change.ADDED, "каждого"),
                        ),
                    ),
                ),
            ),
        ),
    ],
)
def test_what_changed_since_the_remark_can_be_shown(
    session: Session, current: dict[str, str] | None, since: ChangesSince
) -> None:
    remark = add(session, review(session))
    places = {} if current is None else {remark.place: current}

    assert queries.changes_since([remark], places) == {remark.id: since}


def test_a_remark_that_kept_no_picture_cannot_tell_what_changed(session: Session) -> None:
    remark = add(session, review(session), seen={})

    assert rules.changes_since(remark, {"a": 1}) == ChangesSince(SinceThen.UNSEEN)
