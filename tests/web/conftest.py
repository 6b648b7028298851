"""A region with one school whose diagnosis runs, and browsers in which its people are signed in."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.factory import create_app
from app.kernel.db import db, unit_of_work
from app.kernel.settings import Settings
from app.programme.processes.acts import start_process
from app.programme.processes.data import data_of
from app.studio.files import files_below
from app.studio.operations import deploy
from app.work.tasks.models import Task
from tests.conftest import NOON, Clock
from tests.databases import Databases, make_databases, migrate
from tests.region import PASSWORD, a_region

# What the pages here need of all that is shipped: comparing every diagram takes seconds.
SHIPPED = tuple(
    Path(name)
    for name in (
        "workflows/bpmn/diagnose.bpmn",
        "workflows/bpmn/consult.bpmn",
        "workflows/dmn/risk_level.dmn",
        "forms/diagnose",
        "forms/consult",
        "forms/plan",
    )
)
FACTOR = {
    "code": "staff",
    "name": "Дефицит кадров",
    "name_en": "Staff shortage",
    "indicators": [
        {
            "code": "vacancies",
            "name": "Доля незанятых ставок",
            "name_en": "Vacancies",
            "unit": "%",
            "source": "statistics",
            "medium_from": 5,
            "high_from": 15,
            "higher_is_worse": True,
        }
    ],
}
TERMS = {
    "questionnaire_remind": "2026-03-10",
    "questionnaire_due": "2026-03-20",
    "visit_due": "2026-03-25",
    "min_coverage_percent": 60,
}


@dataclass
class Browser:
    """A browser without JavaScript: it sends the form that it was shown, with its hidden fields."""

    client: FlaskClient
    token: str = field(default="")

    def get(self, path: str, **more: str) -> TestResponse:
        """Open a page and remember the token of its forms."""
        response = self.client.get(path, headers=more)
        self.token = hidden(response.text, "csrf_token") or self.token
        return response

    def post(self, path: str, data: Mapping[str, object] | None = None, **more: str) -> TestResponse:
        """Send a form of the page that was opened last."""
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})}, headers=more)


def hidden(page: str, name: str) -> str:
    """Return the value of the first hidden input of that name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


@pytest.fixture(scope="session")
def years(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Return the maker of databases with a region in them; its processes are deployed once for all tests."""
    folder = tmp_path_factory.mktemp("years")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")

    def prepare(url: str) -> None:
        migrate(url)
        made = create_app(Settings(database_url=url, data_dir=folder, secret_key="only-for-tests"))
        with made.app_context():
            with unit_of_work() as unit:
                _begin_year(unit)
            db.session.remove()
            db.engine.dispose()

    made = make_databases(folder / "databases", worker=f"{worker}_year", prepare=prepare)
    yield made
    made.close()


def _begin_year(unit: Session) -> None:
    deploy(unit, files=files_below(SHIPPED), actor_id=None, now=NOON)
    region = a_region(unit)
    region.cycle.factors = [FACTOR]
    region.cycle.calendar = {**region.cycle.calendar, **TERMS}
    case = region.cases[0]
    start_process(unit, process_key="diagnose", about=case, data=data_of(case), actor_id=None, now=NOON)


@pytest.fixture
def year(years: Databases, settings: Settings, clock: Clock) -> Iterator[Flask]:
    """Return the program with a region in it; diagnosis runs in School 1."""
    years.renew()
    made = create_app(replace(settings, database_url=years.url))
    made.testing = True
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Return a browser in which nobody is signed in."""
    return Browser(app.test_client())


@pytest.fixture
def signed_in(year: Flask) -> Callable[[str], Browser]:
    """Return what opens a browser for one of the people."""

    def open_for(login: str) -> Browser:
        opened = Browser(year.test_client())
        opened.get("/login")
        assert opened.post("/login", {"login": login, "password": PASSWORD}).status_code == 303
        opened.get("/account")
        return opened

    return open_for


@pytest.fixture
def questionnaire(year: Flask) -> int:
    """Return the id of the school's first task."""
    return task_id(year, "fill_questionnaire")


def task_id(app: Flask, element_id: str) -> int:
    """Return the id of the newest task of this step."""
    with app.app_context():
        found = db.session().scalar(select(Task.id).where(Task.element_id == element_id).order_by(Task.id.desc()))
        assert found is not None
        return found
