"""Rows that are only added: collected while a unit of work goes on, and inserted together, past the ORM.

History, notices and mails are written by the handful with every act and hardly ever read back in it. They wait in the
session until it commits, begins a savepoint, or asks for rows of their table; then each table takes one INSERT.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, bindparam, event, insert
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from app.kernel.statements import Statement
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
    for model, rows in waiting.items():
        _inserting(model, tuple(rows[0])).run_each(session, rows)


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


def insert_many(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows at once, past the ORM, where nobody asks for their ids."""
    if rows:
        _inserting(model, tuple(rows[0])).run_each(session, rows)


def insert_row(session: Session, model: type[Base], **values: Any) -> int:
    """Insert a row at once, past the ORM, and return its id."""
    return int(_inserting(model, tuple(values), returns=True).first(session, **values).id)


@lru_cache(maxsize=200)
def _inserting(model: type[Base], names: tuple[str, ...], *, returns: bool = False) -> Statement:
    """Return the statement for these columns, and those that have a value of their own where none is given."""
    table: Any = model.__table__
    given = {name: bindparam(name, type_=table.c[name].type) for name in names}
    usual = {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in given and column.default is not None and column.default.is_scalar
    }
    written = insert(table).values({**given, **usual})
    return Statement(written.returning(table.c.id) if returns else written)


@event.listens_for(Session, "before_commit")
def _before_commit(session: Session) -> None:
    write_rows(session)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, _previous: SessionTransaction) -> None:
    session.info.pop(_WAITING, None)


@event.listens_for(Session, "do_orm_execute")
def _before_reading(state: ORMExecuteState) -> None:
    """Write before a statement that asks for rows, or columns, of a table for which some wait.

    A table that is only counted, joined or looked at in a subquery is not seen here: say `write_rows_of` before.
    """
    waiting = state.session.info.get(_WAITING)
    if waiting and any(mapper.class_ in waiting for mapper in state.all_mappers):
        write_rows(state.session)
