"""What is known before a list comes."""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.programme.cycles.imports.verdicts import Directory, KnownPerson, KnownPlace, KnownSchool
from app.programme.cycles.models import Case, Cycle
from app.work.people.models import Organisation, Person
from app.work.people.roles import Level


def directory(session: Session, *, cycle: Cycle) -> Directory:
    """Return the municipalities and schools of the cycle's region and the people who could be curators."""
    municipality = aliased(Organisation)
    places = session.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.level == Level.MUNICIPALITY, Organisation.parent_id == cycle.region_id)
        .order_by(Organisation.id)
    ).all()
    schools = session.execute(
        select(Organisation.id, Organisation.name, Organisation.parent_id, Case.id)
        .join(municipality, municipality.id == Organisation.parent_id)
        .outerjoin(Case, (Case.school_id == Organisation.id) & (Case.cycle_id == cycle.id))
        .where(Organisation.level == Level.SCHOOL, municipality.parent_id == cycle.region_id)
        .order_by(Organisation.id)
    ).all()
    people = session.execute(select(Person.id, Person.full_name).where(Person.active).order_by(Person.id)).all()
    return Directory(
        year=cycle.year,
        municipalities=tuple(KnownPlace(id_, name) for id_, name in places),
        schools=tuple(KnownSchool(id_, name, place or 0, case is not None) for id_, name, place, case in schools),
        people=tuple(KnownPerson(id_, name) for id_, name in people),
    )
