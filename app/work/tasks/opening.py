"""Opening tasks, past the ORM: a process may open hundreds at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.days import end_of_day
from app.kernel.rows import insert_rows
from app.work.people import queries as people
from app.work.people.roles import Role
from app.work.tasks import queries
from app.work.tasks.desk import Desk, DeskPlace
from app.work.tasks.models import Task, TaskState
from app.work.tasks.recording import record_task


@dataclass(frozen=True)
class NewTask:
    """What the engine says of a user task that became ready; the columns of `Task` explain the fields."""

    instance_id: int
    task_ref: str
    process_key: str
    element_id: str
    title: str
    business_key: str
    role: Role
    organisation_id: int
    about: str = ""
    properties: Mapping[str, Any] | None = None
    form_id: int | None = None
    due_on: date | None = None


def open_task(session: Session, *, new: NewTask, now: datetime) -> Task:
    """Make a task that waits for a holder of its role. Whoever opens it tells the candidates and sets the deadline.

    Raises:
        OrganisationNotFound: there is no such organisation.
    """
    organisation = people.find_organisation(session, new.organisation_id)
    place = DeskPlace(organisation.id, organisation.name, organisation.time_zone)
    [desk] = open_tasks(session, new=[(new, place)], now=now)
    return queries.get_task(session, desk.id)


def open_tasks(session: Session, *, new: Sequence[tuple[NewTask, DeskPlace]], now: datetime) -> list[Desk]:
    """Make tasks in one statement, past the ORM, each at the organisation beside it; see `open_task`."""
    rows = [_values(one, place, now) for one, place in new]
    desks = [
        Desk(
            id=number,
            instance_id=one.instance_id,
            task_ref=one.task_ref,
            process_key=one.process_key,
            element_id=one.element_id,
            title=one.title,
            about=one.about,
            properties=one.properties or {},
            form_id=one.form_id,
            business_key=one.business_key,
            candidate_role=one.role,
            organisation_id=one.organisation_id,
            state=TaskState.OPEN,
            assignee_id=None,
            due_on=one.due_on,
            ended_at=None,
            organisation=place,
        )
        for number, (one, place) in zip(insert_rows(session, Task, rows), new, strict=True)
    ]
    for desk in desks:
        record_task(session, desk, "task.opened", person_id=None, now=now)
    return desks


def _values(new: NewTask, place: DeskPlace, now: datetime) -> dict[str, Any]:
    """Return the columns of a new task."""
    return {
        "instance_id": new.instance_id,
        "task_ref": new.task_ref,
        "process_key": new.process_key,
        "element_id": new.element_id,
        "title": new.title,
        "about": new.about,
        "properties": dict(new.properties or {}),
        "form_id": new.form_id,
        "business_key": new.business_key,
        "candidate_role": new.role,
        "organisation_id": new.organisation_id,
        "state": TaskState.OPEN,
        "due_on": new.due_on,
        "due_at": None if new.due_on is None else end_of_day(new.due_on, place.time_zone),
        "created_at": now,
    }
