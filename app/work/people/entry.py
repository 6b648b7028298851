"""A login as every request needs it: who it is and what he holds today, read in one statement and past the ORM."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, bindparam, or_, select
from sqlalchemy.orm import Session

from app.kernel.statements import Statement
from app.work.people.models import HeldMandate, LoginSession, Organisation, Person, short_name
from app.work.people.roles import Role


@dataclass(frozen=True)
class Account:
    """What a person's row said when the request began; `Person` explains the fields."""

    id: int
    login: str
    full_name: str
    post: str
    email: str
    locale: str

    @property
    def short_name(self) -> str:
        """«Петрова Е. В.» of «Петрова Елена Викторовна»."""
        return short_name(self.full_name)


@dataclass(frozen=True)
class Place:
    """The organisation that a mandate is held for."""

    id: int
    name: str
    time_zone: str


@dataclass(frozen=True)
class Held:
    """A mandate that counts today, with its period."""

    role: Role
    organisation: Place
    since_on: date
    until_on: date | None


@dataclass(frozen=True)
class Entry:
    """The login that a token belongs to, the person, and the person's mandates of the day, the newest first."""

    session_id: int
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    account: Account
    held: tuple[Held, ...]


_login: Any = LoginSession.__table__
_person: Any = Person.__table__
_held: Any = HeldMandate.__table__
_place: Any = Organisation.__table__
_today = bindparam("today", type_=Date())
_counts = (_held.c.since_on <= _today) & or_(_held.c.until_on.is_(None), _held.c.until_on >= _today)
_OF_TOKEN = Statement(
    select(
        _login.c.id,
        _login.c.created_at,
        _login.c.last_seen_at,
        _login.c.ended_at,
        _person.c.id.label("person_id"),
        _person.c.login,
        _person.c.full_name,
        _person.c.post,
        _person.c.email,
        _person.c.locale,
        _held.c.role,
        _place.c.id.label("place_id"),
        _place.c.name,
        _place.c.time_zone,
        _held.c.since_on,
        _held.c.until_on,
    )
    .join_from(_login, _person, _person.c.id == _login.c.person_id)
    .outerjoin(_held, (_held.c.person_id == _person.c.id) & _counts)
    .outerjoin(_place, _place.c.id == _held.c.organisation_id)
    .where(_login.c.token_hash == bindparam("token_hash"), _person.c.active)
    .order_by(_held.c.since_on.desc(), _held.c.id.desc())
)


def entry_of(session: Session, *, token_hash: str, today: date) -> Entry | None:
    """Return the login with this hash if its person may sign in at all; whether it has aged is not asked here."""
    rows: Sequence[Any] = _OF_TOKEN.all(session, token_hash=token_hash, today=today)
    if not rows:
        return None
    first: Any = tuple(rows[0])
    held = tuple(
        Held(row.role, Place(row.place_id, row.name, row.time_zone), row.since_on, row.until_on)
        for row in rows
        if row.role is not None
    )
    return Entry(first[0], first[1], first[2], first[3], Account(*first[4:10]), held)
