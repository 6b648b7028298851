"""Handlers of `open_cycle`: the region names curators, sets the calendar, signs, and every school's year begins."""

from datetime import date, timedelta
from typing import Any

from app.engine.instances import operations as instances
from app.programme.cycles import operations as cycles
from app.programme.cycles import queries as cycle_queries
from app.programme.cycles.models import Cycle
from app.programme.processes.calls import Done, Work
from app.programme.processes.data import data_of
from app.work.people import operations as people
from app.work.people import queries as people_queries
from app.work.people.roles import Mandate, Role
from app.work.tasks import operations as tasks


def store_cycle_settings(work: Work) -> Done:
    """Name the curators, keep the calendar, and put the cycle in force by its order."""
    cycle, parameters = work.cycle, work.parameters
    known = {name: value for name, value in parameters["calendar"].items() if name in cycle.calendar}
    cycles.set_calendar(work.session, cycle=cycle, changes=known, actor_id=work.actor_id, now=work.now)
    for row in parameters["curators"]:
        if row.get("curator"):
            _name_curator(work, cycle, int(row["case_id"]), int(row["curator"]))
    cycles.sign_order(
        work.session,
        cycle=cycle,
        number=str(parameters["order_number"]),
        signed_on=date.fromisoformat(parameters["order_on"]),
        actor_id=work.actor_id,
        now=work.now,
    )
    return Done({"calendar": dict(cycle.calendar)})


def _name_curator(work: Work, cycle: Cycle, case_id: int, person_id: int) -> None:
    """Give the person the mandate of the school's curator unless he holds it, and end the mandates of others.

    A school that has a curator keeps him until the cycle's year begins: the year before is still his.
    """
    case = cycle_queries.get_case(work.session, case_id)
    if case.cycle_id != cycle.id:
        raise cycle_queries.CaseNotFound("The case is of another cycle.")
    mandate = Mandate(Role.CURATOR, case.school_id)
    held = people_queries.mandates_for(work.session, mandate=mandate, today=work.today)
    begins_on = max(work.today, date(cycle.year, 1, 1)) if held else work.today
    for other in held:
        if other.person_id != person_id:
            last_day = max(other.since_on, begins_on - timedelta(days=1))
            people.end_mandate(
                work.session, mandate_id=other.id, until_on=last_day, now=work.now, actor_id=work.actor_id
            )
            tasks.release_held_by(work.session, person_id=other.person_id, actor_id=work.actor_id, now=work.now)
    if all(other.person_id != person_id for other in held):
        people.grant_mandate(
            work.session,
            person_id=person_id,
            role=Role.CURATOR,
            organisation_id=case.school_id,
            since_on=begins_on,
            now=work.now,
            # Whoever signs may have been named by a colleague; that nobody named himself is asked before.
            actor_id=work.actor_id if work.actor_id != person_id else None,
        )


def start_lifecycle(work: Work) -> Done:
    """Begin the year of one school of the cycle."""
    case = cycle_queries.get_case(work.session, int(work.parameters["case_id"]))
    if case.cycle_id != work.cycle.id:
        raise cycle_queries.CaseNotFound("The case is of another cycle.")
    cycles.begin_case(work.session, case=case, now=work.now)
    outcome = instances.start(
        work.session,
        process_key="roadmap_lifecycle",
        data=data_of(case),
        business_key=case.business_key,
        scope_key=work.cycle.business_key,
        time_zone=case.school.time_zone,
        now=work.now,
    )
    return Done(outcomes=(outcome,))


HANDLERS = {"store_cycle_settings": store_cycle_settings, "start_lifecycle": start_lifecycle}


def start_data(cycle: Cycle, schools: list[dict[str, Any]], curators: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the start data of `open_cycle`; `docs/processes/data.md` describes the keys."""
    return {
        "cycle": {"id": cycle.id, "title": cycle.title, "year": cycle.year},
        "calendar": dict(cycle.calendar),
        "schools": schools,
        "curators": curators,
    }
