"""Journeys begin where the demo begins: six schools at different places of their year, late in January."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from app.cli.seed import deploy_shipped, seed_demo
from app.factory import create_app
from app.kernel.db import db, unit_of_work
from app.kernel.settings import Settings
from app.programme.demo.year import OPENED_AT, SHOWN_AT
from tests.conftest import Clock
from tests.databases import Databases, make_databases, migrate
from tests.journeys.world import World


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Return the maker of databases with the demo region in them; it is played once for all journeys."""
    folder = tmp_path_factory.mktemp("journeys")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")

    def prepare(url: str) -> None:
        migrate(url)
        _seed(url, folder)

    made = make_databases(folder / "databases", worker=f"{worker}_demo", prepare=prepare)
    yield made
    made.close()


def _seed(url: str, folder: Path) -> None:
    app = create_app(Settings(database_url=url, data_dir=folder, secret_key="only-for-tests"))
    with app.app_context():
        with unit_of_work() as session:
            deploy_shipped(session, now=OPENED_AT)
            seed_demo(session)
        db.session.remove()
        db.engine.dispose()


class Compiled(BytecodeCache):
    """Templates compiled by one test, for those after it: compiling takes longer than anything else that they do."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is known."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what is new."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


@pytest.fixture
def world(app: Flask, clock: Clock) -> World:
    """Return the running demo on the morning that it shows."""
    app.jinja_env.bytecode_cache = COMPILED
    clock.now = SHOWN_AT
    return World(app, clock)
