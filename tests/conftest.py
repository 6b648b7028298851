"""What every test can ask for: a migrated database, the program on it, a clock that stands still."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.util import find_spec

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.kernel import clock as kernel_clock
from app.kernel import queue
from app.kernel.db import db
from app.kernel.settings import Settings
from tests.databases import Databases, make_databases

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


@dataclass
class Clock:
    """The time that the doors read during a test; it stands still until it is moved."""

    now: datetime = NOON

    def advance(self, **by: float) -> datetime:
        """Move on, `advance(days=3, hours=1)`, and return the new time."""
        self.now += timedelta(**by)
        return self.now


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Return the maker of this worker's databases."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    made = make_databases(tmp_path_factory.mktemp("databases"), worker=worker)
    yield made
    made.close()


@pytest.fixture
def settings(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return settings of a test: no Redis, no mail server, a data folder of its own."""
    databases.renew()
    return Settings(
        database_url=databases.url,
        data_dir=tmp_path_factory.mktemp("data"),
        secret_key="only-for-tests",
        secure_cookies=False,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """Return the program on a fresh copy of the migrated database."""
    made = make_app(settings)
    made.testing = True
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()
    queue.connect("")


def make_app(settings: Settings) -> Flask:
    """Return the program; before it has a factory, as much of it as the doors of these tests need."""
    if find_spec("app.factory"):
        made = import_module("app.factory").create_app(settings)
        assert isinstance(made, Flask)
        return made
    made = Flask("app")
    made.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    db.init_app(made)
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a browser without JavaScript."""
    return app.test_client()


@pytest.fixture
def session(settings: Settings) -> Iterator[Session]:
    """Return a session for rooms: what is not committed is gone after the test.

    A door called in the same test works in a session of its own and sees only what was committed.
    """
    engine = create_engine(settings.database_url)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
        opened.rollback()
    engine.dispose()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock that the doors read from now on; it shows NOON until it is moved."""
    held = Clock()
    monkeypatch.setattr(kernel_clock, "system_now", lambda: held.now)
    return held
