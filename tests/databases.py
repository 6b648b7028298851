"""Databases for tests: made once by the real migrations, then copied for each test."""

import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


class Databases(Protocol):
    """Gives every test a database in the state after the migrations."""

    url: str

    def renew(self) -> None:
        """Put the database back; nobody is connected at that moment."""

    def close(self) -> None:
        """Throw everything away."""


def migrate(url: str, *, revision: str = "head") -> None:
    """Bring the database at `url` to `revision`, upwards, by the real migrations."""
    engine = create_engine(url)
    # Alembic's narration is of no use in tests, and its set-up would silence other loggers.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = alembic_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


def alembic_config() -> Config:
    """Return the configuration that `vekha db` uses, without a database."""
    return Config(str(MIGRATIONS / "alembic.ini"))


# Brings the template, empty at this address, to where every test begins; it leaves nobody connected.
Prepare = Callable[[str], None]


@dataclass
class SQLiteDatabases:
    """A template file, copied over the test's file."""

    folder: Path
    prepare: Prepare = migrate
    url: str = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.template, self.file = self.folder / "template.sqlite3", self.folder / "test.sqlite3"
        self.url = f"sqlite:///{self.file}"
        self.prepare(f"sqlite:///{self.template}")

    def renew(self) -> None:
        for suffix in ("-wal", "-shm", "-journal"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.template, self.file)

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class PostgresDatabases:
    """A template database; the test's one is copied from it anew once somebody has committed.

    A test that lets another process write must call `touched()`.
    """

    server_url: str
    name: str
    prepare: Prepare = migrate
    url: str = field(init=False)
    dirty: bool = field(default=True, init=False)

    def __post_init__(self) -> None:
        server = make_url(self.server_url)
        self.template = f"{self.name}_template"
        self.url = server.set(database=self.name).render_as_string(hide_password=False)
        # The database of the given URL is only the door to the server; nothing in it is touched.
        self.server: Engine = create_engine(server, isolation_level="AUTOCOMMIT")
        self._run(f'DROP DATABASE IF EXISTS "{self.template}" WITH (FORCE)')
        self._run(f"CREATE DATABASE \"{self.template}\" ENCODING 'UTF8' TEMPLATE template0")
        self.prepare(server.set(database=self.template).render_as_string(hide_password=False))
        event.listen(Engine, "commit", self.touched)

    def touched(self, *_: Any) -> None:
        """Note that the next test needs a new copy."""
        self.dirty = True

    def renew(self) -> None:
        if self.dirty:
            self._run(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            self._run(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"')
            self.dirty = False

    def close(self) -> None:
        event.remove(Engine, "commit", self.touched)
        for name in (self.name, self.template):
            self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.server.dispose()

    def _run(self, statement: str) -> None:
        with self.server.connect() as connection:
            connection.execute(text(statement))


def make_databases(folder: Path, *, worker: str, prepare: Prepare = migrate) -> Databases:
    """Return databases of the kind that `TEST_DATABASE_URL` asks for, SQLite when it is not set."""
    server_url = os.environ.get("TEST_DATABASE_URL", "")
    if server_url:
        return PostgresDatabases(server_url, f"vekha_test_{os.getpid()}_{worker}", prepare)
    return SQLiteDatabases(folder, prepare)
