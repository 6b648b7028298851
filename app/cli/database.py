"""Brings the database up to date and puts the demo region in, once."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from app.kernel.clock import ClockShift, current_time
from app.kernel.db import db, unit_of_work

MIGRATIONS = Path(__file__).resolve().parent.parent.parent / "migrations"


def is_up_to_date(program: Flask) -> bool:
    """Tell whether every migration has been run."""
    wanted = set(ScriptDirectory.from_config(_config()).get_heads())
    with program.app_context(), db.engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == wanted


def migrate(program: Flask) -> None:
    """Run the migrations that are missing."""
    with program.app_context(), db.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def seed_demo(program: Flask) -> bool:
    """Put the demo region in unless it is there; return whether it was put in now.

    The row of the demo's clock is written in the same transaction and says that it happened.
    """
    with program.app_context(), unit_of_work() as session:
        if session.get(ClockShift, 1) is not None:
            return False
        session.add(ClockShift(id=1, seconds=0))
        session.flush()
        if find_spec("app.programme.demo"):
            import_module("app.programme.demo").seed(session, current_time(session, demo=True))
        return True


def _config() -> Config:
    return Config(str(MIGRATIONS / "alembic.ini"))
