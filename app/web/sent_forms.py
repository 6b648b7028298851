"""Reads the forms that browsers send.

A browser invents a new boundary with each form, and Werkzeug compiles regular expressions for it, which costs more
than reading the form. Small forms are therefore read under one boundary of our own, which nobody outside knows.
"""

import secrets
from io import BytesIO
from typing import Any

from flask import Flask, Request
from werkzeug.formparser import FormDataParser

# What is larger brings files and costs time anyway.
SMALL = 64 * 1024
_BOUNDARY = secrets.token_hex(20)


class _Parser(FormDataParser):
    def parse(
        self, stream: Any, mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> Any:
        """Read the form as Werkzeug does."""
        given = (options or {}).get("boundary", "")
        if mimetype == "multipart/form-data" and given.isascii() and 0 < (content_length or 0) <= SMALL:
            body = stream.read()
            if _is_as_browsers_write(body, given.encode()):
                body = body.replace(given.encode(), _BOUNDARY.encode())
                options = {**(options or {}), "boundary": _BOUNDARY}
            stream, content_length = BytesIO(body), len(body)
        return super().parse(stream, mimetype, content_length, options)


def _is_as_browsers_write(body: bytes, boundary: bytes) -> bool:
    """Say whether the boundary stands nowhere but in delimiters; everything else is read with its own boundary."""
    first, between, last = b"--%b\r\n" % boundary, b"\r\n--%b\r\n" % boundary, b"\r\n--%b--" % boundary
    delimiters = body.startswith(first) + body.count(between) + body.rstrip().endswith(last)
    return bool(boundary) and delimiters == body.count(boundary)


class SentForm(Request):
    """A request whose form is read quickly."""

    form_data_parser_class = _Parser


def init_app(app: Flask) -> None:
    """Read forms this way."""
    app.request_class = SentForm
