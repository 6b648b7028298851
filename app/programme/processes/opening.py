"""Begins the process `open_cycle`: the list is there, now curators are named, the calendar set, the order signed."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.engine.instances import queries as instances
from app.kernel.days import local_date
from app.kernel.errors import Conflict, Invalid
from app.kernel.i18n import _
from app.programme.cycles.models import Case, Cycle, CycleState
from app.programme.processes.acts import start_process
from app.programme.processes.open_cycle import start_data
from app.work.history.models import Entry
from app.work.people.models import HeldMandate, Organisation, Person
from app.work.people.queries import holders_of
from app.work.people.roles import Mandate, Role
from app.work.people.rules import is_valid_on

PROCESS = "open_cycle"

# Who helps no school as its curator: they watch the curators.
_NEVER = frozenset({Role.MUNICIPAL_COORDINATOR, Role.REGIONAL_COORDINATOR, Role.ADMINISTRATOR})
_OF_A_SCHOOL = frozenset({Role.PRINCIPAL, Role.SCHOOL_TEAM})
_CURATORS, _NEWCOMERS, _PRINCIPALS, _NOT_OFFERED = range(4)


class OpeningBegunAlready(Conflict):
    """The cycle's process runs already, or the order is signed."""


class NoSchools(Invalid):
    """A cycle without schools cannot be opened."""


def is_begun(session: Session, *, cycle: Cycle) -> bool:
    """Say whether the process of the cycle was started: its list of schools is closed then."""
    return bool(instances.instances_of(session, business_key=cycle.business_key))


def begin_opening(session: Session, *, cycle: Cycle, actor_id: int | None, now: datetime) -> int:
    """Start `open_cycle` with the schools on the list; curators named in imported lists are proposed.

    Returns:
        The id of the process instance.

    Raises:
        OpeningBegunAlready: the process was started before, or the order is signed.
        NoSchools: nothing is on the list.
    """
    if cycle.state is not CycleState.PREPARING or is_begun(session, cycle=cycle):
        raise OpeningBegunAlready(_("The opening of this cycle has begun already."))
    cases = session.scalars(
        select(Case)
        .where(Case.cycle_id == cycle.id)
        .order_by(Case.id)
        .options(joinedload(Case.school).joinedload(Organisation.parent))
    ).all()
    if not cases:
        raise NoSchools(_("The list of schools is empty. Upload it first."))
    proposed = _proposed_curators(session, cycle, list(cases), now)
    today = local_date(now, cycle.region.time_zone)
    people = possible_curators(session, cycle=cycle, named=proposed.values(), today=today)
    offered = {person.id for person in people}
    # Whom the form does not offer it cannot propose either.
    proposed = {case_id: person_id for case_id, person_id in proposed.items() if person_id in offered}
    return start_process(
        session,
        process_key=PROCESS,
        about=cycle,
        data=start_data(cycle, [_school(case, proposed.get(case.id)) for case in cases], [_option(p) for p in people]),
        actor_id=actor_id,
        now=now,
    )


def _school(case: Case, curator_id: int | None) -> dict[str, Any]:
    place = case.school.parent
    return {
        "case_id": case.id,
        "school_id": case.school_id,
        "name": case.school.name,
        "municipality": place.name if place is not None else "",
        # Options of a form are text.
        "curator": str(curator_id) if curator_id is not None else None,
    }


def possible_curators(session: Session, *, cycle: Cycle, named: Collection[int], today: date) -> list[Person]:
    """Return who may be chosen as a curator of the cycle's schools: curators first, principals last, each by name.

    Offered is who holds or held the mandate of a curator, whom the list names, who has no mandate yet, and who directs
    a school that is not on the list: the head of a successful one. Whoever directs or works for a school on the list,
    coordinates or administers is not.

    Args:
        session: the caller's session.
        cycle: its list of schools is complete.
        named: ids of those whom a mandate or the list proposes.
        today: the day for which mandates are read.
    """
    helped = set(session.scalars(select(Case.school_id).where(Case.cycle_id == cycle.id)))
    place: dict[int, int] = {}
    barred: set[int] = set()
    for held in session.scalars(select(HeldMandate)):
        valid = is_valid_on(held, today)
        if held.role is Role.CURATOR:
            place[held.person_id] = _CURATORS
        elif valid and (held.role in _NEVER or (held.role in _OF_A_SCHOOL and held.organisation_id in helped)):
            barred.add(held.person_id)
        else:
            place.setdefault(held.person_id, _PRINCIPALS if valid and held.role is Role.PRINCIPAL else _NOT_OFFERED)
    place |= dict.fromkeys(named, _CURATORS)
    people = session.scalars(select(Person).where(Person.active, Person.id.not_in(barred)))
    offered = [person for person in people if place.get(person.id, _NEWCOMERS) != _NOT_OFFERED]
    return sorted(offered, key=lambda p: (place.get(p.id, _NEWCOMERS), p.full_name, p.id))


def _option(person: Person) -> dict[str, Any]:
    label = f"{person.full_name}, {person.post}" if person.post else person.full_name
    return {"value": str(person.id), "label": label}


def _proposed_curators(session: Session, cycle: Cycle, cases: list[Case], now: datetime) -> dict[int, int]:
    """Return case to person: whoever is the school's curator today, over that whoever the last list named."""
    today = local_date(now, cycle.region.time_zone)
    mandates = {case.id: Mandate(Role.CURATOR, case.school_id) for case in cases}
    holders = holders_of(session, mandates=set(mandates.values()), today=today)
    found = {id_: holders[mandate][0].id for id_, mandate in mandates.items() if holders.get(mandate)}
    entries = session.scalars(
        select(Entry)
        .where(Entry.business_key == cycle.business_key, Entry.action == "cycle.schools_imported")
        .order_by(Entry.id)
    )
    for entry in entries:
        found |= {int(case_id): person_id for case_id, person_id in entry.detail.get("curators", {}).items()}
    return found
