"""What every test can ask for: a migrated database, the program on it, a clock that stands still."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.factory import create_app
from app.jobs import valkey
from app.kernel import clock as kernel_clock
from app.kernel import queue
from app.kernel.db import db
from app.kernel.settings import Settings
from tests.databases import Databases, make_databases
from tests.post import PostOffice, open_post_office

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


@dataclass
class Clock:
    """The time that the doors read during a test; it stands still until it is moved."""

    now: datetime = NOON

    def advance(self, **by: float) -> datetime:
        """Move on, `advance(days=3, hours=1)`, and return the new time."""
        self.now += timedelta(**by)
        return self.now


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a second run, on another database server, leave out what does not depend on it."""
    parser.addoption("--only-database", action="store_true", help="only tests that use the database of the tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what the options ask for."""
    if config.getoption("--only-database"):
        uses = [item for item in items if "databases" in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(uses)])
        items[:] = uses


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
    made = create_app(settings)
    made.testing = True
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()
    queue.connect("")


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


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a Redis for this worker: a database of `REDIS_URL`, else a Valkey of our own."""
    given = os.environ.get("REDIS_URL", "")
    if given:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        # Each worker of the test run has its numbered database, so that none empties another's.
        yield urlsplit(given)._replace(path=f"/{int(worker) + 1}").geturl()
        return
    embedded = valkey.prepare(tmp_path_factory.mktemp("valkey"))
    assert embedded is not None
    with subprocess.Popen(embedded.command(), stdout=subprocess.DEVNULL) as process:
        yield embedded.url
        process.terminate()


@pytest.fixture
def redis_url(redis_server: str) -> Iterator[str]:
    """Return the address of an empty Redis."""
    connection = queue.open_connection(redis_server, patience=Retry(ConstantBackoff(0.05), 100))
    connection.flushdb()
    connection.close()
    yield redis_server
    queue.connect("")


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """Return a mail server that keeps what it is given."""
    office, controller = open_post_office()
    yield office
    controller.stop()
