"""Changing the language of the pages."""

from flask import Blueprint, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.kernel.catalogue import LOCALES
from app.kernel.db import unit_of_work
from app.web import session
from app.web.language import set_cookie
from app.web.local_paths import local_path
from app.work.people import operations as people

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
def switch() -> ResponseReturnValue:
    """Keep the choice, for the person and for this device, and go back."""
    locale = request.form.get("locale", "")
    response = make_response(redirect(local_path(request.form.get("next")) or url_for("home.index"), 303))
    if locale in LOCALES:
        who = session.visitor()
        if who:
            with unit_of_work() as unit:
                people.set_locale(unit, person_id=who.person.id, locale=locale, now=session.now())
        set_cookie(response, locale)
    return response
