"""What every page shows around its content: the menu of the role, the bell, the language, the demo's clock."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import get_locale, gettext, ngettext
from werkzeug.routing import Map

from app.kernel.db import db
from app.kernel.i18n import _
from app.web import session
from app.work.notifications import queries as notifications
from app.work.people.entry import Held
from app.work.people.roles import ROLE_NAMES, Role
from app.work.tasks import queries as tasks

MENU_SIZE = 5


@dataclass(frozen=True)
class Place:
    """One place of the menu: its name, its page and who needs it (nobody named: everybody)."""

    title: str
    endpoint: str
    roles: frozenset[Role] = frozenset()


_SCHOOL = frozenset({Role.SCHOOL_TEAM, Role.PRINCIPAL})
_HELPERS = frozenset({Role.CURATOR, Role.CONSULTANT})
_COORDINATORS = frozenset({Role.MUNICIPAL_COORDINATOR, Role.REGIONAL_COORDINATOR})

# In the order of the menu; the first five that fit the person's roles are shown.
PLACES = (
    Place(_("My tasks"), "inbox.index"),
    Place(_("My school's case"), "cases.index", _SCHOOL),
    Place(_("My schools"), "cases.index", _HELPERS),
    Place(_("Today"), "today.index", _COORDINATORS),
    Place(_("Schools and stages"), "matrix.index", _COORDINATORS),
    Place(_("Cycles"), "cycles.index", frozenset({Role.REGIONAL_COORDINATOR})),
    Place(_("Processes"), "processes.index", frozenset({Role.PROCESS_DESIGNER})),
    Place(_("People"), "people.index", frozenset({Role.ADMINISTRATOR})),
    Place(_("Incidents"), "incidents.index", frozenset({Role.ADMINISTRATOR})),
    Place(_("Public pages"), "public.index"),
)


def menu() -> list[tuple[str, str, bool]]:
    """Return name, address and «we are here» of the places that fit the visitor."""
    who = session.visitor()
    if who is None:
        return []
    actor = who.signed_in.actor
    roles = {mandate.role for mandate in actor.mandates}
    if Role.CONSULTANT in roles and not tasks.cases_asking(db.session(), actor=actor):
        roles.remove(Role.CONSULTANT)
    fitting = [p for p in PLACES if p.endpoint in current_app.view_functions and (not p.roles or p.roles & roles)]
    here = (request.endpoint or "").split(".")[0]
    unique = {p.endpoint: p for p in reversed(fitting)}
    places = [p for p in fitting if unique[p.endpoint] is p][:MENU_SIZE]
    return [
        (gettext(p.title), url_for(p.endpoint), request.endpoint == p.endpoint or here == p.endpoint.split(".")[0])
        for p in places
    ]


def mandates() -> tuple[Held, ...]:
    """Return what the visitor holds today, the newest first."""
    who = session.visitor()
    return who.signed_in.held if who else ()


def mandate_line() -> str:
    """«Куратор · 3 школы»: in which capacity the visitor is here."""
    held = mandates()
    parts = []
    for role in dict.fromkeys(m.role for m in held):
        places = [m.organisation.name for m in held if m.role == role]
        name = gettext(ROLE_NAMES[role])
        parts.append(f"{name} · {places[0]}" if len(places) == 1 else f"{name} · {_schools(len(places))}")
    return "; ".join(parts)


def _schools(count: int) -> str:
    return ngettext("%(num)s school", "%(num)s schools", count)


def zone() -> str:
    """Return the visitor's time zone: that of the first organisation he works for."""
    held = mandates()
    return held[0].organisation.time_zone if held else session.DEFAULT_ZONE.key


def unread() -> int:
    """Return how many notices the visitor has not read."""
    who = session.visitor()
    return notifications.unread_count(db.session(), person_id=who.person.id) if who else 0


def page_url(**changes: Any) -> str:
    """Return the address of this page with some arguments changed; None removes one."""
    arguments = {**(request.view_args or {}), **request.args.to_dict(flat=False), **changes}
    return url_for(request.endpoint or "inbox.index", **{k: v for k, v in arguments.items() if v is not None})


def _context() -> dict[str, Any]:
    who = session.visitor()
    return {
        "visitor": who,
        "locale": str(get_locale()),
        "demo": session.settings().demo,
        "menu": menu,
        "mandate_line": mandate_line,
        "unread": unread,
        "now": session.now,
        "zone": zone,
        "today": lambda: session.today(zone()),
        "has_page": lambda endpoint: endpoint in current_app.view_functions,
    }


def _url_for(endpoint: str, **values: Any) -> str:
    """Return an address as Flask does; those that a page needs most are made once."""
    if len(values) > 1 or not all(type(value) is int for value in values.values()) or "." not in endpoint[1:]:
        return url_for(endpoint, **values)
    return _kept_url(current_app.url_map, request.root_path, endpoint, *values.items())


@lru_cache(maxsize=2000)
def _kept_url(_map: Map, _root: str, endpoint: str, *values: tuple[str, int]) -> str:
    arguments: dict[str, Any] = dict(values)
    return url_for(endpoint, **arguments)


def share_macros(app: Flask) -> None:
    """Make the parts of every page known to every template, once; do this last, they use all filters and globals."""
    app.jinja_env.globals["ui"] = app.jinja_env.get_template("macros/ui.html").module


def init_app(app: Flask) -> None:
    """Give the templates what the frame needs; macros that are read without the page know only globals."""
    app.jinja_env.globals.update(page_url=page_url, url_for=_url_for)
    app.context_processor(_context)
