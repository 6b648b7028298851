"""One table: how each kind of failure is answered."""

import logging
from collections.abc import Mapping

from flask import Flask, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from app.kernel.db import db
from app.kernel.errors import AppError, Conflict, Invalid, NotAllowed, NotFound, Unavailable
from app.kernel.i18n import _
from app.web import guards, session

log = logging.getLogger(__name__)

STATUS: dict[type[AppError], int] = {Invalid: 422, NotAllowed: 403, NotFound: 404, Conflict: 409, Unavailable: 503}

TITLES = {
    400: _("The request cannot be read"),
    401: _("Please sign in"),
    403: _("You have no mandate for this"),
    404: _("There is no such page"),
    405: _("The page does not do that"),
    409: _("Something has changed meanwhile"),
    413: _("That is too much at once"),
    415: _("This kind of file is not taken"),
    422: _("This cannot be accepted"),
    429: _("Too many attempts"),
    500: _("Something went wrong on our side"),
    503: _("This does not answer just now"),
}

SENTENCES = {
    400: _("Go back, reload the page and try again."),
    404: _("The address is wrong, or the thing was removed, or it belongs to another school."),
    405: _("Go back to the page you came from and use its buttons."),
    413: _("The file or the text is larger than allowed. Send it in parts."),
    429: _("Wait a minute and try again."),
    500: _(
        "It has been written down and will be looked at. What you typed is below, if there was anything. "
        "Try again later."
    ),
    503: _("Wait a minute and try again. What you typed is below, if there was anything."),
}


def translated(error: AppError) -> str:
    """Return the sentence of a failure in the reader's language."""
    return in_words(error.message, error.params)


def in_words(sentence: str, params: Mapping[str, object]) -> str:
    """Return a sentence with its values in the reader's language; values may be sentences or failures themselves."""
    said = gettext(sentence)
    return said % {name: _value(value) for name, value in params.items()} if params else said


def _value(value: object) -> object:
    if isinstance(value, AppError):
        return translated(value)
    return gettext(value) if isinstance(value, str) and value else value


def status_of(error: AppError) -> int:
    """Return the HTTP status of a failure."""
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


def _expected(error: AppError) -> ResponseReturnValue:
    if isinstance(error, session.NotSignedIn):
        return guards.ask_to_sign_in()
    return answer(status_of(error), translated(error))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    return answer(error.code)


def _csrf(error: CSRFError) -> ResponseReturnValue:
    """A form older than its session: sign in again, or send it once more, but never lose the text."""
    if session.visitor() is None and request.endpoint != "login.form":
        return guards.ask_to_sign_in()
    return answer(400, gettext("This page was open for too long. Go back, reload it and try again."))


def _unavailable(error: OperationalError) -> ResponseReturnValue:
    log.exception("The database did not answer, request %s", g.get("request_id", "-"), exc_info=error)
    return _answer_anyhow(503)


def _bug(error: Exception) -> ResponseReturnValue:
    log.exception("Request %s failed", g.get("request_id", "-"), exc_info=error)
    return _answer_anyhow(400 if isinstance(error, RecursionError) else 500)


def answer(status: int, sentence: str = "") -> ResponseReturnValue:
    """Return the page (or the JSON, for the API) of a failure."""
    title = gettext(TITLES.get(status, TITLES[500 if status >= 500 else 400]))
    text = sentence or gettext(SENTENCES.get(status, SENTENCES[400]))
    number = g.get("request_id", "-")
    if request.path.startswith("/api/"):
        response = make_response(jsonify(status=status, title=title, detail=text, request_id=number), status)
        response.content_type = "application/problem+json"
        return response
    template = "failure/fragment.html" if guards.wants_fragment() else "failure/page.html"
    return render_template(template, status=status, title=title, sentence=text, number=number, typed=_typed()), status


def _answer_anyhow(status: int) -> ResponseReturnValue:
    """Answer a failure of our own, which may have broken what the page itself needs (the database, the frame)."""
    try:
        db.session.rollback()
        return answer(status)
    except Exception:
        log.exception("Request %s: its failure page failed too", g.get("request_id", "-"))
        return _BARE.format(number=escape(g.get("request_id", "-"))), status


_BARE = """<!doctype html><html lang="ru"><meta charset="utf-8"><title>Веха</title>
<h1>Сейчас не получилось</h1><p>Подождите минуту и попробуйте ещё раз. Номер обращения: {number}</p>
<p lang="en">This did not work just now. Wait a minute and try again. Number of the request: {number}</p></html>"""


def _typed() -> list[tuple[str, str]]:
    """Return the longer texts of the form that failed: a person can copy them."""
    return [(name, text) for name, text in guards.typed() if name not in {"command_key", "next"} and text.strip()]


def init_app(app: Flask) -> None:
    """Put the table in force."""
    app.jinja_env.globals["in_words"] = in_words
    app.register_error_handler(AppError, _expected)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(Exception, _bug)
