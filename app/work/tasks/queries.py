"""Reading tasks. Nothing here changes anything."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, false, func, nulls_last, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload

from app.kernel.days import local_date
from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.kernel.known import known
from app.kernel.lists import PAGE_SIZE, Page, page_number, search_text
from app.work.history.models import Entry
from app.work.people import queries as people
from app.work.people.models import Organisation, Person
from app.work.people.roles import Actor, Role
from app.work.people.rules import supervised
from app.work.tasks import rules
from app.work.tasks.desk import DESKS, OF_TASK, Desk, desk_of
from app.work.tasks.models import Task, TaskState

UNFINISHED = (TaskState.OPEN, TaskState.CLAIMED)
SORTS = ("due", "title", "organisation", "newest")


class TaskNotFound(NotFound):
    """There is no such task, or none that this person may see."""


@dataclass(frozen=True)
class InboxFilters:
    """What of a long list is wanted; the defaults want everything, the nearest date first.

    Attributes:
        organisation_id: tasks of one organisation.
        business_keys: tasks of these cases; of a coordinator's tasks only the case tells the school.
        process_key: tasks of one process.
        overdue: only what is late.
        search: words in the title, what it is about, or the organisation's name.
        sort: one of `SORTS`; anything else counts as `due`.
    """

    organisation_id: int | None = None
    business_keys: frozenset[str] | None = None
    process_key: str | None = None
    overdue: bool = False
    search: str = ""
    sort: str = "due"


@dataclass(frozen=True)
class InboxRow:
    """A task with how it stands to its date."""

    task: Task
    due: rules.Due


@dataclass(frozen=True)
class WaitingRow:
    """A task of others: who holds it, or else who may claim it, and since when they have it."""

    task: Task
    due: rules.Due
    holders: tuple[Person, ...]
    since: datetime


@dataclass(frozen=True)
class InboxCounts:
    """What the headings of the inbox say. `overdue` is a part of `now`; `next_due_on` is the nearest date of all."""

    now: int
    soon: int
    overdue: int
    waiting: int
    next_due_on: date | None


def get_task(session: Session, task_id: int) -> Task:
    """Return the task.

    Raises:
        TaskNotFound: there is none with this id.
    """
    task = session.get(Task, task_id)
    if task is None:
        raise TaskNotFound(_("There is no such task."))
    return task


def visible_task(session: Session, *, task_id: int, actor: Actor) -> Task:
    """Return the task if it is for one of the actor's roles, or of an organisation that the actor looks after.

    Raises:
        TaskNotFound: there is none, or it is somebody else's; a stranger cannot tell which.
    """
    task = get_task(session, task_id)
    if task.candidates in actor.mandates:
        return task
    if task.organisation_id not in people.territory(session, actor=actor, supervised_only=True):
        raise TaskNotFound(_("There is no such task."))
    return task


def visible_desk(session: Session, *, task_id: int, actor: Actor) -> Desk:
    """Return what a completion needs of the task, under the conditions of `visible_task`; one statement as a rule.

    Raises:
        TaskNotFound: there is none, or it is somebody else's; a stranger cannot tell which.
    """
    desks = known(session, DESKS)
    desk: Desk | None = desks.get(task_id)
    if desk is None:
        row = OF_TASK.first(session, task_id=task_id)
        if row is None:
            raise TaskNotFound(_("There is no such task."))
        desk = desks[task_id] = desk_of(row)
    if desk.candidates not in actor.mandates:
        visible_task(session, task_id=task_id, actor=actor)
    return desk


def awaited_task(session: Session, *, task_id: int, actor: Actor) -> Task:
    """Return the task if the actor may see it or waits for it as one of the case.

    Raises:
        TaskNotFound: there is none, or it is somebody else's; a stranger cannot tell which.
    """
    waits = session.scalar(select(Task.id).where(Task.id == task_id, _of_others(actor)))
    return get_task(session, task_id) if waits else visible_task(session, task_id=task_id, actor=actor)


def tasks_of_case(session: Session, *, business_key: str) -> Sequence[Task]:
    """Return all tasks of a case or cycle with who held them, the oldest first."""
    return session.scalars(
        _with_names(select(Task)).where(Task.business_key == business_key).order_by(Task.created_at, Task.id)
    ).all()


def unfinished_of_case(session: Session, *, business_key: str) -> Sequence[Task]:
    """Return the tasks of a case or cycle that wait for somebody, the oldest first."""
    wanted = _with_names(select(Task)).where(Task.business_key == business_key, Task.state.in_(UNFINISHED))
    return session.scalars(wanted.order_by(Task.created_at, Task.id)).all()


def cases_asking(session: Session, *, actor: Actor) -> frozenset[str]:
    """Return the business keys of the cases in which the actor's advice as a consultant is or was asked."""
    mandates = [mandate for mandate in actor.mandates if mandate.role is Role.CONSULTANT]
    asked = tuple_(Task.candidate_role, Task.organisation_id).in_(mandates)
    of_case = Task.business_key.startswith(rules.CASE_PREFIX, autoescape=True)
    return (
        frozenset(session.scalars(select(Task.business_key).where(asked, of_case).distinct()))
        if mandates
        else frozenset()
    )


def has_completed(session: Session, *, person_id: int, business_key: str, roles: Collection[Role]) -> bool:
    """Say whether the person has completed a task of one of these roles in the case."""
    done = (Task.state == TaskState.COMPLETED) & (Task.assignee_id == person_id)
    of_roles = (Task.business_key == business_key) & Task.candidate_role.in_(roles)
    return session.scalar(select(Task.id).where(done, of_roles).limit(1)) is not None


def inbox(
    session: Session, *, actor: Actor, now: datetime, filters: InboxFilters | None = None, page: int = 1
) -> Page[InboxRow]:
    """Return what the actor holds or may claim: first what is due now, overdue first, then what is due later."""
    wanted = _filtered(select(Task).where(_mine(actor)), filters or InboxFilters(), now)
    tasks = _page(session, wanted, filters or InboxFilters(), now, page)
    rows = [InboxRow(task, rules.due_of(task, now)) for task in tasks.items]
    return Page(rows, tasks.number, tasks.total)


def inbox_counts(session: Session, *, actor: Actor, now: datetime) -> InboxCounts:
    """Return how much the actor's inbox holds, without filters."""
    row = session.execute(
        select(
            func.count(),
            func.sum(case((Task.due_at > rules.now_until(now), 1), else_=0)),
            func.sum(case((Task.due_at <= now, 1), else_=0)),
            func.min(Task.due_on),
        ).where(_mine(actor))
    ).one()
    total, soon, overdue, next_due_on = row
    waiting = session.scalar(select(func.count()).select_from(Task).where(_of_others(actor))) or 0
    return InboxCounts(
        now=total - (soon or 0), soon=soon or 0, overdue=overdue or 0, waiting=waiting, next_due_on=next_due_on
    )


def waiting_for_others(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    today: date,
    filters: InboxFilters | None = None,
    page: int = 1,
) -> Page[WaitingRow]:
    """Return the unfinished tasks of others in the actor's cases, with who has them and since when."""
    wanted = _filtered(select(Task).where(_of_others(actor)), filters or InboxFilters(), now)
    tasks = _page(session, wanted, filters or InboxFilters(), now, page)
    holders = people.holders_of(
        session, mandates={task.candidates for task in tasks.items if task.assignee is None}, today=today
    )
    claimed = _claimed_at(session, [task.id for task in tasks.items if task.assignee is not None])
    rows = [
        WaitingRow(
            task=task,
            due=rules.due_of(task, now),
            holders=(task.assignee,) if task.assignee is not None else tuple(holders.get(task.candidates, ())),
            since=claimed.get(task.id, task.created_at),
        )
        for task in tasks.items
    ]
    return Page(rows, tasks.number, tasks.total)


def claimed_at(session: Session, *, task_id: int) -> datetime | None:
    """Return when the task was last taken or given to somebody, as history knows."""
    return _claimed_at(session, [task_id]).get(task_id)


def unfinished_of(session: Session, *, assignee_id: int) -> Sequence[Task]:
    """Return the tasks that a person holds."""
    held = (Task.assignee_id == assignee_id) & (Task.state == TaskState.CLAIMED)
    return session.scalars(select(Task).where(held).order_by(Task.id)).all()


def people_of(session: Session, *, task: Task, now: datetime) -> list[Person]:
    """Return who is to do the task: its assignee, or else everyone who may claim it today."""
    if task.assignee is not None:
        return [task.assignee]
    return people.holders(session, mandate=task.candidates, today=local_date(now, task.organisation.time_zone))


def words_of(task: Task) -> dict[str, object]:
    """Return what notices say of a task, as JSON."""
    return {
        "title": task.title,
        "title_en": str(task.properties.get("name_en") or ""),
        "about": task.about,
        "place": task.organisation.name,
        "due_on": task.due_on.isoformat() if task.due_on else None,
    }


def _mine(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL of `rules.may_act`."""
    places: dict[Role, set[int]] = defaultdict(set)
    for mandate in actor.mandates:
        places[mandate.role].add(mandate.organisation_id)
    # One list of places for each role: a list of thousands of pairs is searched row by row.
    held = ((Task.candidate_role == role) & Task.organisation_id.in_(ids) for role, ids in places.items())
    for_my_role = or_(false(), *held)
    claimed_by_me = (Task.state == TaskState.CLAIMED) & (Task.assignee_id == actor.person_id)
    return for_my_role & or_(Task.state == TaskState.OPEN, claimed_by_me)


def _of_others(actor: Actor) -> ColumnElement[bool]:
    """Unfinished and not in the actor's inbox, of a case in which an organisation of the actor's has a part."""
    my_cases = select(Task.business_key).where(
        Task.business_key.startswith(rules.CASE_PREFIX, autoescape=True),
        Task.organisation_id.in_(supervised(actor.mandates)),
    )
    return Task.state.in_(UNFINISHED) & Task.business_key.in_(my_cases) & ~_mine(actor)


def _with_names(wanted: Select[Task]) -> Select[Task]:
    # Completions change rows by statements, past the objects that the session may hold: rows are read anew.
    named = wanted.options(joinedload(Task.organisation), joinedload(Task.assignee))
    return named.execution_options(populate_existing=True)


def _filtered(wanted: Select[Task], filters: InboxFilters, now: datetime) -> Select[Task]:
    wanted = wanted.join(Organisation, Organisation.id == Task.organisation_id)
    if filters.organisation_id is not None:
        wanted = wanted.where(Task.organisation_id == filters.organisation_id)
    if filters.business_keys is not None:
        wanted = wanted.where(Task.business_key.in_(filters.business_keys))
    if filters.process_key:
        wanted = wanted.where(Task.process_key == filters.process_key)
    if filters.overdue:
        wanted = wanted.where(Task.due_at <= now)
    for word in search_text(filters.search).split():
        columns = (Task.title, Task.about, Organisation.name)
        wanted = wanted.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return wanted


def _page(session: Session, wanted: Select[Task], filters: InboxFilters, now: datetime, page: int) -> Page[Task]:
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Task.id).subquery())) or 0
    number = page_number(page, total=total)
    orders: dict[str, tuple[Any, ...]] = {
        "title": (Task.title, Task.about),
        "organisation": (Organisation.name, nulls_last(Task.due_at)),
        "newest": (Task.created_at.desc(),),
    }
    later = case((Task.due_at > rules.now_until(now), 1), else_=0)
    order = orders.get(filters.sort, (later, nulls_last(Task.due_at)))
    rows = _with_names(wanted).order_by(*order, Task.id).offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return Page(session.scalars(rows).all(), number, total)


def _claimed_at(session: Session, task_ids: Sequence[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(Entry.subject_id, func.max(Entry.at).label("at"))
        .where(Entry.subject_kind == "task", Entry.subject_id.in_(task_ids))
        .where(Entry.action.in_(("task.claimed", "task.assigned")))
        .group_by(Entry.subject_id)
    )
    return {row.subject_id: row.at for row in rows}
