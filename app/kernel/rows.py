"""Rows that are only added: collected while a unit of work goes on, and inserted together, past the ORM.

History, notices and mails are written by the handful with every act and hardly ever read back in it. They wait in the
session until it commits, begins a savepoint, or asks for rows of their table; then each table takes one INSERT.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, event, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from app.kernel.tables import Base

_WAITING = "rows_to_add"


def add_row(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row with the rest of the unit of work; every row of a table names the same columns."""
    session.info.setdefault(_WAITING, {}).setdefault(model, []).append(values)


def write_rows_of(session: Session, model: type[Base]) -> None:
    """Insert what waits if rows of `model` are among it: somebody is about to read that table past the ORM."""
    if model in session.info.get(_WAITING, ()):
        write_rows(session)


def write_rows(session: Session) -> None:
    """Insert what waits: one statement a table, in the order in which the tables were first named."""
    waiting: dict[type[Base], list[dict[str, Any]]] | None = session.info.pop(_WAITING, None)
    if not waiting:
        return
    # What the rows point to goes first.
    session.flush()
    connection = session.connection()
    for model, rows in waiting.items():
        connection.execute(_insert(model), rows)


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows at once, past the ORM, and return their ids in the same order."""
    if len(rows) == 1:
        return [insert_row(session, model, **rows[0])]
    table: Any = model.__table__
    wanted = _insert(model).returning(table.c.id, sort_by_parameter_order=True)
    return list(session.connection().execute(wanted, rows).scalars()) if rows else []


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Open a savepoint after writing what waits: going back to it takes no more away than it should."""
    write_rows(session)
    with session.begin_nested():
        yield


@lru_cache(maxsize=50)
def _insert(model: type[Base]) -> Insert:
    return insert(model.__table__)  # type: ignore[arg-type]  # a mapped class may be mapped to more than a table


def insert_row(session: Session, model: type[Base], **values: Any) -> int:
    """Insert a row at once, past the ORM, and return its id."""
    return int(session.connection().execute(_insert(model), values).inserted_primary_key[0])  # type: ignore[index]


def insert_unless_there(session: Session, model: type[Base], **values: Any) -> int | None:
    """Insert a row unless a unique constraint says that there is one; return its id, or None."""
    connection = session.connection()
    found: int | None = connection.execute(_insert_once(model, connection.dialect.name), values).scalar()
    return found


@lru_cache(maxsize=50)
def _insert_once(model: type[Base], dialect: str) -> Any:
    make: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    table: Any = model.__table__
    return make(table).on_conflict_do_nothing().returning(table.c.id)


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    write_rows(session)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, _previous: SessionTransaction) -> None:
    session.info.pop(_WAITING, None)


@event.listens_for(Session, "do_orm_execute")
def _before_reading(state: ORMExecuteState) -> None:
    """Write before a statement that asks for rows of a table for which some wait."""
    waiting = state.session.info.get(_WAITING)
    if waiting and any(mapper.class_ in waiting for mapper in state.all_mappers):
        write_rows(state.session)
