"""Signing in and out."""

import json

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.kernel.db import db, unit_of_work
from app.kernel.texts import is_writable
from app.web import guards, session
from app.web.failures import translated
from app.web.limits import limiter
from app.web.local_paths import local_path
from app.work.people import operations as people
from app.work.people.rules import TooManyGuesses, WrongCredentials

blueprint = Blueprint("login", __name__)


@blueprint.get("/login")
def form() -> ResponseReturnValue:
    """Show the form, or go on where somebody is signed in already."""
    next_page = local_path(request.args.get("next"))
    if session.visitor():
        return redirect(next_page or url_for("home.index"))
    return _page(next_page=next_page)


@blueprint.post("/login")
@limiter.limit("300/minute")
def sign_in() -> ResponseReturnValue:
    """Let somebody in, or say once more that it did not fit, never which of the two it was."""
    next_page = local_path(request.form.get("next"))
    login, password = request.form.get("login", ""), request.form.get("password", "")
    try:
        with unit_of_work() as unit:
            token = people.log_in(unit, login=login, password=password, now=session.now())
    except WrongCredentials as error:
        with unit_of_work() as unit:
            people.count_wrong_guess(unit, login=login, now=session.now())
        return _page(error=translated(error), next_page=next_page), 401
    except TooManyGuesses as error:
        return _page(error=translated(error), next_page=next_page), 429
    session.begin(token)
    typed = _typed()
    resume = guards.resumable(request.form.get("resume"))
    if resume and typed:
        return render_template("resume.html", address=resume, typed=typed)
    return redirect(next_page or resume or url_for("home.index"), 303)


@blueprint.post("/logout")
def out() -> ResponseReturnValue:
    """End the login here and on the server."""
    token = session.end()
    if token:
        with unit_of_work() as unit:
            people.log_out(unit, token=token, now=session.now())
    flash(_("You have signed out."))
    return redirect(url_for("login.form"), 303)


def _typed() -> list[tuple[str, str]]:
    """Return what was typed before the login ended, carried through this page."""
    try:
        pairs = json.loads(request.form.get("typed", "[]"))
        texts = [(str(name), str(text)) for name, text in pairs]
    except (ValueError, TypeError, RecursionError):
        return []
    return [pair for pair in texts if all(map(is_writable, pair))]


def _page(*, error: str = "", next_page: str | None = None) -> str:
    db.session.rollback()
    return render_template(
        "login.html",
        error=error,
        login=request.form.get("login", ""),
        next=next_page or "",
        resume=guards.resumable(request.form.get("resume")),
        typed=request.form.get("typed", ""),
    )
