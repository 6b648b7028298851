"""A browser as the bench needs it: keeps cookies, sends the forms that it was shown, to the program or to a server."""

import cProfile
import http.client
import re
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from contextvars import Context
from dataclasses import dataclass, field
from html import unescape
from io import BytesIO
from typing import Protocol
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.test import EnvironBuilder, encode_multipart, run_wsgi_app

from bench.ground import PASSWORD
from bench.measure import Cost, Meter

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')


@dataclass
class Answer:
    """What came back, and what it cost where that can be told for one request."""

    status: int
    headers: list[tuple[str, str]]
    text: str
    cost: Cost


class Line(Protocol):
    """How requests reach the program."""

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send one request and wait for the whole answer."""


@dataclass
class Inside:
    """The program in this process, asked as a server asks it; only its own work is measured."""

    app: Flask
    meter: Meter
    profile: cProfile.Profile | None
    counted: bool = True

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Call the WSGI program."""
        environ = EnvironBuilder(
            path, method=method, headers=Headers(dict(headers)), input_stream=BytesIO(body)
        ).get_environ()
        environ["CONTENT_LENGTH"] = str(len(body))
        with self.meter.measured(counted=self.counted) as cost, self.profile or nullcontext():
            # In a context of its own: what surrounds the measurement must not lend it `g` and the session.
            parts, status, found = Context().run(run_wsgi_app, self.app.wsgi_app, environ, buffered=True)
            answered = b"".join(parts)
        return Answer(int(status.split()[0]), list(found), answered.decode(), cost)


@dataclass
class Wire:
    """A server on a port of this machine, over one connection that stays open as a browser's does."""

    port: int
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send the request over the socket."""
        self.connection.request(method, path, body or None, dict(headers))
        response = self.connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read().decode(), Cost())


@dataclass
class Browser:
    """Keeps cookies, sends the forms that it was shown."""

    line: Line
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._send("GET", path, {}, b"")

    def post(self, path: str, fields: Iterable[tuple[str, str]]) -> Answer:
        """Send a form, as browsers do with one that may hold files."""
        boundary, body = encode_multipart(MultiDict(fields))
        return self._send("POST", path, {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body)

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.line.send(method, path, {"Host": "localhost", "Cookie": cookie, **headers}, body)
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                kept, _equals, text = value.partition(";")[0].partition("=")
                self.cookies[kept] = text
        return answer

    def sign_in(self, login: str) -> None:
        """Go through the login page."""
        fields = [*hidden(self.get("/login").text), ("login", login), ("password", PASSWORD)]
        expect(self.post("/login", fields), 303)


def hidden(page: str) -> list[tuple[str, str]]:
    """Return the hidden fields of a page's own form: of the task's, else of the first within <main>."""
    form = page[max(page.find("<main"), page.find("data-draft=")) :]
    return [(name, unescape(value)) for name, value in _HIDDEN.findall(form[: form.find("</form>")])]


def expect(answer: Answer, status: int) -> Answer:
    """Return the answer, which must have this status."""
    if answer.status != status:
        raise AssertionError(f"{answer.status} instead of {status}: {answer.text[:2000]}")
    return answer


def location(answer: Answer) -> str:
    """Return the path that an answer sends the browser on to."""
    address = urlsplit(next(value for name, value in answer.headers if name.lower() == "location"))
    return f"{address.path}?{address.query}" if address.query else address.path
