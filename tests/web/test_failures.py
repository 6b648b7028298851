"""Headers of every answer and pages of every failure."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.kernel.errors import AppError, Conflict, Invalid, NotAllowed, NotFound, Unavailable
from app.web.headers import POLICY
from tests.web.conftest import Browser


def test_every_page_allows_only_our_own_scripts_and_styles(browser: Browser) -> None:
    headers = browser.get("/login").headers

    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_personal_pages_are_not_kept(signed_in: Callable[[str], Browser]) -> None:
    assert signed_in("anna").get("/tasks").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("kind", "status"),
    [(Invalid, 422), (NotAllowed, 403), (NotFound, 404), (Conflict, 409), (Unavailable, 503)],
)
def test_each_kind_of_failure_has_its_answer(app: Flask, kind: type[AppError], status: int) -> None:
    def fail() -> str:
        raise kind("There is no such page.")

    app.add_url_rule("/fail", view_func=fail)
    answer = app.test_client().get("/fail")

    assert answer.status_code == status
    assert "Такой страницы нет." in answer.text


@pytest.mark.parametrize(
    ("error", "status"),
    [(ZeroDivisionError(), 500), (RecursionError(), 400), (OperationalError("select", {}, Exception("down")), 503)],
)
def test_a_bug_shows_a_number_and_no_trace(app: Flask, error: Exception, status: int) -> None:
    def fail() -> str:
        raise error

    app.testing = False
    app.add_url_rule("/fail", view_func=fail)
    answer = app.test_client().get("/fail", headers={"X-Request-ID": "abc-12345"})

    assert answer.status_code == status
    assert "abc-12345" in answer.text
    assert "Traceback" not in answer.text


def test_the_api_is_answered_in_json(app: Flask) -> None:
    answer = app.test_client().get("/api/nothing")

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("text", ["a\0b", "\x1b[31m", "\x08"])
def test_control_characters_are_refused(year: Flask, text: str) -> None:
    browser = Browser(year.test_client())
    browser.get("/login")

    assert browser.post("/login", {"login": text, "password": "x"}).status_code == 422


def test_a_failed_form_gives_the_typed_text_back(signed_in: Callable[[str], Browser], questionnaire: int) -> None:
    team = signed_in("team")
    team.token = "expired"

    answer = team.post(f"/tasks/{questionnaire}", {"questionnaire_comment": "Важная мысль"})

    assert answer.status_code == 400
    assert "Важная мысль" in answer.text


def test_a_form_that_is_too_large_is_refused(signed_in: Callable[[str], Browser], questionnaire: int) -> None:
    answer = signed_in("team").post(f"/tasks/{questionnaire}", {"questionnaire_comment": "я" * 1_100_000})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path", ["//tasks", "/tasks/1;x=1", "/tasks/%2e%2e", "/%00", "/tasks/-1", "/tasks/99999999999999"]
)
def test_odd_addresses_are_no_bugs(signed_in: Callable[[str], Browser], path: str) -> None:
    assert signed_in("anna").get(path).status_code in {302, 308, 400, 404, 422}


@pytest.mark.parametrize(
    "query", ["page=-1", "page=1e9", "page=99999999999", "q=%27;drop--", "q=%25_", "case=x", "others=0"]
)
def test_odd_filters_of_the_inbox_are_no_bugs(signed_in: Callable[[str], Browser], query: str) -> None:
    assert signed_in("anna").get(f"/tasks?{query}").status_code == 200
