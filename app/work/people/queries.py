"""Reading people, organisations and mandates. Nothing here changes anything."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased, joinedload

from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.kernel.lists import PAGE_SIZE, Page, page_number, search_text
from app.work.people import rules
from app.work.people.entry import Account, Held, entry_of
from app.work.people.models import HeldMandate, Organisation, Person
from app.work.people.roles import LEVEL_OF_ROLE, Actor, Level, Mandate, Role


class PersonNotFound(NotFound):
    """There is no such person."""


class OrganisationNotFound(NotFound):
    """There is no such organisation."""


class MandateNotFound(NotFound):
    """There is no such mandate."""


@dataclass(frozen=True)
class SignedIn:
    """Who a token belongs to, read anew with every request.

    Attributes:
        actor: what the person may act as today.
        person: for name, locale and contacts.
        held: the mandates of the day with their places, the newest first.
        session_id: the login on this device.
        last_seen_at: when `operations.keep_session` last noted that the login is in use.
    """

    actor: Actor
    person: Account
    held: tuple[Held, ...]
    session_id: int
    last_seen_at: datetime


@dataclass(frozen=True)
class PersonRow:
    """A line of the list of people: the person and every mandate ever held, the newest first."""

    person: Person
    mandates: tuple[HeldMandate, ...]


def valid_on(today: date) -> ColumnElement[bool]:
    """Return the SQL of `rules.is_valid_on`."""
    return (HeldMandate.since_on <= today) & or_(HeldMandate.until_on.is_(None), HeldMandate.until_on >= today)


def token_hash(token: str) -> str:
    """Return what the table keeps of a session's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def get_person(session: Session, person_id: int) -> Person:
    """Return the person.

    Raises:
        PersonNotFound: there is none with this id.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise PersonNotFound(_("There is no such person."))
    return person


def person_within(session: Session, person_id: int, *, places: Collection[int]) -> Person:
    """Return the person if he holds or held a mandate for one of the places, or has none anywhere.

    Raises:
        PersonNotFound: there is none with this id, or he belongs elsewhere; a stranger cannot tell which.
    """
    person = session.scalar(select(Person).where(Person.id == person_id, _belongs_to(places)))
    if person is None:
        raise PersonNotFound(_("There is no such person."))
    return person


def _belongs_to(places: Collection[int]) -> ColumnElement[bool]:
    """Return the SQL of people with a mandate for one of the places, or with no mandate at all."""
    mandates = select(HeldMandate.id).where(HeldMandate.person_id == Person.id)
    return or_(mandates.where(HeldMandate.organisation_id.in_(places)).exists(), ~mandates.exists())


def find_person(session: Session, *, login: str) -> Person | None:
    """Return who has this login, however it is typed."""
    return session.scalar(select(Person).where(Person.login == rules.normalise_login(login)))


def people_by_id(session: Session, ids: Collection[int]) -> Mapping[int, Person]:
    """Return the people with these ids, for showing names beside rows that keep ids only."""
    return {person.id: person for person in session.scalars(select(Person).where(Person.id.in_(ids)))}


def find_organisation(session: Session, organisation_id: int) -> Organisation:
    """Return the organisation.

    Raises:
        OrganisationNotFound: there is none with this id.
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise OrganisationNotFound(_("There is no such organisation."))
    return organisation


def organisation_by_slug(session: Session, slug: str) -> Organisation:
    """Return the organisation with this name in its public address.

    Raises:
        OrganisationNotFound: there is none.
    """
    organisation = session.scalar(select(Organisation).where(Organisation.slug == slug))
    if organisation is None:
        raise OrganisationNotFound(_("There is no such organisation."))
    return organisation


def organisations(session: Session, *, level: Level | None = None, under: int | None = None) -> Sequence[Organisation]:
    """Return organisations by name: of one level, or below one organisation at any depth, or both."""
    wanted = select(Organisation).order_by(Organisation.name, Organisation.id)
    if level is not None:
        wanted = wanted.where(Organisation.level == level)
    if under is not None:
        wanted = wanted.where(Organisation.id.in_(_tree([under])), Organisation.id != under)
    return session.scalars(wanted).all()


def ancestry(session: Session, organisation_id: int) -> tuple[Organisation, ...]:
    """Return the organisation and what it belongs to, upwards: school, municipality, region."""
    chain = [find_organisation(session, organisation_id)]
    while chain[-1].parent_id is not None:
        chain.append(find_organisation(session, chain[-1].parent_id))
    return tuple(chain)


def organisation_for(session: Session, *, role: Role, organisation_id: int) -> Organisation:
    """Return where `role` is held for this organisation: itself or above, a school's region for its consultant.

    Raises:
        OrganisationNotFound: there is no such organisation, or none of that level above it.
    """
    for organisation in ancestry(session, organisation_id):
        if organisation.level == LEVEL_OF_ROLE[role]:
            return organisation
    raise OrganisationNotFound(_("There is no such organisation."))


def holders(session: Session, *, mandate: Mandate, today: date) -> list[Person]:
    """Return the active people who hold the mandate on the day, by name."""
    return holders_of(session, mandates=[mandate], today=today)[mandate]


def holders_of(session: Session, *, mandates: Collection[Mandate], today: date) -> Mapping[Mandate, list[Person]]:
    """Return for each of the mandates the active people who hold it on the day, by name; in one query."""
    found: dict[Mandate, list[Person]] = defaultdict(list)
    wanted = (
        select(HeldMandate)
        .join(HeldMandate.person)
        .options(joinedload(HeldMandate.person))
        .where(tuple_(HeldMandate.role, HeldMandate.organisation_id).in_(set(mandates)))
        .where(valid_on(today), Person.active)
        .order_by(Person.full_name, Person.id)
    )
    for held in session.scalars(wanted):
        people = found[Mandate(held.role, held.organisation_id)]
        if held.person not in people:
            people.append(held.person)
    return found


def held_mandates(session: Session, *, person_id: int) -> Sequence[HeldMandate]:
    """Return all mandates that the person ever held, with their organisations, the newest first."""
    wanted = (
        select(HeldMandate)
        .options(joinedload(HeldMandate.organisation))
        .where(HeldMandate.person_id == person_id)
        .order_by(HeldMandate.since_on.desc(), HeldMandate.id.desc())
    )
    return session.scalars(wanted).all()


def mandates_for(session: Session, *, mandate: Mandate, today: date) -> Sequence[HeldMandate]:
    """Return who holds the mandate on the day, as rows that can be ended; disabled people too."""
    same = (HeldMandate.role == mandate.role) & (HeldMandate.organisation_id == mandate.organisation_id)
    return session.scalars(select(HeldMandate).where(same, valid_on(today)).order_by(HeldMandate.id)).all()


def mandates_ever(session: Session, *, person_id: int, mandate: Mandate) -> Sequence[HeldMandate]:
    """Return every period for which the person holds, held or will hold the mandate."""
    same = (HeldMandate.role == mandate.role) & (HeldMandate.organisation_id == mandate.organisation_id)
    return session.scalars(select(HeldMandate).where(same, HeldMandate.person_id == person_id)).all()


def mandates_at(session: Session, *, person_id: int, organisation_id: int) -> Sequence[HeldMandate]:
    """Return every mandate that the person holds, held or will hold for one organisation."""
    same = (HeldMandate.person_id == person_id) & (HeldMandate.organisation_id == organisation_id)
    return session.scalars(select(HeldMandate).where(same)).all()


def get_mandate(session: Session, mandate_id: int) -> HeldMandate:
    """Return the mandate.

    Raises:
        MandateNotFound: there is none with this id.
    """
    held = session.get(HeldMandate, mandate_id)
    if held is None:
        raise MandateNotFound(_("There is no such mandate."))
    return held


def actor_of(session: Session, *, person: Person, today: date) -> Actor:
    """Return the person as an actor, with the mandates that count on the day."""
    rows = session.execute(
        select(HeldMandate.role, HeldMandate.organisation_id).where(HeldMandate.person_id == person.id, valid_on(today))
    )
    return Actor(person.id, person.short_name, frozenset(Mandate(role, id_) for role, id_ in rows))


def signed_in(session: Session, *, token: str, now: datetime, today: date, demo: bool = False) -> SignedIn | None:
    """Return who the token of a cookie belongs to, or None when the login has ended or aged.

    Args:
        session: the caller's session.
        token: what `operations.log_in` returned.
        now: the same clock that `log_in` was given.
        today: the day for which mandates are read.
        demo: the clock may jump, so logins do not age.
    """
    entry = entry_of(session, token_hash=token_hash(token), today=today)
    if entry is None or not rules.is_alive(entry, now=now, demo=demo):
        return None
    person = entry.account
    mandates = frozenset(Mandate(held.role, held.organisation.id) for held in entry.held)
    return SignedIn(
        actor=Actor(person.id, person.short_name, mandates),
        person=person,
        held=entry.held,
        session_id=entry.session_id,
        last_seen_at=entry.last_seen_at,
    )


def people_page(session: Session, *, places: Collection[int], search: str = "", page: int = 1) -> Page[PersonRow]:
    """Return a page of the places' people by name: those whose name, login, post or address holds what was typed.

    People without any mandate belong to nobody yet and are on every page.
    """
    wanted = select(Person).where(_belongs_to(places))
    if text := search_text(search):
        columns = (Person.full_name, Person.login, Person.post, Person.email)
        wanted = wanted.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    number = page_number(page, total=total)
    ordered = wanted.order_by(Person.full_name, Person.id).offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    people = session.scalars(ordered).all()
    mandates: dict[int, list[HeldMandate]] = defaultdict(list)
    held = (
        select(HeldMandate)
        .options(joinedload(HeldMandate.organisation))
        .where(HeldMandate.person_id.in_([person.id for person in people]))
        .order_by(HeldMandate.since_on.desc(), HeldMandate.id.desc())
    )
    for mandate in session.scalars(held):
        mandates[mandate.person_id].append(mandate)
    return Page([PersonRow(person, tuple(mandates[person.id])) for person in people], number, total)


def territory(session: Session, *, actor: Actor, supervised_only: bool = False) -> frozenset[int]:
    """Return the ids of the organisations within the actor's mandates, downwards.

    `supervised_only` leaves out the roles that see only what they are asked to do (`rules.SUPERVISING_ROLES`).
    """
    if supervised_only:
        tops = rules.supervised(actor.mandates)
    else:
        tops = frozenset(mandate.organisation_id for mandate in actor.mandates)
    return frozenset(session.scalars(_tree(tops))) if tops else frozenset()


def can_see_organisation(session: Session, *, actor: Actor, organisation_id: int) -> bool:
    """Say whether the organisation lies within the actor's mandates."""
    return organisation_id in territory(session, actor=actor)


def _tree(tops: Collection[int]) -> Select[int]:
    """Return the select of the ids of `tops` and everything below them; the tree has three levels."""
    parent = aliased(Organisation)
    return (
        select(Organisation.id)
        .outerjoin(parent, parent.id == Organisation.parent_id)
        .where(
            or_(
                Organisation.id.in_(tops),
                Organisation.parent_id.in_(tops),
                parent.parent_id.in_(tops),
            )
        )
    )
