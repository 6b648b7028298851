"""Who holds a mandate, where only the names are shown: read in one statement and past the ORM."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, bindparam, or_, select
from sqlalchemy.orm import Session

from app.kernel.statements import Statement
from app.work.people.models import HeldMandate, Person, short_name
from app.work.people.roles import Mandate


@dataclass(frozen=True)
class Named:
    """A person where only the name is shown."""

    id: int
    full_name: str

    @property
    def short_name(self) -> str:
        """«Петрова Е. В.» of «Петрова Елена Викторовна»."""
        return short_name(self.full_name)


def names_of_holders(session: Session, *, mandate: Mandate, today: date) -> list[Named]:
    """Return what those of `holders` are called, read past the ORM."""
    role, organisation_id = mandate
    rows = _HOLDERS.all(session, role=role, organisation_id=organisation_id, today=today)
    return [Named(*row) for row in rows]


_person: Any = Person.__table__.c
_held: Any = HeldMandate.__table__.c
_HOLDERS = Statement(
    select(_person.id, _person.full_name)
    .distinct()
    .join_from(HeldMandate.__table__, Person.__table__, _person.id == _held.person_id)
    .where(_held.role == bindparam("role", type_=_held.role.type))
    .where(_held.organisation_id == bindparam("organisation_id"), _person.active)
    .where(_held.since_on <= bindparam("today", type_=Date()))
    .where(or_(_held.until_on.is_(None), _held.until_on >= bindparam("today", type_=Date())))
    .order_by(_person.full_name, _person.id)
)
