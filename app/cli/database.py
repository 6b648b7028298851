"""Brings the tables up to date."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from app.kernel.db import db

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


def _config() -> Config:
    return Config(str(MIGRATIONS / "alembic.ini"))
