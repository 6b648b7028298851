"""A deadline that passed starts the escalation one role up; the region's own tasks have nobody above them."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.programme.processes import escalate
from app.work.people.roles import Role
from tests.region import NOON, a_region, a_task


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what messages are delivered; the diagram has its own tests."""
    found: list[dict[str, Any]] = []

    def deliver(_session: Session, **message: Any) -> tuple[()]:
        found.append(message)
        return ()

    monkeypatch.setattr("app.engine.events.operations.deliver_message", deliver)
    return found


@pytest.mark.parametrize(
    "role", [Role.SCHOOL_TEAM, Role.PRINCIPAL, Role.CURATOR, Role.MUNICIPAL_COORDINATOR, Role.CONSULTANT]
)
def test_a_late_task_of_a_case_starts_the_escalation(
    session: Session, delivered: list[dict[str, Any]], role: Role
) -> None:
    task = a_task(session, a_region(session).cases[0], role=role, days=-7)

    escalate.start_escalation(session, task=task, now=NOON)

    [message] = delivered
    assert (message["name"], message["correlation"]) == ("deadline_missed", f"task:{task.id}")
    assert message["payload"]["escalated"]["role"] == role.value


def test_a_late_task_of_the_region_starts_nothing(session: Session, delivered: list[dict[str, Any]]) -> None:
    built = a_region(session)
    task = a_task(session, built.cases[0], role=Role.REGIONAL_COORDINATOR, place=built.region, days=-7)

    assert escalate.start_escalation(session, task=task, now=NOON) == ()
    assert delivered == []


def test_a_late_task_of_a_cycle_starts_nothing(session: Session, delivered: list[dict[str, Any]]) -> None:
    built = a_region(session)
    task = a_task(session, built.cases[0], role=Role.REGIONAL_COORDINATOR, place=built.region, days=-7)
    task.business_key = built.cycle.business_key

    assert escalate.start_escalation(session, task=task, now=NOON) == ()
    assert delivered == []
