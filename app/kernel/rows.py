"""Rows that are only added: collected while a unit of work goes on, and inserted together, past the ORM.

History, notices and mails are written by the handful with every act and hardly ever read back in it. They wait in the
session until it commits, begins a savepoint, or asks for rows of their table; then each table takes one INSERT.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, event, insert
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from app.kernel.db import Base

_WAITING = "rows_to_add"


def add_row(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row with the rest of the unit of work; every row of a table names the same columns."""
    session.info.setdefault(_WAITING, {}).setdefault(model, []).append(values)


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


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Open a savepoint after writing what waits: going back to it takes no more away than it should."""
    write_rows(session)
    with session.begin_nested():
        yield


@lru_cache(maxsize=50)
def _insert(model: type[Base]) -> Insert:
    return insert(model.__table__)  # type: ignore[arg-type]  # a mapped class may be mapped to more than a table


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
