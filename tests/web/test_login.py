"""Signing in and out, and what happens to text when a login ends."""

from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from app.web.guards import resumable
from app.web.local_paths import local_path
from tests.conftest import Clock
from tests.region import PASSWORD
from tests.web.conftest import Browser, hidden


def test_a_wrong_login_and_a_wrong_password_are_told_in_the_same_words(year: Flask) -> None:
    browser = Browser(year.test_client())
    browser.get("/login")

    unknown = browser.post("/login", {"login": "nobody", "password": PASSWORD})
    wrong = browser.post("/login", {"login": "anna", "password": "something else"})

    assert unknown.status_code == wrong.status_code == 401
    assert "Неверный логин или пароль." in unknown.text
    assert unknown.text.replace("nobody", "").count("Неверный") == wrong.text.replace("anna", "").count("Неверный")


@pytest.mark.parametrize(
    "wish",
    [
        "//evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\\evil.example",
        "\\\\evil",
        "",
        "tasks",
        "/a\nb",
    ],
)
def test_a_foreign_address_is_nobodys_next_page(wish: str) -> None:
    assert local_path(wish) is None


def test_signing_in_goes_on_to_the_page_that_was_asked_for(year: Flask) -> None:
    browser = Browser(year.test_client())
    asked = browser.get("/cases/1")
    browser.get(asked.headers["Location"])

    response = browser.post("/login", {"login": "anna", "password": PASSWORD, "next": "/cases/1"})

    assert response.headers["Location"] == "/cases/1"


def test_signing_out_ends_the_login_on_the_server_too(signed_in: Callable[[str], Browser]) -> None:
    anna = signed_in("anna")
    stolen = anna.client.get_cookie("vekha")
    assert stolen is not None

    anna.post("/logout")
    anna.client.set_cookie("vekha", stolen.value)

    assert anna.get("/tasks").status_code == 302


def test_an_idle_login_ends_and_keeps_what_was_typed(
    signed_in: Callable[[str], Browser], clock: Clock, questionnaire: int
) -> None:
    team = signed_in("team")
    clock.advance(minutes=61)

    late = team.post(f"/tasks/{questionnaire}", {"questionnaire_comment": "Важная мысль"})
    team.token = hidden(late.text, "csrf_token")
    typed, resume = unescape(hidden(late.text, "typed")), hidden(late.text, "resume")
    again = team.post("/login", {"login": "team", "password": PASSWORD, "typed": typed, "resume": resume})
    team.token = hidden(again.text, "csrf_token")
    team.post(f"/tasks/{questionnaire}", {"questionnaire_comment": "Важная мысль", "_restore": "1"})

    assert late.status_code == 401
    assert "Важная мысль" in again.text
    assert "Важная мысль" in team.get(f"/tasks/{questionnaire}").text


@pytest.mark.parametrize(
    "typed",
    ['[["a", "\\ud800"]]', '[["\\udc00", "b"]]', "[" * 50_000, '{"a": 1}', '[["a"]]', "7"],
    ids=lambda v: v[:12],
)
def test_text_that_cannot_be_read_again_is_left_out(year: Flask, typed: str) -> None:
    browser = Browser(year.test_client())
    browser.get("/login")

    sent = {"login": "anna", "password": PASSWORD, "typed": typed, "resume": "/tasks/1"}

    assert browser.post("/login", sent).status_code == 303


def test_a_password_is_never_written_back(
    signed_in: Callable[[str], Browser], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = signed_in("anna")
    secret = {"old": PASSWORD + "-secret", "new": "очень-secret", "again": "очень-secret", "Password2": "x-secret"}

    def fail(*_anything: object) -> bool:
        raise RuntimeError("broken")

    monkeypatch.setattr("app.web.account.people.check_password", fail)
    answers = [anna.post("/account/password", secret)]
    answers.append(anna.post("/login", {"login": "anna", "password": "a-secret", "new": "b-secret", "csrf_token": "x"}))
    answers.append(anna.post("/tasks/1", {"my_PASSWORD": "c-secret", "csrf_token": "x"}))
    clock.advance(minutes=61)
    answers.append(anna.post("/account/password", secret))

    assert [answer.status_code for answer in answers] == [500, 400, 400, 401]
    assert not [answer.text for answer in answers if "-secret" in answer.text]


def test_a_form_of_another_site_is_not_offered_after_signing_in(year: Flask) -> None:
    browser = Browser(year.test_client())
    for path in ("/people/3/disable", "/tasks/1/claim", "/language"):
        sent = browser.client.post(path, data={"reason": "чужое"})
        assert (hidden(sent.text, "resume"), "чужое" in sent.text) == ("", False), path
    browser.get("/login")
    typed = '[["reason", "чужое"]]'

    answer = browser.post(
        "/login", {"login": "anna", "password": PASSWORD, "typed": typed, "resume": "/people/3/disable"}
    )

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    ("path", "kept"),
    [("/tasks/7", "/tasks/7"), *((odd, "") for odd in ("//tasks/7", "tasks/7", "/tasks/7?a=b", "/tasks/x", "", None))],
)
def test_only_the_form_of_a_task_can_be_resumed(app: Flask, path: str | None, kept: str) -> None:
    with app.app_context():
        assert resumable(path) == kept


def test_a_script_is_told_401_and_gets_no_page(year: Flask) -> None:
    answer = year.test_client().get("/tasks", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.text) == (401, "")


def test_the_language_is_kept(signed_in: Callable[[str], Browser]) -> None:
    anna = signed_in("anna")

    anna.post("/language", {"locale": "en", "next": "/tasks"})

    assert "My tasks" in anna.get("/tasks").text
    assert "Мои задания" in anna.get("/tasks?lang=ru").text


def test_a_new_password_needs_the_old_one(signed_in: Callable[[str], Browser]) -> None:
    anna = signed_in("anna")
    new = {"new": "три простых слова", "again": "три простых слова"}

    refused = anna.post("/account/password", {"old": "wrong", **new})
    changed = anna.post("/account/password", {"old": PASSWORD, **new})

    assert refused.status_code == 422
    assert changed.status_code == 303
    assert anna.get("/tasks").status_code == 200


def test_guessing_the_present_password_is_slowed_down(signed_in: Callable[[str], Browser], clock: Clock) -> None:
    anna = signed_in("anna")
    new = {"new": "корова на крыше 7", "again": "корова на крыше 7"}

    answers = [anna.post("/account/password", {"old": f"guess {number}", **new}).status_code for number in range(6)]

    assert answers == [422] * 5 + [429]
    assert anna.post("/account/password", {"old": PASSWORD, **new}).status_code == 429
    clock.advance(minutes=1)
    assert anna.post("/account/password", {"old": PASSWORD, **new}).status_code == 303
