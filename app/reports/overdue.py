"""«Сегодня»: what is overdue and what comes, the red list, lateness by municipality, the curators' load."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, case, distinct, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from app.kernel.days import local_date
from app.programme.cycles.models import Case
from app.reports.ball import OPEN, people_of
from app.reports.matrix import MatrixRow, rows_of
from app.reports.scope import Municipality, View, case_key, cases_in, open_tasks
from app.work.people.models import HeldMandate, Person
from app.work.people.queries import holders_of, valid_on
from app.work.people.roles import Mandate, Role
from app.work.tasks.models import Task

SHOWN = 20


@dataclass(frozen=True)
class TaskLine:
    """An open task of a school: what, whose, by how many days it is late (negative: days left)."""

    task: Task
    case: Case
    people: tuple[Person, ...]
    late_days: int

    @property
    def names(self) -> tuple[str, ...]:
        """The people as lists show them, «Петрова Е. В.»."""
        return tuple(person.short_name for person in self.people)


@dataclass(frozen=True)
class PlaceLine:
    """Lateness in one municipality: schools, schools with something overdue, schools on the red list."""

    municipality_id: int
    name: str
    schools: int
    late: int
    red: int


@dataclass(frozen=True)
class LoadLine:
    """How much one curator has: schools, open tasks of the role, overdue ones among them."""

    person: Person
    schools: int
    open_tasks: int
    overdue: int


@dataclass(frozen=True)
class Span:
    """A list cut to what fits a page, and how long it is."""

    lines: Sequence[TaskLine]
    total: int


def overdue_tasks(session: Session, *, view: View, limit: int = SHOWN) -> Span:
    """Return the overdue tasks of the actor's schools, the latest first."""
    return _tasks(session, view, Task.due_at <= view.now, limit)


def coming_tasks(session: Session, *, view: View, days: int = 7, limit: int = SHOWN) -> Span:
    """Return what is due within the next `days`, the nearest first."""
    until = view.now + timedelta(days=days)
    return _tasks(session, view, (Task.due_at > view.now) & (Task.due_at <= until), limit)


def red_list(session: Session, *, view: View) -> Sequence[MatrixRow]:
    """Return the cases on the region's red list, the longest first."""
    wanted = cases_in(view).where(Case.on_red_list_since.is_not(None)).order_by(Case.on_red_list_since, Case.id)
    cases = session.scalars(wanted.options(contains_eager(Case.school), selectinload(Case.stages))).all()
    return rows_of(session, view=view, cases=cases)


def by_municipality(session: Session, *, view: View) -> Sequence[PlaceLine]:
    """Return lateness by municipality, the most late first."""
    late = func.sum(case((open_tasks.c.first_due_at <= view.now, 1), else_=0))
    rows = session.execute(
        cases_in(view)
        .with_only_columns(
            Municipality.id, Municipality.name, func.count(Case.id), late, func.count(Case.on_red_list_since)
        )
        .group_by(Municipality.id, Municipality.name)
        .order_by(late.desc(), Municipality.name)
    )
    return [PlaceLine(id_, name, schools, int(number or 0), red) for id_, name, schools, number, red in rows]


def load_of_curators(session: Session, *, view: View) -> Sequence[LoadLine]:
    """Return what the curators of the actor's schools have to do, the busiest first."""
    schools = cases_in(view).with_only_columns(Case.school_id)
    theirs = (Task.organisation_id == HeldMandate.organisation_id) & (Task.candidate_role == Role.CURATOR)
    late = func.count(distinct(case((Task.due_at <= view.now, Task.id))))
    rows = session.execute(
        select(Person, func.count(distinct(HeldMandate.organisation_id)), func.count(distinct(Task.id)), late)
        .join(HeldMandate, HeldMandate.person_id == Person.id)
        .outerjoin(Task, theirs & Task.state.in_(OPEN))
        .where(HeldMandate.role == Role.CURATOR, valid_on(view.today), HeldMandate.organisation_id.in_(schools))
        .group_by(Person.id)
        .order_by(late.desc(), func.count(distinct(Task.id)).desc(), Person.full_name)
    )
    return [LoadLine(person, places, tasks, overdue) for person, places, tasks, overdue in rows]


def _tasks(session: Session, view: View, condition: ColumnElement[bool], limit: int) -> Span:
    """Return open tasks of the actor's cases that meet the condition, by their day."""
    wanted = cases_in(view).join(Task, Task.business_key == case_key()).where(Task.state.in_(OPEN), condition)
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Task.id).subquery())) or 0
    options = joinedload(Task.organisation), joinedload(Task.assignee), contains_eager(Case.school)
    found = session.execute(
        wanted.with_only_columns(Task, Case, maintain_column_froms=True)
        .order_by(Task.due_at, Task.id)
        .limit(limit)
        .options(*options)
    ).all()
    mandates = {task.candidates for task, _case in found}
    holders = holders_of(session, mandates=mandates, today=view.today) if mandates else {}
    return Span([_line(task, of_case, holders, view.now) for task, of_case in found], total)


def _line(task: Task, of_case: Case, holders: Mapping[Mandate, list[Person]], now: datetime) -> TaskLine:
    today: date = local_date(now, task.organisation.time_zone)
    return TaskLine(task, of_case, people_of(task, holders), (today - task.due_on).days if task.due_on else 0)
