"""Reading cycles and cases. Nothing here changes anything."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.kernel.lists import PAGE_SIZE, Page, page_number, search_text
from app.kernel.statements import Statement
from app.programme.cycles.models import Case, CaseState, Cycle, CycleState
from app.work.people import queries as people
from app.work.people.models import Organisation
from app.work.people.roles import LEVEL_OF_ROLE, Actor, Level, Role
from app.work.tasks import queries as tasks

_Municipality = aliased(Organisation)
# A cycle is wide and shared by its cases, so it is not read again with each of them.
_SCHOOL_AND_CYCLE = (joinedload(Case.school), selectinload(Case.cycle))


@dataclass(frozen=True)
class Standpoint:
    """One of the organisations of a case."""

    id: int
    level: Level
    name: str
    time_zone: str


class CaseNotFound(NotFound):
    """There is no such case, or none that this person may see."""


class CycleNotFound(NotFound):
    """There is no such cycle, or none that this person may see."""


def get_case(session: Session, case_id: int) -> Case:
    """Return the case with its school, cycle and stages.

    Raises:
        CaseNotFound: there is none with this id.
    """
    case = session.scalar(
        select(Case)
        .where(Case.id == case_id)
        .options(joinedload(Case.school), joinedload(Case.cycle), selectinload(Case.stages))
    )
    if case is None:
        raise CaseNotFound(_("There is no such case."))
    return case


def visible_case(session: Session, *, case_id: int, actor: Actor) -> Case:
    """Return the case if the actor looks after its school, or is a consultant who is or was asked in it.

    Raises:
        CaseNotFound: there is none, or it is somebody else's; a stranger cannot tell which.
    """
    case = get_case(session, case_id)
    looked_after = case.school_id in people.territory(session, actor=actor, supervised_only=True)
    if not looked_after and case.business_key not in tasks.cases_asking(session, actor=actor):
        raise CaseNotFound(_("There is no such case."))
    return case


def drawn_case(session: Session, *, case_id: int, actor: Actor) -> Case:
    """Return the case for its diagram and tokens, which the region's process designer sees too, and no more of it.

    Raises:
        CaseNotFound: there is none, or it is somebody else's; a stranger cannot tell which.
    """
    case = get_case(session, case_id)
    region = people.organisation_for(session, role=Role.PROCESS_DESIGNER, organisation_id=case.school_id)
    if actor.holds(Role.PROCESS_DESIGNER, region.id):
        return case
    return visible_case(session, case_id=case_id, actor=actor)


def visible_cases(
    session: Session, *, actor: Actor, search: str = "", page: int = 1, size: int = PAGE_SIZE
) -> Page[Case]:
    """Return a page of the actor's cases that have begun, the newest cycle first, schools by name.

    `search` holds words of the school's or its municipality's name.
    """
    wanted = _visible(session, actor)
    for word in search_text(search).split():
        names = (Organisation.name, _Municipality.name)
        wanted = wanted.where(or_(*(name.icontains(word, autoescape=True) for name in names)))
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Case.id).subquery())) or 0
    number = page_number(page, total=total, size=size)
    ordered = wanted.order_by(Cycle.year.desc(), Cycle.id.desc(), Organisation.name, Case.id)
    rows = ordered.offset((number - 1) * size).limit(size).options(*_SCHOOL_AND_CYCLE)
    return Page(session.scalars(rows).all(), number, total, size)


def cases_by_key(session: Session, *, business_keys: Collection[str], actor: Actor) -> Mapping[str, Case]:
    """Return those of the cases with these business keys that the actor may see, with their schools."""
    ids = {number for key in business_keys if (number := case_number(key)) is not None}
    rows = session.scalars(_visible(session, actor).where(Case.id.in_(ids)).options(*_SCHOOL_AND_CYCLE)) if ids else ()
    return {case.business_key: case for case in rows}


def keys_of_schools(session: Session, *, name: str, actor: Actor) -> frozenset[str]:
    """Return the business keys of the actor's cases whose school's name holds all words of `name`."""
    wanted = _visible(session, actor).with_only_columns(Case.id)
    for word in search_text(name).split():
        wanted = wanted.where(Organisation.name.icontains(word, autoescape=True))
    return frozenset(f"case:{number}" for number in session.scalars(wanted))


def sees_several_cycles(session: Session, *, actor: Actor) -> bool:
    """Say whether the actor's cases are of more than one cycle."""
    several = _visible(session, actor).with_only_columns(Case.cycle_id).distinct().limit(2)
    return len(session.scalars(several).all()) > 1


def _visible(session: Session, actor: Actor) -> Select[Case]:
    territory = people.territory(session, actor=actor, supervised_only=True)
    asking = [int(key.partition(":")[2]) for key in tasks.cases_asking(session, actor=actor)]
    return (
        select(Case)
        .join(Case.cycle)
        .join(Case.school)
        .outerjoin(_Municipality, _Municipality.id == Organisation.parent_id)
        .where(or_(Case.school_id.in_(territory), Case.id.in_(asking)), Case.state != CaseState.WAITING)
    )


def get_cycle(session: Session, cycle_id: int) -> Cycle:
    """Return the cycle.

    Raises:
        CycleNotFound: there is none with this id.
    """
    cycle = session.get(Cycle, cycle_id)
    if cycle is None:
        raise CycleNotFound(_("There is no such cycle."))
    return cycle


def visible_cycle(session: Session, *, cycle_id: int, actor: Actor) -> Cycle:
    """Return the cycle if the actor sees its whole region.

    Raises:
        CycleNotFound: there is none, or it is another region's.
    """
    cycle = get_cycle(session, cycle_id)
    if not people.can_see_organisation(session, actor=actor, organisation_id=cycle.region_id):
        raise CycleNotFound(_("There is no such cycle."))
    return cycle


def cycles_of(session: Session, *, actor: Actor) -> Sequence[Cycle]:
    """Return the cycles of the regions that the actor sees, the newest first."""
    territory = people.territory(session, actor=actor)
    return session.scalars(
        select(Cycle).where(Cycle.region_id.in_(territory)).order_by(Cycle.year.desc(), Cycle.id.desc())
    ).all()


def current_cycle(session: Session, *, region_id: int) -> Cycle | None:
    """Return the region's running cycle, the newest if there are several."""
    return session.scalar(
        select(Cycle)
        .where(Cycle.region_id == region_id, Cycle.state == CycleState.RUNNING)
        .order_by(Cycle.year.desc(), Cycle.id.desc())
        .limit(1)
    )


def about(session: Session, business_key: str) -> tuple[Cycle, Case | None]:
    """Return what a business key speaks of: `cycle:3` the cycle, `case:12` the case and its cycle.

    Raises:
        CycleNotFound, CaseNotFound: it speaks of nothing that exists.
    """
    case_id = case_number(business_key)
    if case_id is not None:
        case = get_case(session, case_id)
        return case.cycle, case
    kind, _sep, number = business_key.partition(":")
    if kind == "cycle" and number.isdecimal():
        return get_cycle(session, int(number)), None
    raise CycleNotFound(_("There is no such cycle."))


@dataclass(frozen=True)
class Standing:
    """Where something happens, read in one row and past the ORM.

    Attributes:
        ladder: of the cycle, `[{kind, offset_days}]`.
        places: the school with its municipality and region, or the region alone for what is about the whole cycle.
    """

    ladder: Sequence[Mapping[str, Any]]
    places: tuple[Standpoint, ...]

    def place_for(self, role: Role) -> Standpoint:
        """Return where `role` is held, as `people.organisation_for` does.

        Raises:
            OrganisationNotFound: there is no organisation of that level.
        """
        for place in self.places:
            if place.level == LEVEL_OF_ROLE[role]:
                return place
        raise people.OrganisationNotFound(_("There is no such organisation."))


def standing(session: Session, business_key: str) -> Standing:
    """Return where that happens of which the business key speaks; `about` explains it.

    Raises:
        CycleNotFound, CaseNotFound: it speaks of nothing that exists.
    """
    number = case_number(business_key)
    wanted = _STANDING_OF_CYCLE if number is None else _STANDING_OF_CASE
    subject = business_key.partition(":")[2] if number is None else number
    row = wanted.first(session, about=int(subject)) if str(subject).isdecimal() else None
    if row is None:
        about(session, business_key)
        raise CycleNotFound(_("There is no such cycle."))
    ladder, *columns = row
    # A region has nothing above it; neither has what is about the whole cycle.
    places = (columns[start : start + 4] for start in range(0, len(columns), 4))
    return Standing(ladder, tuple(Standpoint(*place) for place in places if place[0] is not None))


_place: Any = Organisation.__table__
_above, _top = _place.alias(), _place.alias()
_cycle: Any = Cycle.__table__
_case: Any = Case.__table__


def _columns(*tables: Any) -> list[Any]:
    names = ("id", "level", "name", "time_zone")
    return [one.c[name].label(f"{name}_{number}") for number, one in enumerate(tables) for name in names]


_STANDING_OF_CASE = Statement(
    select(_cycle.c.ladder, *_columns(_place, _above, _top))
    .select_from(_case)
    .join(_cycle, _cycle.c.id == _case.c.cycle_id)
    .join(_place, _place.c.id == _case.c.school_id)
    .outerjoin(_above, _above.c.id == _place.c.parent_id)
    .outerjoin(_top, _top.c.id == _above.c.parent_id)
    .where(_case.c.id == bindparam("about"))
)
_STANDING_OF_CYCLE = Statement(
    select(_cycle.c.ladder, *_columns(_place))
    .join_from(_cycle, _place, _place.c.id == _cycle.c.region_id)
    .where(_cycle.c.id == bindparam("about"))
)


def case_number(business_key: str) -> int | None:
    """Return the id of the case that a business key names; None where it names something else."""
    kind, _sep, number = business_key.partition(":")
    return int(number) if kind == "case" and number.isdecimal() else None
