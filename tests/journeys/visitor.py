"""A person with a browser without JavaScript: reads pages, fills in the forms that are really there, sends them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import has_app_context
from flask.testing import FlaskClient
from lxml import html
from werkzeug.datastructures import MultiDict

PASSWORD = "vekha-demo"
Pairs = list[tuple[str, Any]]


@dataclass(frozen=True)
class File:
    """A file on the person's disk."""

    name: str
    content: bytes


PDF = File("Приказ 41-о.pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
PNG = File("Семинар.png", b"\x89PNG\r\n\x1a\n" + bytes(64))


@dataclass
class Form:
    """One form of a page; what stands in it is what the browser would send."""

    element: Any
    base: str

    @property
    def action(self) -> str:
        """Return the path that it is sent to."""
        return str(urljoin(self.base, self.element.get("action") or self.base))

    @property
    def names(self) -> set[str]:
        """Return the names of everything that can be filled in or ticked."""
        return set(self.element.xpath(".//input/@name | .//select/@name | .//textarea/@name"))

    def buttons(self) -> dict[str, str]:
        """Return the named buttons and their values."""
        return {button.get("name"): button.get("value", "") for button in self.element.xpath(".//button[@name]")}

    def pairs(self) -> Pairs:
        """Return what the browser sends when a button without a name is pressed; files come besides."""
        return [(name, value or "") for name, value in self.element.form_values()]

    def has(self, name: str) -> bool:
        """Say whether there is something of this name to fill in."""
        return name in self.names

    def put(self, name: str, value: Any) -> None:
        """Type or choose; a choice that is not offered and a field that is not there are failures.

        Args:
            name: of the field.
            value: a text, a number, True or False for a tick, a list of codes for several ticks.
        """
        assert self.has(name), f"There is no field “{name}” on {self.base}; there are {sorted(self.names)}"
        inputs = self.element.xpath(".//*[@name=$name]", name=name)
        kind = inputs[0].get("type") if inputs[0].tag == "input" else inputs[0].tag
        if kind == "radio":
            self._tick(inputs, {str(value)}, offered=True)
        elif kind == "checkbox":
            wanted = {"true"} if value is True else set() if value is False else {str(v) for v in value}
            self._tick(inputs, wanted, offered=True)
        elif kind == "select":
            self._choose(inputs[0], str(value), name)
        elif kind == "textarea":
            inputs[0].text = typed(value)
        else:
            assert kind != "file", f"“{name}” takes files"
            inputs[0].set("value", typed(value))

    def _tick(self, inputs: Sequence[Any], wanted: set[str], *, offered: bool) -> None:
        values = {box.get("value") for box in inputs}
        assert not offered or wanted <= values, f"{wanted - values} is not among {values} on {self.base}"
        for box in inputs:
            box.attrib.pop("checked", None)
            if box.get("value") in wanted:
                box.set("checked", "checked")

    def _choose(self, select: Any, value: str, name: str) -> None:
        options = {option.get("value"): option for option in select.xpath(".//option")}
        assert value in options, f"“{value}” is not offered for “{name}” on {self.base}; there are {sorted(options)}"
        for option in options.values():
            option.attrib.pop("selected", None)
        options[value].set("selected", "selected")


def typed(value: Any) -> str:
    """Return what a person in Russia types."""
    if value is None:
        return ""
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)


@dataclass
class Page:
    """What a request was answered with."""

    path: str
    status: int
    text: str
    root: Any = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.root = html.fromstring(self.text) if self.text.strip() else html.fromstring("<html></html>")

    def form(self, action: str) -> Form:
        """Return the form that is sent to a path that ends so."""
        forms = [Form(element, self.path) for element in self.root.xpath("//form")]
        found = [form for form in forms if urlsplit(form.action).path.endswith(action)]
        assert found, f"No form for {action} on {self.path}; there are {[form.action for form in forms]}"
        return found[0]

    def has_form(self, action: str) -> bool:
        """Say whether there is a form that is sent to a path that ends so."""
        return any(urlsplit(path).path.endswith(action) for path in self.root.xpath("//form/@action"))

    def links(self) -> list[str]:
        """Return where the page leads within the site, without places inside a page."""
        return sorted({link.partition("#")[0] for link in self.root.xpath("//a/@href") if link.startswith("/")})

    @property
    def words(self) -> str:
        """Return the visible text, with single spaces."""
        main = self.root.xpath("//main") or [self.root]
        return " ".join(" ".join(main[0].itertext()).split())

    @property
    def errors(self) -> list[str]:
        """Return what the page asks to mend."""
        found = self.root.xpath("//*[contains(@class, 'error-summary') or contains(@class, 'field-error')]")
        return [" ".join(" ".join(element.itertext()).split()) for element in found]


@dataclass
class Visitor:
    """Somebody who is signed in."""

    client: FlaskClient
    login: str

    def sign_in(self, *, password: str = PASSWORD) -> Page:
        """Fill in the login page."""
        form = self.get("/login").form("/login")
        form.put("login", self.login)
        form.put("password", password)
        page = self.post(form)
        assert self.client.get_cookie("vekha") is not None
        assert page.status == 200, page.words
        return page

    def get(self, path: str, *, status: int = 200) -> Page:
        """Open a page, following the way on."""
        page = self._answered("GET", path)
        assert page.status == status, f"{self.login}: {path} answered {page.status}: {page.words[:300]}"
        return page

    def post(
        self, form: Form, *, button: tuple[str, str] | None = None, files: Mapping[str, Iterable[File]] | None = None
    ) -> Page:
        """Send a form as the browser does and follow the way on."""
        return self.post_pairs(form.action, form.pairs() + ([button] if button else []), files=files)

    def post_pairs(self, path: str, pairs: Pairs, *, files: Mapping[str, Iterable[File]] | None = None) -> Page:
        """Send anything to a path, as a form, and follow the way on."""
        data: MultiDict[str, Any] = MultiDict(pairs)
        for name, chosen in (files or {}).items():
            for file in chosen:
                data.add(name, (BytesIO(file.content), file.name))
        kind = "multipart/form-data" if files else "application/x-www-form-urlencoded"
        return self._answered("POST", path, data=data, content_type=kind)

    def status(self, path: str) -> int:
        """Return how a path is answered at once, whatever it is: a page, a file, the way to another page."""
        _alone()
        with self.client.get(path) as response:
            return response.status_code

    def _answered(self, method: str, path: str, **sent: Any) -> Page:
        _alone()
        with self.client.open(path, method=method, follow_redirects=True, **sent) as response:
            return Page(_path(response), response.status_code, response.get_data(as_text=True))


def _path(response: Any) -> str:
    """Return the path of the last request: the types of Flask do not know that a test's answer has it."""
    return str(response.request.path)


def _alone() -> None:
    """Refuse to ask inside somebody's application context: the answer would know who asked before."""
    assert not has_app_context(), "Leave the session first, then ask for pages."
