"""A task as whoever completes it needs it, read in one row and past the ORM, which is slow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select

from app.kernel.statements import Statement
from app.work.people.models import Organisation
from app.work.people.roles import Mandate, Role
from app.work.tasks.models import Task, TaskState


@dataclass(frozen=True)
class DeskPlace:
    """The organisation that the task is done for."""

    id: int
    name: str
    time_zone: str


@dataclass(frozen=True)
class Desk:
    """What the row of a task said when it was read; `Task` explains the fields."""

    id: int
    instance_id: int
    task_ref: str
    process_key: str
    element_id: str
    title: str
    about: str
    properties: Mapping[str, Any]
    form_id: int | None
    business_key: str
    candidate_role: Role
    organisation_id: int
    state: TaskState
    assignee_id: int | None
    due_on: date | None
    ended_at: datetime | None
    organisation: DeskPlace

    @property
    def candidates(self) -> Mandate:
        """The mandate that entitles to claim."""
        return Mandate(self.candidate_role, self.organisation_id)


_task, _place = Task.__table__.c, Organisation.__table__.c
_COLUMNS = (
    _task.id,
    _task.instance_id,
    _task.task_ref,
    _task.process_key,
    _task.element_id,
    _task.title,
    _task.about,
    _task.properties,
    _task.form_id,
    _task.business_key,
    _task.candidate_role,
    _task.organisation_id,
    _task.state,
    _task.assignee_id,
    _task.due_on,
    _task.ended_at,
)
OF_TASK = Statement(
    select(*_COLUMNS, _place.name, _place.time_zone)
    .join_from(Task.__table__, Organisation.__table__, _place.id == _task.organisation_id)
    .where(_task.id == bindparam("task_id"))
)
"""The task `task_id` with its organisation."""

DESKS = "desks"
"""Under which the desks are known that a transaction has read; whatever changes a task forgets its desk."""


def desk_of(row: Any) -> Desk:
    """Return the desk of a row of `OF_TASK`."""
    values = list(row)
    values[-2:] = [DeskPlace(row.organisation_id, *values[-2:])]
    return Desk(*values)
