"""Changing people, organisations and mandates. Who may do it is the door's guard; here stands what is possible."""

import secrets
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.kernel.i18n import _
from app.kernel.rows import savepoint
from app.work.history.operations import record
from app.work.people import queries, rules
from app.work.people.models import HeldMandate, LoginAttempt, LoginSession, Organisation, Person
from app.work.people.passwords import demo_hash, hash_password, is_outdated, is_right
from app.work.people.roles import Level, Mandate, Role

# Wrong guesses are forgotten after this long without another one, so that strangers do not fill the table.
FORGET_AFTER = timedelta(days=1)


def add_organisation(
    session: Session,
    *,
    level: Level,
    name: str,
    slug: str,
    parent_id: int | None,
    time_zone: str,
    now: datetime,
    actor_id: int | None = None,
) -> Organisation:
    """Add a region, a municipality or a school.

    Raises:
        InvalidOrganisation: it does not fit under that parent, or its slug or time zone is none.
        OrganisationNotFound: there is no such parent.
        SlugTaken: another organisation has the slug.
    """
    parent = queries.find_organisation(session, parent_id) if parent_id is not None else None
    name = rules.one_line(name)
    rules.check_organisation(level=level, name=name, slug=slug, time_zone=time_zone, parent=parent)
    organisation = Organisation(level=level, parent_id=parent_id, name=name, slug=slug, time_zone=time_zone)
    try:
        with savepoint(session):
            session.add(organisation)
    except IntegrityError as error:
        raise rules.SlugTaken(_("Another organisation already has the address «%(slug)s»."), slug=slug) from error
    record(
        session,
        at=now,
        person_id=actor_id,
        action="organisation.added",
        subject=("organisation", organisation.id),
        name=name,
        level=level,
    )
    return organisation


def add_person(
    session: Session,
    *,
    login: str,
    full_name: str,
    password: str,
    now: datetime,
    post: str = "",
    email: str = "",
    actor_id: int | None = None,
) -> Person:
    """Add a person, who can log in at once and holds no mandate yet.

    Raises:
        InvalidLogin, InvalidName, InvalidAddress: the login, the name or the mail address cannot be one.
        WeakPassword: the password is too short, too long or too well known.
        LoginTaken: somebody else has the login.
    """
    rules.check_password_strength(password, login=rules.normalise_login(login))
    person = Person(login=login, full_name=full_name, post=post, email=email, password_hash=hash_password(password))
    return _add(session, person, now=now, actor_id=actor_id)


def add_demo_person(session: Session, *, login: str, full_name: str, password: str, post: str, now: datetime) -> Person:
    """Add a person of the demo, whose password everybody is told: its strength is not checked.

    The mail address is made up, so that the outbox shows what would be sent.

    Raises:
        InvalidLogin, InvalidName: the login or the name cannot be one.
        LoginTaken: somebody else has the login.
    """
    person = Person(login=login, full_name=full_name, post=post, password_hash=demo_hash(password))
    person.email = f"{login}@example.org"
    return _add(session, person, now=now, actor_id=None)


def set_password(
    session: Session, *, person_id: int, password: str, now: datetime, actor_id: int | None = None
) -> Person:
    """Give the person a new password and end every login made with the old one.

    Raises:
        PersonNotFound: there is no such person.
        WeakPassword: the password is too short, too long or too well known.
    """
    person = queries.get_person(session, person_id)
    rules.check_password_strength(password, login=person.login)
    person.password_hash = hash_password(password)
    person.password_changed_at = now
    _end_logins(session, person_id=person_id, now=now)
    _record(session, now, actor_id, "person.password_set", person)
    return person


def disable_person(session: Session, *, person_id: int, now: datetime, actor_id: int | None = None) -> Person:
    """Let the person log in no more, at once; mandates and history stay.

    Tasks that the person holds are returned by `tasks.operations.release_held_by`, which the caller calls too.

    Raises:
        PersonNotFound: there is no such person.
        AlreadyDisabled: the person is disabled already.
    """
    person = queries.get_person(session, person_id)
    if not person.active:
        raise rules.AlreadyDisabled(_("This person is disabled already."))
    person.active = False
    _end_logins(session, person_id=person_id, now=now)
    _record(session, now, actor_id, "person.disabled", person)
    return person


def enable_person(session: Session, *, person_id: int, now: datetime, actor_id: int | None = None) -> Person:
    """Let a disabled person log in again.

    Raises:
        PersonNotFound: there is no such person.
        AlreadyEnabled: the person is not disabled.
    """
    person = queries.get_person(session, person_id)
    if person.active:
        raise rules.AlreadyEnabled(_("This person is not disabled."))
    person.active = True
    _record(session, now, actor_id, "person.enabled", person)
    return person


def set_locale(session: Session, *, person_id: int, locale: str, now: datetime) -> Person:
    """Remember the language in which the person reads pages and mails.

    Raises:
        PersonNotFound: there is no such person.
        UnknownLocale: there are no pages in this language.
    """
    person = queries.get_person(session, person_id)
    if locale not in rules.LOCALES:
        raise rules.UnknownLocale(_("There are no pages in this language."))
    person.locale = locale
    _record(session, now, person_id, "person.locale_set", person, locale=locale)
    return person


def grant_mandate(
    session: Session,
    *,
    person_id: int,
    role: Role,
    organisation_id: int,
    since_on: date,
    now: datetime,
    actor_id: int | None,
    until_on: date | None = None,
) -> HeldMandate:
    """Give a person a role for an organisation, from a day on, until a last day if one is named.

    Raises:
        PersonNotFound, OrganisationNotFound: there is no such person or organisation.
        InvalidMandate: the role is not held for such an organisation, or the period ends before it begins.
        MandateAlreadyHeld: the person holds the same mandate in that period.
        BothSides: the person would be of a school and its curator at once.
        OwnMandate: the person would give it to himself.
    """
    rules.check_not_himself(person_id=person_id, actor_id=actor_id)
    person = queries.get_person(session, person_id)
    organisation = queries.find_organisation(session, organisation_id)
    rules.check_can_hold(role, organisation.level, since_on=since_on, until_on=until_on)
    same = queries.mandates_ever(session, person_id=person_id, mandate=Mandate(role, organisation_id))
    rules.check_no_overlap(same, since_on=since_on, until_on=until_on)
    there = queries.mandates_at(session, person_id=person_id, organisation_id=organisation_id)
    rules.check_not_both_sides(there, role=role, since_on=since_on, until_on=until_on)
    held = HeldMandate(
        person_id=person_id, role=role, organisation_id=organisation_id, since_on=since_on, until_on=until_on
    )
    session.add(held)
    detail = {"role": role.value, "organisation": organisation.name, "since_on": since_on.isoformat()}
    _record(session, now, actor_id, "mandate.granted", person, **detail)
    return held


def end_mandate(
    session: Session, *, mandate_id: int, until_on: date, now: datetime, actor_id: int | None
) -> HeldMandate:
    """Set the last day of a mandate; the row stays.

    Raises:
        MandateNotFound: there is no such mandate.
        InvalidMandate: it would end before it begins.
        MandateAlreadyEnded: it ends by that day anyway.
    """
    held = queries.get_mandate(session, mandate_id)
    rules.check_period(since_on=held.since_on, until_on=until_on)
    if held.until_on is not None and held.until_on <= until_on:
        raise rules.MandateAlreadyEnded(_("This mandate ends by that day already."))
    held.until_on = until_on
    detail = {"role": held.role.value, "organisation": held.organisation.name, "until_on": until_on.isoformat()}
    _record(session, now, actor_id, "mandate.ended", queries.get_person(session, held.person_id), **detail)
    return held


def log_in(session: Session, *, login: str, password: str, now: datetime) -> str:
    """Begin a login and return the token for its cookie; only the token's hash is stored.

    An unknown login takes as long as a wrong password. When this raises `WrongCredentials`, the door rolls
    back and calls `count_wrong_guess` in a unit of work of its own, or nobody would ever be slowed down.

    Raises:
        WrongCredentials: the two do not belong together, or the person is disabled.
        TooManyGuesses: there were too many wrong passwords; it can be tried again soon.
    """
    person = check_password(session, login=login, password=password, now=now)
    session.execute(delete(LoginAttempt).where(LoginAttempt.login == person.login))
    if is_outdated(person.password_hash):
        person.password_hash = hash_password(password)
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(person_id=person.id, token_hash=queries.token_hash(token), created_at=now, last_seen_at=now)
    )
    record(session, at=now, person_id=person.id, action="person.logged_in", subject=("person", person.id))
    session.flush()
    return token


def check_password(session: Session, *, login: str, password: str, now: datetime) -> Person:
    """Return whose login and password these are. After `WrongCredentials` the door calls `count_wrong_guess`.

    Raises:
        WrongCredentials, TooManyGuesses: as `log_in` does.
    """
    name = rules.normalise_login(login)
    attempt = session.get(LoginAttempt, name)
    rules.check_can_guess(attempt.blocked_until if attempt else None, now)
    person = session.scalar(select(Person).where(Person.login == name, Person.active))
    if not is_right(password, person.password_hash if person else None) or person is None:
        raise rules.WrongCredentials(_("Wrong login or password."))
    return person


def count_wrong_guess(session: Session, *, login: str, now: datetime) -> datetime | None:
    """Count a wrong password for the login, known or not; return until when it is refused, if it now is.

    Guesses made while the login is refused do not count: nobody is kept out longer than `rules.LONGEST_DELAY`.
    """
    name = rules.normalise_login(login)
    attempt = session.get(LoginAttempt, name)
    if attempt is not None and attempt.blocked_until is not None and now < attempt.blocked_until:
        return attempt.blocked_until
    session.execute(delete(LoginAttempt).where(LoginAttempt.last_failed_at < now - FORGET_AFTER))
    failed_count = _count(session, login=name, now=now)
    delay = rules.guess_delay(failed_count)
    until = now + delay if delay else None
    session.execute(update(LoginAttempt).where(LoginAttempt.login == name).values(blocked_until=until))
    return until


def keep_session(session: Session, *, session_id: int, now: datetime) -> None:
    """Note that a login is in use. The door calls it with a request, at most once a minute."""
    session.execute(update(LoginSession).where(LoginSession.id == session_id).values(last_seen_at=now))


def log_out(session: Session, *, token: str, now: datetime) -> bool:
    """End the login of this token; say whether there was one to end."""
    alive = (LoginSession.token_hash == queries.token_hash(token)) & LoginSession.ended_at.is_(None)
    ended = session.scalar(update(LoginSession).where(alive).values(ended_at=now).returning(LoginSession.person_id))
    if ended is None:
        return False
    record(session, at=now, person_id=ended, action="person.logged_out", subject=("person", ended))
    return True


def end_sessions(session: Session, *, person_id: int, now: datetime, actor_id: int | None = None) -> int:
    """End every login of the person, on all devices; return how many there were.

    Raises:
        PersonNotFound: there is no such person.
    """
    person = queries.get_person(session, person_id)
    ended = _end_logins(session, person_id=person_id, now=now)
    _record(session, now, actor_id, "person.logged_out_everywhere", person, logins=ended)
    return ended


def _count(session: Session, *, login: str, now: datetime) -> int:
    """Return how many wrong passwords in a row there are now; the row counts, also for two guesses at once."""
    more = (
        update(LoginAttempt)
        .where(LoginAttempt.login == login)
        .values(failed_count=LoginAttempt.failed_count + 1, last_failed_at=now)
        .returning(LoginAttempt.failed_count)
    )
    counted = session.scalar(more)
    if counted is not None:
        return counted
    try:
        with savepoint(session):
            session.add(LoginAttempt(login=login, failed_count=1, last_failed_at=now))
    except IntegrityError:
        return session.scalars(more).one()
    return 1


def _add(session: Session, person: Person, *, now: datetime, actor_id: int | None) -> Person:
    person.login = rules.normalise_login(person.login)
    person.full_name = rules.one_line(person.full_name)
    person.post = rules.one_line(person.post or "")
    person.created_at = person.password_changed_at = now
    rules.check_login(person.login)
    rules.check_full_name(person.full_name)
    rules.check_email(person.email)
    try:
        with savepoint(session):
            session.add(person)
    except IntegrityError as error:
        raise rules.LoginTaken(_("Somebody else already has the login «%(login)s»."), login=person.login) from error
    _record(session, now, actor_id, "person.added", person, login=person.login)
    return person


def _end_logins(session: Session, *, person_id: int, now: datetime) -> int:
    alive = (LoginSession.person_id == person_id) & LoginSession.ended_at.is_(None)
    return len(session.scalars(update(LoginSession).where(alive).values(ended_at=now).returning(LoginSession.id)).all())


def _record(
    session: Session, at: datetime, actor_id: int | None, action: str, person: Person, **detail: str | int
) -> None:
    session.flush()
    subject = ("person", person.id)
    record(session, at=at, person_id=actor_id, action=action, subject=subject, business_key="", **detail)
