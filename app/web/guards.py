"""Who may enter a group of pages. Each blueprint is registered with one guard; a test proves that every route has one.

A guard lets pass (None), answers itself (the way to the login page) or raises NotAllowed. Whether a person may see one
particular thing is asked of the rooms, and a foreign thing is answered like one that does not exist.
"""

import json
from collections.abc import Callable

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from app.kernel.errors import NotAllowed
from app.kernel.i18n import _
from app.web import session
from app.web.local_paths import local_path
from app.work.people.roles import Role

Guard = Callable[[], ResponseReturnValue | None]

# Pages whose forms hold passwords.
_SECRET = frozenset({"account", "login"})


def public() -> None:
    """Let everybody in."""


def signed_in() -> ResponseReturnValue | None:
    """Let in whoever is signed in; show the login page to others and keep what they typed."""
    return None if session.visitor() else ask_to_sign_in()


def holds(*roles: Role) -> Guard:
    """Return a guard for those who hold one of `roles` anywhere."""

    def guard() -> ResponseReturnValue | None:
        who = session.visitor()
        if who is None:
            return ask_to_sign_in()
        if not any(who.signed_in.actor.holds(role) for role in roles):
            raise NotAllowed(_("This page is for people with another mandate. Ask your administrator if you need it."))
        return None

    return guard


def ask_to_sign_in() -> ResponseReturnValue:
    """Answer somebody who is not signed in (any more)."""
    if wants_fragment():
        return "", 401
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("login.form", next=request.full_path.rstrip("?")))
    resume = resumable(request.path)
    kept = json.dumps(typed(), ensure_ascii=False) if resume else ""
    return render_template("login.html", error=None, login="", next="", resume=resume, typed=kept), 401


def wants_fragment() -> bool:
    """Say whether a script asks for a part of a page (it must not get a whole login page into it)."""
    return "HX-Request" in request.headers or request.headers.get("X-Requested-With") == "fetch"


def resumable(path: str | None) -> str:
    """Return the path if it is the form of a task, else nothing.

    Any site can send a form here while nobody is signed in; only one that is shown again before it does anything may be
    offered after signing in.
    """
    path = local_path(path)
    if path is None:
        return ""
    try:
        endpoint, _values = current_app.url_map.bind("").match(path, method="POST")
    except (HTTPException, RoutingException):
        return ""
    return path if endpoint == "tasks.act" else ""


def typed() -> list[tuple[str, str]]:
    """Return what was typed into the form that could not be taken, without tokens and secrets.

    Forms that hold a password are never given back, whatever their fields are called; a form of no known page neither.
    """
    if request.endpoint is None or request.blueprint in _SECRET:
        return []
    return [
        (name, text)
        for name, text in request.form.items(multi=True)
        if name != "csrf_token" and "password" not in name.lower()
    ]


def register(app: Flask, blueprint: Blueprint, *, guard: Guard) -> None:
    """Add a group of pages behind its guard."""
    app.register_blueprint(blueprint)
    guard_blueprint(app, blueprint.name, guard)


def guard_blueprint(app: Flask, name: str, guard: Guard) -> None:
    """Put `guard` before every route of a blueprint that is registered already."""
    app.before_request_funcs.setdefault(name, []).insert(0, guard)
    app.extensions.setdefault("guards", {})[name] = guard
