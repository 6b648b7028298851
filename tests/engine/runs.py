"""Deploys and runs small diagrams for tests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.engine.definitions.operations import deploy
from app.engine.instances import operations
from app.engine.instances.outcome import Outcome
from tests.engine.diagrams import NOON, a_diagram


def deployed(session: Session, *files: bytes) -> None:
    """Deploy diagrams together."""
    deploy(session, files={f"file_{number}.bpmn": file for number, file in enumerate(files)}, resources={}, now=NOON)


def started(session: Session, key: str = "simple", data: Mapping[str, Any] | None = None, **about: Any) -> Outcome:
    """Start an instance about case:1 in cycle:1."""
    facts = {"business_key": "case:1", "scope_key": "cycle:1", "now": NOON, **about}
    return operations.start(session, process_key=key, data=data or {}, **facts)


def run(session: Session, body: str, data: Mapping[str, Any] | None = None, before: str = "") -> Outcome:
    """Deploy a diagram and start it."""
    deployed(session, a_diagram(body, before=before))
    return started(session, data=data)


def complete(session: Session, outcome: Outcome, element_id: str, *, now: datetime = NOON, **data: Any) -> Outcome:
    """Complete the task of this element that `outcome` opened."""
    task = next(task for task in outcome.opened if task.element_id == element_id)
    return operations.complete_task(
        session, instance_id=outcome.instance_id, task_ref=task.task_ref, data=data, now=now
    )


def opened(outcome: Outcome) -> list[str]:
    """Return the elements of the tasks that opened."""
    return [task.element_id for task in outcome.opened]
