"""Runs the migrations: for `vekha db` on the database of the settings, for tests on a connection they bring."""

import pkgutil
from importlib import import_module
from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy.engine import Connection

import app as program
from app.kernel.db import Base, Instant

# The kernel's tables stand beside what they are for, not in a module called models.
for module in pkgutil.walk_packages(program.__path__, "app."):
    if module.name.endswith(".models"):
        import_module(module.name)
import_module("app.kernel.clock")


def _render(kind: str, item: Any, autogen: AutogenContext) -> str | bool:
    """Write an instant as the plain column it is, so that migrations do not import the program."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def _leave_out_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def _migrate(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # A rebuilt table is dropped on the way; its children must not follow. This works only before BEGIN.
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
        connection = connection.execution_options(writes=True)
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,  # so that a migration happens as a whole or not at all, on SQLite too
        render_item=_render,
        process_revision_directives=_leave_out_empty,
    )
    with context.begin_transaction():
        context.run_migrations()
        if sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"The migration left rows without their parents: {broken[:5]}")
    if sqlite:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")


def _run() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        _migrate(given)
        return
    with current_app.extensions["migrate"].db.engine.connect() as connection:
        _migrate(connection)


_run()
