"""Who holds the ball: whose turn it is in a case, since when, and until when."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.work.people.models import Organisation, Person
from app.work.people.queries import holders_of
from app.work.people.roles import Mandate, Role
from app.work.tasks.models import Task, TaskState

OPEN = (TaskState.OPEN, TaskState.CLAIMED)
_FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Ball:
    """The most urgent open task of a case, and who is to do it.

    Attributes:
        task: the task that is due first.
        role: whose turn it is.
        organisation: where the role is held.
        people: who has taken the task, or who may: the holders of the mandate.
        since: since when they have had it.
        due_on: the last day, in the organisation's zone; None without one.
        open_tasks: how many tasks of the case are open at all.
        overdue_tasks: how many of them are past their day.
    """

    task: Task
    role: Role
    organisation: Organisation
    people: tuple[Person, ...]
    since: datetime
    due_on: date | None
    open_tasks: int
    overdue_tasks: int

    @property
    def names(self) -> tuple[str, ...]:
        """The people as tables show them, «Петрова Е. В.»."""
        return tuple(person.short_name for person in self.people)


def balls(session: Session, *, business_keys: Collection[str], now: datetime, today: date) -> Mapping[str, Ball]:
    """Return who holds the ball in each of the cases; a case without open tasks is left out. Two queries."""
    by_case: dict[str, list[Task]] = defaultdict(list)
    for task in _open_tasks(session, business_keys):
        by_case[task.business_key].append(task)
    first = {key: min(tasks, key=_urgency) for key, tasks in by_case.items()}
    waiting = {task.candidates for task in first.values() if task.assignee is None}
    holders = holders_of(session, mandates=waiting, today=today) if waiting else {}
    return {
        key: Ball(
            task=task,
            role=task.candidate_role,
            organisation=task.organisation,
            people=people_of(task, holders),
            since=task.created_at,
            due_on=task.due_on,
            open_tasks=len(by_case[key]),
            overdue_tasks=sum(1 for other in by_case[key] if other.due_at is not None and other.due_at <= now),
        )
        for key, task in first.items()
    }


def people_of(task: Task, holders: Mapping[Mandate, Sequence[Person]]) -> tuple[Person, ...]:
    """Return who is to do the task: its assignee, or else everyone of `holders` who may claim it."""
    return (task.assignee,) if task.assignee is not None else tuple(holders.get(task.candidates, ()))


def _open_tasks(session: Session, business_keys: Collection[str]) -> Iterable[Task]:
    return session.scalars(
        select(Task)
        .where(Task.business_key.in_(business_keys), Task.state.in_(OPEN))
        .options(joinedload(Task.organisation), joinedload(Task.assignee))
        .order_by(Task.id)
    )


def _urgency(task: Task) -> tuple[datetime, datetime, int]:
    return task.due_at or _FAR, task.created_at, task.id
