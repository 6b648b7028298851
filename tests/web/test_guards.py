"""Who may enter: every route has a guard, every change needs a token, strangers find nothing."""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.web.conftest import Browser

OUTSIDE = {"static"}


def _path(rule: Rule) -> str:
    path = rule.rule
    for argument in rule.arguments:
        converter = type(rule._converters[argument]).__name__
        value = "999999" if converter == "IntegerConverter" else "nothing"
        path = path.replace(f"<int:{argument}>", value).replace(f"<{argument}>", value)
        path = path.replace(f"<path:{argument}>", value).replace(f"<string:{argument}>", value)
    return path


def test_every_route_has_a_guard(app: Flask) -> None:
    guards = app.extensions["guards"]

    bare = [r.endpoint for r in app.url_map.iter_rules() if r.endpoint.split(".")[0] not in guards]

    assert set(bare) <= OUTSIDE


def test_every_page_behind_a_guard_asks_a_stranger_to_sign_in(app: Flask, browser: Browser) -> None:
    guards = app.extensions["guards"]
    open_ones = {name for name, guard in guards.items() if guard.__name__ == "public"} | OUTSIDE

    let_in = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in open_ones or "GET" not in (rule.methods or set()):
            continue
        response = browser.client.get(_path(rule))
        if not (response.status_code in {302, 401} or response.status_code == 404):
            let_in.append(rule.endpoint)
        if response.status_code == 302:
            assert response.headers["Location"].startswith("/login?next=")

    assert let_in == []


def test_every_change_needs_the_token_of_its_page(app: Flask, browser: Browser) -> None:
    accepted = []
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
            response = browser.client.open(_path(rule), method=method)
            if response.status_code not in {400, 401, 403, 404, 405}:
                accepted.append((rule.endpoint, method, response.status_code))

    assert accepted == []


@pytest.mark.parametrize("path", ["/cases/1", "/cases/1/history", "/cases/1/documents/1", "/tasks/1", "/tasks/2"])
def test_another_school_finds_nothing_of_school_1(signed_in: Callable[[str], Browser], path: str) -> None:
    dora = signed_in("dora")

    assert dora.get(path).status_code == 404


def test_another_school_cannot_act_on_a_task_of_school_1(
    signed_in: Callable[[str], Browser], questionnaire: int
) -> None:
    dora = signed_in("dora")

    answers = [
        dora.post(f"/tasks/{questionnaire}{act}").status_code
        for act in ("", "/draft", "/claim", "/release", "/remarks")
    ]

    assert answers == [404, 404, 404, 404, 404]
