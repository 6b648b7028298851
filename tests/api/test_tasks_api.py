"""My tasks as JSON: the same as on the page."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.db import unit_of_work
from app.work.people.roles import Role
from tests.conftest import NOON, Clock
from tests.region import PASSWORD, Region, a_region, a_task
from tests.web.conftest import Browser


@pytest.fixture
def built(app: Flask, clock: Clock) -> Region:
    """Return the region with a task for Anna and one for Dora."""
    assert clock.now == NOON
    with app.app_context(), unit_of_work() as unit:
        region = a_region(unit)
        a_task(unit, region.cases[0], role=Role.PRINCIPAL, days=-1)
        a_task(unit, region.cases[1], role=Role.PRINCIPAL)
        return region


def signed_in(app: Flask, login: str) -> FlaskClient:
    browser = Browser(app.test_client())
    browser.get("/login")
    assert browser.post("/login", {"login": login, "password": PASSWORD}).status_code == 303
    return browser.client


def test_a_stranger_is_told_to_sign_in_and_sent_nowhere(client: FlaskClient) -> None:
    answer = client.get("/api/v1/tasks")

    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")


def test_everybody_gets_the_tasks_of_the_page(app: Flask, built: Region) -> None:
    answer = signed_in(app, "anna").get("/api/v1/tasks").get_json()

    assert (answer["total"], answer["page"], answer["pages"]) == (1, 1, 1)
    (task,) = answer["items"]
    assert (task["organisation"], task["is_overdue"], task["due_on"]) == ("МБОУ СОШ № 1", True, "2026-03-01")
    assert task["address"] == f"/tasks/{task['id']}"
    assert signed_in(app, "boris").get("/api/v1/tasks").get_json()["items"] == []


def test_filters_are_those_of_the_page(app: Flask, built: Region) -> None:
    dora = signed_in(app, "dora")

    assert dora.get("/api/v1/tasks?overdue=1").get_json()["total"] == 0
    assert dora.get("/api/v1/tasks?search=анкету").get_json()["total"] == 1


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "page=1000000000", "sort=password", "unknown=1", "search=" + "a" * 101, "overdue=maybe"],
)
def test_a_question_that_makes_no_sense_is_refused(app: Flask, built: Region, query: str) -> None:
    answer = signed_in(app, "anna").get(f"/api/v1/tasks?{query}")

    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")


def test_the_api_describes_itself(client: FlaskClient) -> None:
    described = client.get("/api/openapi.json").get_json()

    assert described["openapi"].startswith("3.1")
    assert "/api/v1/tasks" in described["paths"]
