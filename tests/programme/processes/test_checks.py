"""What a task may not be completed with, although its form has nothing against it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from app.programme.processes.checks import (
    AlreadyPassed,
    ImpossibleFigure,
    NotYetCome,
    OwnWork,
    check_before_completing,
)
from app.work.people.roles import Role
from app.work.tasks.models import Task, TaskState
from tests.builders import BORIS, EVA, NOON, OTHER_CASE, a_task

PLACES = [
    ("escalate", "call_school", "promised_on"),
    ("escalate", "help_or_move", "move_to"),
    ("escalate", "decide_red_list", "move_to"),
    ("escalate", "settle_delay", "move_to"),
    ("implement", "report_measure", "report_new_ends_on"),
]


@pytest.mark.parametrize(("process_key", "element_id", "field"), PLACES)
def test_a_day_in_the_past_cannot_be_promised(session: Session, process_key: str, element_id: str, field: str) -> None:
    task = a_task(session, process_key=process_key, element_id=element_id)

    with pytest.raises(AlreadyPassed, match="Choose today or a later day"):
        check_before_completing(session, task=task, actor=BORIS, answers={field: "2026-03-01"}, now=NOON)


@pytest.mark.parametrize(("process_key", "element_id", "field"), PLACES)
@pytest.mark.parametrize("day", ["2026-03-02", "2026-04-01", None])
def test_today_a_later_day_and_none_at_all_are_fine(
    session: Session, process_key: str, element_id: str, field: str, day: str | None
) -> None:
    task = a_task(session, process_key=process_key, element_id=element_id)

    check_before_completing(session, task=task, actor=BORIS, answers={field: day}, now=NOON)


def test_today_is_the_day_of_the_school_not_of_greenwich(session: Session) -> None:
    task = a_task(session, process_key="escalate", element_id="help_or_move")
    in_volgograd_tomorrow = datetime(2026, 3, 2, 22, tzinfo=UTC)

    with pytest.raises(AlreadyPassed):
        check_before_completing(
            session, task=task, actor=BORIS, answers={"move_to": "2026-03-02"}, now=in_volgograd_tomorrow
        )


@pytest.mark.parametrize(
    ("process_key", "element_id", "field"),
    [
        ("open_cycle", "sign_order", "cycle_order_on"),
        ("approve", "approve_package", "approval_order_on"),
        ("implement", "report_measure", "report_done_on"),
        ("evaluate", "confirm_outcome", "outcome_order_on"),
    ],
)
def test_nothing_was_signed_or_done_on_a_day_ahead(
    session: Session, process_key: str, element_id: str, field: str
) -> None:
    task = a_task(session, process_key=process_key, element_id=element_id)

    with pytest.raises(NotYetCome, match=r"03\.03\.2026 has not come yet"):
        check_before_completing(session, task=task, actor=BORIS, answers={field: "2026-03-03"}, now=NOON)
    check_before_completing(session, task=task, actor=BORIS, answers={field: "2026-03-02"}, now=NOON)


@pytest.mark.parametrize(
    "answers",
    [
        {"coverage_rows": [{"invited": 20, "answered": 30}]},
        {"coverage_rows": [{"invited": None, "answered": 1}]},
        {"indicator_rows": [{"unit": "%", "value": 150}]},
        {"repeat_rows": [{"unit": "%", "value": 100.5}]},
    ],
)
def test_a_figure_that_cannot_be_is_refused(session: Session, answers: dict[str, list[dict[str, object]]]) -> None:
    task = a_task(session, process_key="diagnose", element_id="fill_questionnaire")

    with pytest.raises(ImpossibleFigure):
        check_before_completing(session, task=task, actor=BORIS, answers=answers, now=NOON)


def test_figures_that_can_be_are_taken(session: Session) -> None:
    task = a_task(session, process_key="diagnose", element_id="fill_questionnaire")
    answers = {
        "coverage_rows": [{"invited": 20, "answered": 20}, {"invited": 0, "answered": None}],
        "indicator_rows": [{"unit": "%", "value": 100}, {"unit": "баллы", "value": 250}, {"unit": "%", "value": None}],
    }

    check_before_completing(session, task=task, actor=BORIS, answers=answers, now=NOON)


def sent_by(session: Session, person_id: int, *, role: Role = Role.SCHOOL_TEAM, **other: object) -> Task:
    """Return a task that the person has completed for the school."""
    done = {"state": TaskState.COMPLETED, "assignee_id": person_id, "ended_at": NOON} | other
    return a_task(session, role=role, process_key="approve", element_id="mend_package", **done)  # type: ignore[arg-type]


JUDGING = [
    ("approve", "confirm_package"),
    ("approve", "agree_package"),
    ("approve", "agree_instead"),
    ("implement", "confirm_report"),
    ("diagnose", "confirm_risks"),
]


@pytest.mark.parametrize("role", [Role.SCHOOL_TEAM, Role.PRINCIPAL])
@pytest.mark.parametrize(("process_key", "element_id"), JUDGING)
def test_nobody_confirms_what_he_has_sent(session: Session, process_key: str, element_id: str, role: Role) -> None:
    task = a_task(session, process_key=process_key, element_id=element_id)
    sent_by(session, BORIS.person_id, role=role)

    with pytest.raises(OwnWork):
        check_before_completing(session, task=task, actor=BORIS, answers={}, now=NOON)


@pytest.mark.parametrize(("process_key", "element_id"), JUDGING)
def test_work_of_others_and_of_other_cases_can_be_confirmed(
    session: Session, process_key: str, element_id: str
) -> None:
    task = a_task(session, process_key=process_key, element_id=element_id)
    sent_by(session, EVA.person_id)
    sent_by(session, BORIS.person_id, business_key=OTHER_CASE)
    sent_by(session, BORIS.person_id, role=Role.CURATOR)

    check_before_completing(session, task=task, actor=BORIS, answers={}, now=NOON)


def test_the_principal_approves_by_order_what_he_has_sent(session: Session) -> None:
    task = a_task(session, process_key="approve", element_id="approve_package")
    sent_by(session, BORIS.person_id, role=Role.PRINCIPAL)

    check_before_completing(session, task=task, actor=BORIS, answers={}, now=NOON)
