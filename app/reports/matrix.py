"""The table school × stage: how each school stands, for how long, who holds the ball, who is late."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from app.kernel.days import local_date
from app.kernel.lists import PAGE_SIZE, Page, page_number
from app.programme.cycles.models import Case, CaseState, Cycle, StageRecord
from app.programme.cycles.stages import STAGES, StageState, dates_of
from app.reports.ball import Ball, balls
from app.reports.scope import Filters, Municipality, PresentStage, View, cases_in, open_tasks, ordered
from app.work.people.models import HeldMandate, Organisation, Person
from app.work.people.queries import holders_of, valid_on
from app.work.people.roles import Mandate, Role

BATCH = 500


@dataclass(frozen=True)
class Cell:
    """One school at one stage; `days` are those spent in it so far, or in all, None when it lies ahead."""

    stage: str
    state: StageState
    days: int | None
    closes_on: date | None


@dataclass(frozen=True)
class MatrixRow:
    """One school of the table.

    Attributes:
        cells: one for each stage, in order.
        stage: where the school is now; None before the first stage and after the last.
        stage_days: days spent in it.
        ball: whose turn it is; None when nobody's.
        late_days: by how many days the most urgent task is overdue, counted where it is done; 0 when it is not.
    """

    case: Case
    municipality: str
    curators: tuple[str, ...]
    cells: tuple[Cell, ...]
    stage: str | None
    stage_days: int
    ball: Ball | None
    late_days: int


@dataclass(frozen=True)
class Counts:
    """What stands above the table: the actor's whole part of the cycle, whatever the filters say."""

    schools: int
    late: int
    red: int
    ended: int
    by_stage: Mapping[str, int]


def matrix(session: Session, *, view: View, filters: Filters, page: int = 1) -> Page[MatrixRow]:
    """Return a page of the table. The number of queries does not depend on the number of schools."""
    wanted = cases_in(view, filters)
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Case.id).subquery())) or 0
    number = page_number(page, total=total)
    chosen = ordered(wanted, filters.order).offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return Page(rows_of(session, view=view, cases=_load(session, chosen)), number, total)


def all_rows(session: Session, *, view: View, filters: Filters) -> Iterator[MatrixRow]:
    """Yield every row that the filters leave, for an export; so many at a time that memory stays small."""
    start = 0
    while cases := _load(session, ordered(cases_in(view, filters), filters.order).offset(start).limit(BATCH)):
        yield from rows_of(session, view=view, cases=cases)
        start += BATCH


def rows_of(session: Session, *, view: View, cases: Sequence[Case]) -> list[MatrixRow]:
    """Return the rows of the cases, whose schools are loaded, in their order."""
    keys = [found.business_key for found in cases]
    held = balls(session, business_keys=keys, now=view.now, today=view.today) if keys else {}
    mandates = {Mandate(Role.CURATOR, found.school_id) for found in cases}
    curators = holders_of(session, mandates=mandates, today=view.today) if mandates else {}
    places = _names_of(session, {found.school.parent_id for found in cases})
    return [
        _row(
            view,
            found,
            ball=held.get(found.business_key),
            municipality=places.get(found.school.parent_id or 0, ""),
            curators=tuple(p.short_name for p in curators.get(Mandate(Role.CURATOR, found.school_id), [])),
        )
        for found in cases
    ]


def counts(session: Session, *, view: View) -> Counts:
    """Count the actor's part of the cycle."""
    part = (
        cases_in(view)
        .with_only_columns(Case.state, Case.on_red_list_since, open_tasks.c.first_due_at, PresentStage.stage)
        .subquery()
    )
    late = func.coalesce(func.sum(case((part.c.first_due_at <= view.now, 1), else_=0)), 0)
    over = func.coalesce(func.sum(case((part.c.state.in_([CaseState.COMPLETED, CaseState.CANCELLED]), 1), else_=0)), 0)
    schools, red, overdue, ended = session.execute(
        select(func.count(), func.count(part.c.on_red_list_since), late, over).select_from(part)
    ).one()
    by_stage: dict[str, int] = defaultdict(int)
    for stage, number in session.execute(select(part.c.stage, func.count()).group_by(part.c.stage)):
        by_stage[stage] += number
    return Counts(schools, int(overdue), red, int(ended), {stage: by_stage[stage] for stage in STAGES})


def municipalities(session: Session, *, view: View) -> list[tuple[int, str]]:
    """Return id and name of the municipalities in the actor's part of the cycle, for a filter."""
    part = cases_in(view).with_only_columns(Municipality.id, Municipality.name).distinct().order_by(Municipality.name)
    return [(id_, name) for id_, name in session.execute(part)]


def curators_in(session: Session, *, view: View) -> list[tuple[int, str]]:
    """Return id and short name of the curators in the actor's part of the cycle, for a filter."""
    schools = cases_in(view).with_only_columns(Case.school_id)
    people = session.scalars(
        select(Person)
        .where(
            Person.id.in_(
                select(HeldMandate.person_id).where(
                    HeldMandate.role == Role.CURATOR, valid_on(view.today), HeldMandate.organisation_id.in_(schools)
                )
            )
        )
        .order_by(Person.full_name, Person.id)
    )
    return [(person.id, person.short_name) for person in people]


def _load(session: Session, wanted: Select[Any]) -> Sequence[Case]:
    options = contains_eager(Case.school), selectinload(Case.stages)
    return session.scalars(wanted.options(*options)).all()


def _names_of(session: Session, ids: set[int | None]) -> Mapping[int, str]:
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids - {None})))
    return {row.id: row.name for row in rows}


def _row(view: View, found: Case, *, ball: Ball | None, municipality: str, curators: tuple[str, ...]) -> MatrixRow:
    today = local_date(view.now, found.school.time_zone)
    records = {record.stage: record for record in found.stages}
    present = [record for record in found.stages if record.ended_at is None]
    now_at = present[-1] if present else None
    return MatrixRow(
        case=found,
        municipality=municipality,
        curators=curators,
        cells=tuple(_cell(view.cycle, stage, records.get(stage), view.now, today) for stage in STAGES),
        stage=now_at.stage if now_at else None,
        stage_days=(view.now - now_at.began_at).days if now_at else 0,
        ball=ball,
        late_days=_late_days(ball, view.now),
    )


def _cell(cycle: Cycle, stage: str, record: StageRecord | None, now: datetime, today: date) -> Cell:
    closes_on = dates_of(cycle.calendar, stage).closes_on
    if record is None:
        return Cell(stage, StageState.AHEAD, None, closes_on)
    days = ((record.ended_at or now) - record.began_at).days
    if record.ended_at is not None:
        return Cell(stage, StageState.DONE, days, closes_on)
    late = closes_on is not None and today > closes_on
    return Cell(stage, StageState.LATE if late else StageState.UNDER_WAY, days, closes_on)


def _late_days(ball: Ball | None, now: datetime) -> int:
    if ball is None or ball.due_on is None:
        return 0
    return max(0, (local_date(now, ball.organisation.time_zone) - ball.due_on).days)
