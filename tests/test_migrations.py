"""The migrations make the tables that the program uses."""

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.orm import Session

from app.kernel.db import Base
from tests.databases import Databases, alembic_config, migrate

VERSIONS = Path(__file__).resolve().parent.parent / "migrations" / "versions"


def test_the_migrated_tables_are_those_of_the_models(session: Session) -> None:
    context = MigrationContext.configure(session.connection(), opts={"compare_type": True})

    assert compare_metadata(context, Base.metadata) == []


def test_history_of_the_tables_is_one_line() -> None:
    script = ScriptDirectory.from_config(alembic_config())

    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_migrations_sort_by_date() -> None:
    names = [path.name for path in VERSIONS.glob("*.py")]

    assert [name for name in names if not re.fullmatch(r"\d{8}_\d{4}_[a-z0-9_]+\.py", name)] == []


def test_migrating_twice_changes_nothing(databases: Databases, session: Session) -> None:
    before = sorted(inspect(session.connection()).get_table_names())
    session.rollback()

    migrate(databases.url)

    engine = create_engine(databases.url)
    assert sorted(inspect(engine).get_table_names()) == before
    engine.dispose()
