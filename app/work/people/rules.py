"""Decisions about people: logins, passwords, mandates, sessions. No session, no clock, no web."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.kernel.errors import Conflict, Invalid, NotAllowed
from app.kernel.i18n import _
from app.work.people.entry import Entry
from app.work.people.models import HeldMandate, Organisation
from app.work.people.passwords import MAX_PASSWORD_LENGTH
from app.work.people.roles import LEVEL_OF_ROLE, Level, Mandate, Role

MAX_LOGIN_LENGTH = 64
MIN_PASSWORD_LENGTH = 12
IDLE_LIMIT = timedelta(minutes=60)
ABSOLUTE_LIMIT = timedelta(hours=12)
LOCALES = ("ru", "en")

FREE_GUESSES = 5
FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=15)

# Roles whose holders look into everything of their territory; the others see only what they are asked to do.
SUPERVISING_ROLES = frozenset(
    {
        Role.SCHOOL_TEAM,
        Role.PRINCIPAL,
        Role.CURATOR,
        Role.MUNICIPAL_COORDINATOR,
        Role.REGIONAL_COORDINATOR,
    }
)

# Who hands in a school's work and who judges it: one person is never both for the same school.
SCHOOL_SIDE = frozenset({Role.SCHOOL_TEAM, Role.PRINCIPAL})
JUDGING_SIDE = frozenset({Role.CURATOR})

# One alphabet to a login: «а» and "a" look the same, and two people must not.
_LOGIN = re.compile(r"(?:[a-z0-9._@-]+|[а-яё0-9._@-]+)")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EMAIL = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\".]+(?:\.[^\s@<>,;\".]+)*")

# Passwords that every guesser tries first, at least as long as we ask for; compared without case and separators.
_KNOWN_PASSWORDS = """
123456789012 1234567890123 12345678901234 123456789123 111111111111 000000000000 012345678901 987654321098
password1234 password12345 password123456 passwordpassword pssw0rd12345 administrator administrator1
qwertyuiop12 qwertyuiop123 qwerty123456 qwerty1234567 qwertyqwerty qwertyuiopasdf 1q2w3e4r5t6y 1qaz2wsx3edc
asdfghjkl123 zxcvbnm12345 iloveyou1234 letmein12345 welcome12345 changeme1234 adminadminadmin admin1234567
пароль123456 парольпароль паролпароль1 йцукенгшщзхъ йцукен123456 йцукенйцукен 1йфяцычувс школа1234567
директор1234 администратор учительучитель россия123456 москва123456 vekhavekhavekha vekhademovekha
"""


class InvalidLogin(Invalid):
    """Not something that can be a login."""


class WeakPassword(Invalid):
    """Too short, too long or too well known."""


class InvalidAddress(Invalid):
    """Not a mail address."""


class InvalidName(Invalid):
    """A person needs a name."""


class InvalidOrganisation(Invalid):
    """The organisation does not fit where it is put."""


class InvalidMandate(Invalid):
    """The role cannot be held there or then."""


class LoginTaken(Conflict):
    """Somebody else has this login."""


class SlugTaken(Conflict):
    """Another organisation has this name in its address."""


class AlreadyDisabled(Conflict):
    """The person is disabled already."""


class AlreadyEnabled(Conflict):
    """The person is not disabled."""


class UnknownLocale(Invalid):
    """There are no pages in this language."""


class MandateAlreadyHeld(Conflict):
    """The person holds the same mandate in that period."""


class MandateAlreadyEnded(Conflict):
    """The mandate has already ended by that day."""


class BothSides(Conflict):
    """The same person would hand in a school's work and judge it."""


class OwnMandate(NotAllowed):
    """Nobody gives a mandate to himself."""


class WrongCredentials(NotAllowed):
    """Login and password do not belong together; which of the two is wrong is not said."""


class TooManyGuesses(NotAllowed):
    """Too many wrong passwords for this login; it can be tried again soon."""


def normalise_login(login: str) -> str:
    """Return the login as it is stored and compared: however it was typed, one person has one."""
    folded = unicodedata.normalize("NFKC", login[: 4 * MAX_LOGIN_LENGTH]).casefold()
    return "".join(char for char in folded if char.isprintable()).strip()[: MAX_LOGIN_LENGTH + 1]


def one_line(text: str) -> str:
    """Return the text without line breaks and other control characters, over which mails and logs trip."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def check_login(login: str) -> None:
    """Pass silently if the normalised `login` can be a login.

    Raises:
        InvalidLogin: it is empty, too long, or has other characters or letters of two alphabets.
    """
    if not 0 < len(login) <= MAX_LOGIN_LENGTH or not _LOGIN.fullmatch(login):
        raise InvalidLogin(
            _("A login has up to %(most)s letters of one alphabet, digits, dots, hyphens or underscores."),
            most=MAX_LOGIN_LENGTH,
        )


def check_password_strength(password: str, *, login: str) -> None:
    """Pass silently if `password` is good enough for `login`.

    Raises:
        WeakPassword: it is too short, too long, or among the first that a guesser tries.
    """
    if len(password) < MIN_PASSWORD_LENGTH:
        raise WeakPassword(_("A password has at least %(least)s characters."), least=MIN_PASSWORD_LENGTH)
    if len(password) > MAX_PASSWORD_LENGTH:
        raise WeakPassword(_("A password has at most %(most)s characters."), most=MAX_PASSWORD_LENGTH)
    bare = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", password).casefold())
    few_characters = len(set(password)) < 5
    if few_characters or bare in _KNOWN_PASSWORDS.split() or normalise_login(password) == login:
        raise WeakPassword(_("This password is among the first that strangers try. Choose another one."))


def check_full_name(full_name: str) -> None:
    """Pass silently if there is a name at all, not an endless one.

    Raises:
        InvalidName: there is none.
    """
    if not 0 < len(full_name) <= 200:
        raise InvalidName(_("Write the person's family name and given names."))


def check_email(email: str) -> None:
    """Pass silently if `email` is empty or looks like a mail address.

    Raises:
        InvalidAddress: it is something else.
    """
    if email and (len(email) > 254 or not email.isprintable() or not _EMAIL.fullmatch(email)):
        raise InvalidAddress(_("«%(email)s» is not a mail address."), email=email[:80])


def check_organisation(*, level: Level, name: str, slug: str, time_zone: str, parent: Organisation | None) -> None:
    """Pass silently if such an organisation can be put under `parent`.

    Raises:
        InvalidOrganisation: the parent is of the wrong level, or the name, the slug or the time zone is none.
    """
    parent_level = {Level.SCHOOL: Level.MUNICIPALITY, Level.MUNICIPALITY: Level.REGION}.get(level)
    if (parent.level if parent else None) != parent_level:
        raise InvalidOrganisation(_("A school belongs to a municipality, a municipality to a region."))
    if not 0 < len(name) <= 300:
        raise InvalidOrganisation(_("Write the name of the organisation."))
    if not _SLUG.fullmatch(slug):
        raise InvalidOrganisation(_("The name in the address has small Latin letters, digits and hyphens."))
    try:
        ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidOrganisation(_("There is no time zone «%(zone)s»."), zone=time_zone[:60]) from error


def check_can_hold(role: Role, level: Level, *, since_on: date, until_on: date | None) -> None:
    """Pass silently if `role` can be held for an organisation of this level in this period.

    Raises:
        InvalidMandate: the role is held elsewhere, or the period ends before it begins.
    """
    if LEVEL_OF_ROLE[role] != level:
        raise InvalidMandate(_("This role is not held for an organisation of this kind."))
    check_period(since_on=since_on, until_on=until_on)


def check_period(*, since_on: date, until_on: date | None) -> None:
    """Pass silently if the period does not end before it begins.

    Raises:
        InvalidMandate: it does.
    """
    if until_on is not None and until_on < since_on:
        raise InvalidMandate(_("A mandate cannot end before it begins."))


def check_no_overlap(held: Sequence[HeldMandate], *, since_on: date, until_on: date | None) -> None:
    """Pass silently if none of `held`, all of one person, role and organisation, meets the new period.

    Raises:
        MandateAlreadyHeld: one does.
    """
    for one in held:
        begins_later = until_on is not None and one.since_on > until_on
        ended_before = one.until_on is not None and one.until_on < since_on
        if not (begins_later or ended_before):
            raise MandateAlreadyHeld(_("This person already holds this mandate in that period."))


def check_not_both_sides(held: Sequence[HeldMandate], *, role: Role, since_on: date, until_on: date | None) -> None:
    """Pass silently if `role` is not on the other side of the desk from `held`, all of one person and school.

    Raises:
        BothSides: the person would be of the school and its curator at the same time.
    """
    other_side = JUDGING_SIDE if role in SCHOOL_SIDE else SCHOOL_SIDE if role in JUDGING_SIDE else frozenset()
    for one in held:
        begins_later = until_on is not None and one.since_on > until_on
        ended_before = one.until_on is not None and one.until_on < since_on
        if one.role in other_side and not (begins_later or ended_before):
            raise BothSides(
                _("Nobody is of a school's team and its curator at once: one hands work in, the other checks it.")
            )


def check_not_himself(*, person_id: int, actor_id: int | None) -> None:
    """Pass silently if the mandate is given by somebody else than who gets it.

    Raises:
        OwnMandate: it is the same person.
    """
    if person_id == actor_id:
        raise OwnMandate(_("You cannot give a mandate to yourself; ask a colleague who may do it."))


def is_valid_on(mandate: HeldMandate, today: date) -> bool:
    """Say whether the mandate counts on the day; its last day still does."""
    return mandate.since_on <= today and (mandate.until_on is None or today <= mandate.until_on)


def is_alive(login_session: Entry, *, now: datetime, demo: bool) -> bool:
    """Say whether a login still counts. The demo's clock jumps, so there a login does not age."""
    if login_session.ended_at is not None:
        return False
    idle, age = now - login_session.last_seen_at, now - login_session.created_at
    return demo or (idle <= IDLE_LIMIT and age <= ABSOLUTE_LIMIT)


def guess_delay(failed_count: int) -> timedelta | None:
    """Return how long a login is refused after so many wrong passwords in a row; it grows, and never is for ever."""
    beyond = failed_count - FREE_GUESSES
    if beyond < 0:
        return None
    doubled: int = 2 ** min(beyond, 10)
    return min(FIRST_DELAY * doubled, LONGEST_DELAY)


def check_can_guess(blocked_until: datetime | None, now: datetime) -> None:
    """Pass silently if the login may be tried now.

    Raises:
        TooManyGuesses: it may be tried again later; the sentence says when.
    """
    if blocked_until is not None and now < blocked_until:
        seconds = (blocked_until - now).total_seconds()
        raise TooManyGuesses(
            _("Too many wrong passwords. Try again in %(minutes)s min."), minutes=max(1, -(-int(seconds) // 60))
        )


def supervised(mandates: frozenset[Mandate]) -> frozenset[int]:
    """Return the organisations whose matters the holder of `mandates` looks into, before going down the tree."""
    return frozenset(m.organisation_id for m in mandates if m.role in SUPERVISING_ROLES)
