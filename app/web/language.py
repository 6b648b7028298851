"""Which language a page speaks: what the address asks for, else the person's choice, else the cookie, else Russian."""

from typing import Any

from flask import Flask, Response, request
from flask_babel import Babel, Domain, get_locale

from app.kernel.catalogue import LOCALES, translations
from app.web import session

COOKIE = "lang"
ONE_YEAR = 365 * 24 * 3600


class _Catalogue(Domain):  # type: ignore[misc]  # Flask-Babel is not typed
    """Flask-Babel's view of our catalogue."""

    def get_translations(self) -> Any:
        return translations(str(get_locale()))


class _Languages(Babel):  # type: ignore[misc]
    """Flask-Babel that keeps one catalogue instead of reading one for each request."""

    domain_instance = _Catalogue()


def choose() -> str:
    """Return the locale of the page that is being made."""
    visitor = session.visitor()
    wishes = (request.args.get("lang"), visitor and visitor.person.locale, request.cookies.get(COOKIE))
    return next((wish for wish in wishes if wish in LOCALES), "ru")


def remember(response: Response) -> Response:
    """Keep the language that the address asked for in a cookie; it tells nothing about the person."""
    wish = request.args.get("lang")
    if wish in LOCALES:
        set_cookie(response, wish)
    return response


def set_cookie(response: Response, locale: str) -> None:
    """Keep `locale` for a year on this device."""
    response.set_cookie(COOKIE, locale, max_age=ONE_YEAR, samesite="Lax", httponly=True, secure=request.is_secure)


def init_app(app: Flask) -> None:
    """Give the pages their language."""
    _Languages(app, default_locale="ru", default_timezone="UTC", locale_selector=choose)
    app.after_request(remember)
