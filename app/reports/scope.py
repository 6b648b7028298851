"""Whose part of a cycle a table shows, and what filters leave of it: as SQL, so that 3,000 schools are no matter."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, nulls_last, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.kernel.days import local_date
from app.kernel.lists import search_text
from app.programme.cycles.models import Case, Cycle, CycleState, StageRecord
from app.programme.cycles.stages import STAGES
from app.reports.ball import OPEN
from app.work.people.models import HeldMandate, Organisation
from app.work.people.queries import valid_on
from app.work.people.roles import Actor, Role
from app.work.tasks.models import Task

# Whose mandates open the tables, each for its own territory.
WATCHING_ROLES = frozenset({Role.CURATOR, Role.MUNICIPAL_COORDINATOR, Role.REGIONAL_COORDINATOR})


class Order(StrEnum):
    """By what the table is sorted."""

    LATE = "late"
    SCHOOL = "school"
    MUNICIPALITY = "municipality"
    STAGE = "stage"
    WAITING = "waiting"


@dataclass(frozen=True)
class Filters:
    """What part of the table is asked for; the defaults leave nothing out."""

    municipality_id: int | None = None
    curator_id: int | None = None
    stage: str = ""
    late: bool = False
    red: bool = False
    search: str = ""
    order: Order = Order.LATE


@dataclass(frozen=True)
class View:
    """Whose table it is: the cycle, the actor and the present instant."""

    cycle: Cycle
    actor: Actor
    now: datetime

    @property
    def today(self) -> date:
        """The date in the cycle's region."""
        return local_date(self.now, self.cycle.region.time_zone)


# Joined under fixed names, so that every select below can speak of them.
Municipality = aliased(Organisation, name="municipality")
PresentStage = aliased(StageRecord, name="present_stage")
open_tasks = (
    select(Task.business_key, func.min(Task.due_at).label("first_due_at"), func.min(Task.created_at).label("since"))
    .where(Task.state.in_(OPEN))
    .group_by(Task.business_key)
    .subquery("open_tasks")
)
_last_stage = (
    select(StageRecord.case_id, func.max(StageRecord.id).label("id"))
    .where(StageRecord.ended_at.is_(None))
    .group_by(StageRecord.case_id)
    .subquery("last_stage")
)


def case_key() -> ColumnElement[str]:
    """Return the SQL of `Case.business_key`."""
    return literal("case:") + cast(Case.id, String)


def cases_in(view: View, filters: Filters | None = None) -> Select[Any]:
    """Return the select of the cases that the actor watches and the filters leave.

    Joined are the school (`Organisation`), `Municipality`, `open_tasks` and `PresentStage`.
    """
    wanted = (
        select(Case)
        .join(Organisation, Organisation.id == Case.school_id)
        .join(Municipality, Municipality.id == Organisation.parent_id)
        .outerjoin(open_tasks, open_tasks.c.business_key == case_key())
        .outerjoin(_last_stage, _last_stage.c.case_id == Case.id)
        .outerjoin(PresentStage, PresentStage.id == _last_stage.c.id)
        .where(Case.cycle_id == view.cycle.id, _watched(view.actor))
    )
    return wanted.where(*_conditions(view, filters)) if filters else wanted


def ordered(wanted: Select[Any], order: Order) -> Select[Any]:
    """Return the select sorted; schools by name where all else is equal."""
    by_stage = case({stage: place for place, stage in enumerate(STAGES)}, value=PresentStage.stage, else_=len(STAGES))
    first: dict[Order, tuple[Any, ...]] = {
        Order.LATE: (nulls_last(open_tasks.c.first_due_at),),
        Order.SCHOOL: (),
        Order.MUNICIPALITY: (Municipality.name,),
        Order.STAGE: (by_stage, nulls_last(PresentStage.began_at)),
        Order.WAITING: (nulls_last(open_tasks.c.since),),
    }
    return wanted.order_by(*first[order], Organisation.name, Case.id)


def _watched(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL of «the school lies where the actor watches»."""
    held = {mandate.organisation_id for mandate in actor.mandates if mandate.role in WATCHING_ROLES}
    return or_(Organisation.id.in_(held), Organisation.parent_id.in_(held), Municipality.parent_id.in_(held))


def _conditions(view: View, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.municipality_id is not None:
        found.append(Municipality.id == filters.municipality_id)
    if filters.curator_id is not None:
        found.append(Organisation.id.in_(_schools_of(filters.curator_id, view.today)))
    if filters.stage in STAGES:
        found.append(PresentStage.stage == filters.stage)
    if filters.late:
        found.append(open_tasks.c.first_due_at <= view.now)
    if filters.red:
        found.append(Case.on_red_list_since.is_not(None))
    for word in search_text(filters.search).split():
        found.append(or_(*(name.icontains(word, autoescape=True) for name in (Organisation.name, Municipality.name))))
    return found


def _schools_of(curator_id: int, today: date) -> Select[Any]:
    return select(HeldMandate.organisation_id).where(
        HeldMandate.role == Role.CURATOR, HeldMandate.person_id == curator_id, valid_on(today)
    )


def watched_cycles(session: Session, *, actor: Actor) -> list[Cycle]:
    """Return the cycles with a school that the actor watches: running ones first, then the newest."""
    theirs = (
        select(Case.cycle_id)
        .join(Organisation, Organisation.id == Case.school_id)
        .join(Municipality, Municipality.id == Organisation.parent_id)
        .where(_watched(actor))
    )
    found = session.scalars(select(Cycle).where(Cycle.id.in_(theirs)).options(joinedload(Cycle.region))).all()
    return sorted(found, key=lambda cycle: (cycle.state is CycleState.RUNNING, cycle.year, cycle.id), reverse=True)
