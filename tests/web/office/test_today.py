"""«Сегодня»: each line leads to an action – call, move the date, open the case."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from app.kernel.db import db, unit_of_work
from app.work.deadlines.operations import set_deadline
from app.work.people.models import Person
from app.work.people.roles import Role
from app.work.tasks.models import Task
from tests.region import NOON, ZONE, Region, a_task
from tests.web.conftest import Browser

Opens = Callable[[str], Browser]


def late_task(app: Flask, built: Region, number: int = 0, role: Role = Role.SCHOOL_TEAM) -> int:
    """Return the id of a task that was due yesterday and has its deadline."""
    with app.app_context(), unit_of_work() as unit:
        task = a_task(unit, built.cases[number], role=role, days=-1)
        assert task.due_on is not None
        set_deadline(unit, task=task, due_on=task.due_on, time_zone=ZONE, ladder=(), now=NOON)
        return task.id


def due_on(app: Flask, task_id: int) -> date | None:
    with app.app_context():
        return db.session().get_one(Task, task_id).due_on


@pytest.mark.parametrize("login", ["vera", "clara"])
def test_a_line_offers_to_call_and_to_move_the_date(app: Flask, built: Region, sign_in: Opens, login: str) -> None:
    task_id = late_task(app, built)
    with app.app_context(), unit_of_work() as unit:
        person = unit.get_one(Person, built.people["team"].id)
        person.post, person.phone, person.email = "завуч", "+7 844 123", "team@school.example"

    page = sign_in(login).get("/today").text

    assert f'href="/today/tasks/{task_id}/date"' in page
    assert 'href="tel:+7844123"' in page
    assert 'href="mailto:team@school.example"' in page
    assert "завуч" in page


def test_the_date_is_moved_with_its_reason(app: Flask, built: Region, sign_in: Opens) -> None:
    task_id, browser = late_task(app, built), sign_in("clara")
    path = f"/today/tasks/{task_id}/date"
    assert browser.get(path).status_code == 200

    moved = browser.post(path, {"due_on": "2026-03-20", "reason": "Карантин"})

    assert (moved.status_code, moved.headers["Location"]) == (303, f"/today?cycle={built.cycle.id}")
    assert due_on(app, task_id) == date(2026, 3, 20)
    assert "20 марта" in browser.get(moved.headers["Location"]).text


@pytest.mark.parametrize(
    ("new", "reason"),
    [("2026-03-01", "Карантин"), ("", "Карантин"), ("завтра", "Карантин"), ("3031-01-01", "Карантин")],
)
def test_a_date_that_cannot_be_meant_keeps_what_was_typed(
    app: Flask, built: Region, sign_in: Opens, new: str, reason: str
) -> None:
    task_id, browser = late_task(app, built), sign_in("clara")
    path = f"/today/tasks/{task_id}/date"
    browser.get(path)

    refused = browser.post(path, {"due_on": new, "reason": reason})

    assert refused.status_code == 422
    assert reason in refused.text
    assert f'value="{new}"' in refused.text
    assert due_on(app, task_id) == date(2026, 3, 1)


def test_a_date_is_not_moved_without_a_reason(app: Flask, built: Region, sign_in: Opens) -> None:
    task_id, browser = late_task(app, built), sign_in("clara")
    path = f"/today/tasks/{task_id}/date"
    browser.get(path)

    refused = browser.post(path, {"due_on": "2026-03-20", "reason": "  "})

    assert refused.status_code == 422
    assert 'value="2026-03-20"' in refused.text
    assert due_on(app, task_id) == date(2026, 3, 1)


def test_a_task_of_others_is_not_there(app: Flask, built: Region, sign_in: Opens) -> None:
    task_id, browser = late_task(app, built, number=1), sign_in("clara")
    for path in (f"/today/tasks/{task_id}/date", "/today/tasks/999/date"):
        assert browser.get(path).status_code == 404
        assert browser.post(path, {"due_on": "2026-03-20", "reason": "x"}).status_code == 404
        assert browser.post(path, {"due_on": "", "reason": ""}).status_code == 404
    assert browser.get(f"/today/tasks/{2**31}/date").status_code == 404
    assert due_on(app, task_id) == date(2026, 3, 1)


def test_who_may_not_move_a_date_gets_no_button_and_no_page(app: Flask, built: Region, sign_in: Opens) -> None:
    task_id, browser = late_task(app, built, role=Role.CURATOR), sign_in("boris")
    path = f"/today/tasks/{task_id}/date"

    assert path not in browser.get("/today").text
    assert browser.get(path).status_code == 403
    assert browser.post(path, {"due_on": "2026-03-20", "reason": "x"}).status_code == 403
    assert browser.post(path, {"due_on": "", "reason": ""}).status_code == 403
    assert sign_in("anna").get(path).status_code == 403
