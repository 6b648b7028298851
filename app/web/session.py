"""Who is asking and what time it is, for the request that is being answered.

The cookie carries a token; the row behind it says who that is and can be ended on the server at once.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, has_request_context
from flask import session as cookie
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from app.kernel.clock import current_time
from app.kernel.db import db, unit_of_work
from app.kernel.errors import NotAllowed
from app.kernel.i18n import _
from app.kernel.settings import Settings
from app.work.people import operations as people
from app.work.people.entry import Account
from app.work.people.queries import SignedIn, signed_in
from app.work.people.roles import Actor

# Until we know whose day it is: whether a mandate holds today is decided in the capital's zone.
DEFAULT_ZONE = ZoneInfo("Europe/Moscow")
NOTE_USE_EVERY = timedelta(minutes=1)


class NotSignedIn(NotAllowed):
    """Nobody is signed in (401)."""


@dataclass(eq=False)
class Visitor(UserMixin):  # type: ignore[misc]  # Flask-Login is not typed
    """A signed-in person, as Flask-Login carries it through the request."""

    token: str
    signed_in: SignedIn

    @property
    def person(self) -> Account:
        """The person, for name, locale and contacts."""
        return self.signed_in.person

    def get_id(self) -> str:
        """Return what the cookie keeps."""
        return self.token


def settings() -> Settings:
    """Return what the environment said at start."""
    return cast(Settings, current_app.extensions["settings"])


def now() -> datetime:
    """Return the program's time, the same instant during the whole request."""
    if "now" not in g:
        g.now = current_time(db.session(), demo=settings().demo)
    return cast(datetime, g.now)


def visitor() -> Visitor | None:
    """Return who is signed in, if anybody."""
    if not has_request_context():
        return None
    # The person itself, where Flask-Login keeps it: the proxy looks for it with every word that is read from it.
    found = getattr(g._get_current_object(), "_login_user", None)
    user = current_user._get_current_object() if found is None else found
    return user if isinstance(user, Visitor) else None


def actor() -> Actor:
    """Return who is acting, with today's mandates.

    Raises:
        NotSignedIn: nobody is.
    """
    who = visitor()
    if who is None:
        raise NotSignedIn(_("Please sign in."))
    return who.signed_in.actor


def person() -> Account:
    """Return the account of whoever is acting.

    Raises:
        NotSignedIn: nobody is.
    """
    who = visitor()
    if who is None:
        raise NotSignedIn(_("Please sign in."))
    return who.person


def today(zone: str | None = None) -> date:
    """Return the date in `zone`: whole days are counted where the school is."""
    return now().astimezone(ZoneInfo(zone) if zone else DEFAULT_ZONE).date()


def begin(token: str) -> None:
    """Put a new login into a new cookie; whatever the browser held before is forgotten."""
    cookie.clear()
    cookie.permanent = True
    found = _load(token)
    if found is not None:
        login_user(found)


def end() -> str | None:
    """Forget the login on this device and return its token, so that the row can be ended too."""
    who = visitor()
    token = who.token if who else None
    logout_user()
    cookie.clear()
    return token


def _load(token: str) -> Visitor | None:
    demo = settings().demo
    found = signed_in(db.session(), token=token, now=now(), today=today(), demo=demo)
    return Visitor(token, found) if found else None


def keep_alive() -> None:
    """Note, at most once a minute, that the login is in use: an idle one ends."""
    who = visitor()
    if who is None or now() - who.signed_in.last_seen_at < NOTE_USE_EVERY:
        return
    with unit_of_work() as unit:
        people.keep_session(unit, session_id=who.signed_in.session_id, now=now())


def init_app(app: Flask) -> None:
    """Let Flask-Login find the visitor by the token; our own table ends sessions, so its fingerprint is not needed."""
    manager = LoginManager()
    manager.session_protection = None
    manager.user_loader(_load)
    manager.init_app(app)
    app.before_request(keep_alive)
