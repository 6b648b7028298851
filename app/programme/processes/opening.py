"""Begins the process `open_cycle`: the list is there, now curators are named, the calendar set, the order signed."""

from datetime import datetime
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
from app.work.people.models import Organisation, Person
from app.work.people.queries import holders_of
from app.work.people.roles import Mandate, Role

PROCESS = "open_cycle"


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
    return start_process(
        session,
        process_key=PROCESS,
        about=cycle,
        data=start_data(cycle, [_school(case, proposed.get(case.id)) for case in cases], _people(session)),
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


def _people(session: Session) -> list[dict[str, Any]]:
    """Return who may be chosen as a curator: everybody who is not disabled."""
    people = session.scalars(select(Person).where(Person.active).order_by(Person.full_name, Person.id))
    return [
        {"value": str(person.id), "label": f"{person.full_name}, {person.post}" if person.post else person.full_name}
        for person in people
    ]


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
