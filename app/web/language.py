"""Which language a page speaks: what the address asks for, else the person's choice, else the cookie, else Russian."""

from functools import lru_cache
from typing import Any

from flask import Flask, Response, g, has_app_context, request
from flask_babel import Babel, Domain, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.kernel.catalogue import LOCALES, translations
from app.web import session

COOKIE = "lang"
ONE_YEAR = 365 * 24 * 3600


class _Catalogue(Domain):  # type: ignore[misc]  # Flask-Babel is not typed
    """Flask-Babel's view of our catalogue."""

    def get_translations(self) -> Any:
        return translations(_locale())


class _Languages(Babel):  # type: ignore[misc]
    """Flask-Babel that keeps one catalogue instead of reading one for each request."""

    domain_instance = _Catalogue()


def _locale() -> str:
    """Return the locale of the page, asked of Flask-Babel once for a request: a page wants it with every word."""
    if not has_app_context():
        return str(get_locale())
    kept = g._get_current_object()
    if not hasattr(kept, "locale_code"):
        kept.locale_code = str(get_locale())
    return str(kept.locale_code)


@pass_eval_context
def _in_template(place: EvalContext, sentence: str, /, **values: object) -> str:
    """Translate as Jinja's own function does; what has no values in it is made once for each language."""
    if place.autoescape and not values:
        return _marked(_locale(), sentence)
    said = translations(_locale()).ugettext(sentence)
    return (Markup(said) if place.autoescape else said) % values  # noqa: S704  # ours; the values are escaped


@lru_cache(maxsize=4000)
def _marked(locale: str, sentence: str) -> Markup:
    return Markup(translations(locale).ugettext(sentence)) % {}  # noqa: S704  # from our catalogue, as Jinja does


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
    app.jinja_env.globals.update(_=_in_template, gettext=_in_template)
    app.after_request(remember)
