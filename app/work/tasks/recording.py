"""The line of history that every change of a task leaves."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.work.history.operations import record
from app.work.tasks.desk import Desk
from app.work.tasks.models import Task


def record_task(
    session: Session, task: Task | Desk, action: str, *, person_id: int | None, now: datetime, **detail: object
) -> None:
    """Record what happened, with what a reader needs to recognise the task."""
    detail |= {"title": task.title, "title_en": str(task.properties.get("name_en") or ""), "about": task.about}
    detail |= {"process_key": task.process_key, "element_id": task.element_id}
    record(
        session,
        at=now,
        person_id=person_id,
        action=action,
        subject=("task", task.id),
        business_key=task.business_key,
        **detail,
    )
