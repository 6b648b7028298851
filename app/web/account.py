"""My account: language, password, what I may act as."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.kernel.db import db, unit_of_work
from app.web import frame, session
from app.web.failures import translated
from app.web.limits import limiter
from app.work.people import operations as people
from app.work.people.rules import TooManyGuesses, WeakPassword, WrongCredentials

blueprint = Blueprint("account", __name__)

SHOWN_MANDATES = 20


@blueprint.get("/account")
def index() -> ResponseReturnValue:
    """Show the account."""
    return _page({})


@blueprint.post("/account/password")
@limiter.limit("300/minute")
def change_password() -> ResponseReturnValue:
    """Change the password; every login made with the old one ends, this device signs in anew."""
    who = session.person()
    login, person_id = who.login, who.id
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    try:
        people.check_password(db.session(), login=login, password=old, now=session.now())
    except WrongCredentials:
        with unit_of_work() as unit:
            people.count_wrong_guess(unit, login=login, now=session.now())
        return _page({"old": _("This is not your present password.")}), 422
    except TooManyGuesses as error:
        return _page({"old": translated(error)}), 429
    if new != again:
        return _page({"again": _("The two new passwords differ. Type the same one twice.")}), 422
    try:
        with unit_of_work() as unit:
            people.set_password(unit, person_id=person_id, password=new, now=session.now(), actor_id=person_id)
            token = people.log_in(unit, login=login, password=new, now=session.now())
    except WeakPassword as error:
        return _page({"new": translated(error)}), 422
    session.begin(token)
    flash(_("The password is changed. Other devices are signed out."))
    return redirect(url_for("account.index"), 303)


def _page(errors: dict[str, str]) -> str:
    held = frame.mandates()
    more = len(held) - SHOWN_MANDATES
    return render_template("account.html", errors=errors, mandates=held[:SHOWN_MANDATES], more=more)
