"""What the programme asks of a task beyond its form, before it may be completed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.work.remarks import queries as remarks
from app.work.remarks.rules import check_can_confirm
from app.work.tasks.models import Task


def check_before_completing(session: Session, *, task: Task, answers: Mapping[str, Any]) -> None:
    """Pass if the answers may complete the task now.

    Raises:
        Invalid: an obstacle among the remarks is still open, so the package cannot be confirmed.
    """
    place = (task.process_key, task.element_id)
    if place == ("approve", "confirm_package") and answers.get("confirm_decision") == "confirm":
        check_can_confirm(remarks.remarks_of(session, business_key=task.business_key))
