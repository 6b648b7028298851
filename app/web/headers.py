"""Headers of every answer: what the browser may load, and what nobody may keep."""

import re
import uuid

from flask import Flask, Response, abort, current_app, g, request

from app.kernel.errors import Invalid
from app.kernel.i18n import _
from app.web import session

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
# What a proxy in front may call the request; anything else could write into our log.
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
# C0 controls other than tab, line feed and carriage return: no keyboard types them, PostgreSQL refuses the first.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


class Unreadable(Invalid):
    """The request holds characters that nobody types."""


def number_request() -> None:
    """Give the request a number that the log, the answer and the failure page share."""
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex[:12]


def refuse_unreadable() -> None:
    """Refuse control characters before any page reads them.

    Raises:
        Unreadable: a field or the address holds one.
    """
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    if any(_UNREADABLE.search(text) for pair in pairs for text in pair) or "\x00" in request.path:
        raise Unreadable(
            _("The text holds characters that cannot be read. Type it again or paste it without formatting.")
        )


def refuse_oversized() -> None:
    """Refuse a form without files that is larger than any text that people type; Werkzeug limits only the others."""
    plain = request.mimetype == "application/x-www-form-urlencoded"
    if plain and (request.content_length or 0) > current_app.config["MAX_FORM_MEMORY_SIZE"]:
        abort(413)


def protect(response: Response) -> Response:
    """Add the security headers; a page of a signed-in person is not kept anywhere."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    headers["X-Request-ID"] = g.get("request_id", "-")
    if request.endpoint != "static" and (session.visitor() or response.status_code >= 400):
        headers["Cache-Control"] = "no-store"
    return response


def init_app(app: Flask) -> None:
    """Put the hooks in place."""
    app.before_request(number_request)
    app.before_request(refuse_oversized)
    app.before_request(refuse_unreadable)
    app.after_request(protect)
