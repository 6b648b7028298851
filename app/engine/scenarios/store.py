"""The database that scenarios are played in: one in memory, or a real one that holds nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Table, create_engine, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.engine.definitions.models import DecisionDefinition, ProcessDefinition
from app.engine.events import operations as _events  # noqa: F401 – so that all tables of the engine are known
from app.engine.instances.models import Instance
from app.kernel.errors import Conflict, Unavailable
from app.kernel.i18n import _
from app.kernel.tables import Base

MADE_BY_SCENARIOS = {"made_by": "scenarios"}
"""What stays with every process that is deployed here, so that it is known again."""

SCOPE = "scenario"


class NotForScenarios(Conflict):
    """The database holds processes or instances of somebody else, or lacks tables."""


class DatabaseUnusable(Unavailable):
    """The database cannot be reached."""


@contextmanager
def reachable() -> Iterator[None]:
    """Turn what the driver says about the database itself into a sentence.

    Raises:
        DatabaseUnusable: it cannot be reached.
    """
    try:
        yield
    except (SQLAlchemyError, ImportError) as error:
        raise DatabaseUnusable(_("The database cannot be used: %(error)s"), error=str(error)[:300]) from error


def tables() -> list[Table]:
    """Return the tables of the engine, those that others refer to first."""
    ours = {
        mapper.local_table for mapper in Base.registry.mappers if mapper.class_.__module__.startswith("app.engine.")
    }
    return [table for table in Base.metadata.sorted_tables if table in ours]


class MemoryStore:
    """A database in memory, made once; what a scenario did is taken back when it ends."""

    def __init__(self) -> None:
        self._engine = create_engine("sqlite://")
        self._connection = self._engine.connect()
        with self._connection.begin():
            Base.metadata.create_all(self._connection, tables=tables())

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give a session whose commits last until the scenario ends."""
        transaction = self._connection.begin()
        session = Session(self._connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        try:
            yield session
        finally:
            session.close()
            transaction.rollback()

    def close(self) -> None:
        """Throw everything away."""
        self._connection.close()
        self._engine.dispose()


class RealStore:
    """A database with Vekha's tables; it is emptied before and after each scenario.

    Raises:
        NotForScenarios: something in it was not made by scenarios, or tables are missing.
        DatabaseUnusable: it cannot be reached.
    """

    def __init__(self, url: str) -> None:
        with reachable():
            self._engine = create_engine(url)
            try:
                with self._engine.connect() as connection:
                    _check(connection)
            except BaseException:
                self._engine.dispose()
                raise
        self._clear()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give a session whose commits are real."""
        session = Session(self._engine.execution_options(writes=True), expire_on_commit=False)
        try:
            yield session
        finally:
            session.close()
            self._clear()

    def _clear(self) -> None:
        with self._engine.execution_options(writes=True).begin() as connection:
            for table in reversed(tables()):
                connection.execute(table.delete())

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


Store = MemoryStore | RealStore


def _check(connection: Connection) -> None:
    there = set(inspect(connection).get_table_names())
    missing = [table.name for table in tables() if table.name not in there]
    if missing:
        raise NotForScenarios(_("The database lacks tables. Run `vekha db upgrade` on it first."))
    marks = connection.execute(select(ProcessDefinition.resources)).scalars().all()
    foreign = connection.execute(select(Instance.id).where(Instance.scope_key != SCOPE).limit(1)).first()
    orphan = not marks and connection.execute(select(DecisionDefinition.id).limit(1)).first()
    if foreign or orphan or any(MADE_BY_SCENARIOS.items() - mark.items() for mark in marks):
        raise NotForScenarios(_("The database holds processes of its own. Scenarios are played in an empty one."))
