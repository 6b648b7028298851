"""Brings the tables up to date."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import create_engine, inspect

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


def migrate_empty(url: str) -> None:
    """Run all migrations on a database that holds no table yet; any other is left as it is."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if inspect(connection).get_table_names():
                return
            connection.rollback()
            config = Config(str(MIGRATIONS / "alembic.ini"))
            config.attributes["connection"] = connection
            logging.getLogger("alembic").setLevel(logging.WARNING)
            command.upgrade(config, "head")
    finally:
        engine.dispose()
