"""Statements that are run with every act: written with SQLAlchemy, compiled once, then handed straight to the driver.

SQLAlchemy takes twenty times as long to execute a small statement as SQLite does, and the ORM a hundred times. What is
done with every completion of a task is therefore prepared here. Types, transactions and events are those of
SQLAlchemy; a list after IN is not possible.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

_Process = Callable[[Any], Any] | None


_LAST = "connection"


def connection_of(session: Session) -> Connection:
    """Return the session's connection; SQLAlchemy takes long to find it, so it is asked once in a transaction."""
    current = session.get_nested_transaction() or session.get_transaction()
    last: tuple[Any, Connection] | None = session.info.get(_LAST)
    if last is not None and last[0] is current:
        return last[1]
    connection = session.connection()
    session.info[_LAST] = (session.get_nested_transaction() or session.get_transaction(), connection)
    return connection


class Statement:
    """One statement; its values are named by `bindparam`. Nothing waits in the session for it: flush before."""

    def __init__(self, written: Any) -> None:
        self.written = written
        self._prepared: dict[str, _Prepared] = {}

    def first(self, session: Session, **values: Any) -> Any:
        """Return the first row with its columns by name, or None."""
        connection = connection_of(session)
        prepared = self._for(connection.dialect)
        cursor = prepared.execute(connection, prepared.bound(values))
        try:
            row = cursor.fetchone()
            return None if row is None else prepared.read(cursor, row)
        finally:
            cursor.close()

    def all(self, session: Session, **values: Any) -> list[Any]:
        """Return all rows with their columns by name."""
        connection = connection_of(session)
        prepared = self._for(connection.dialect)
        cursor = prepared.execute(connection, prepared.bound(values))
        try:
            return [prepared.read(cursor, row) for row in cursor.fetchall()]
        finally:
            cursor.close()

    def run(self, session: Session, **values: Any) -> int:
        """Return how many rows were changed."""
        connection = connection_of(session)
        prepared = self._for(connection.dialect)
        cursor = prepared.execute(connection, prepared.bound(values))
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def run_each(self, session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run the statement with each of the rows, at once."""
        connection = connection_of(session)
        prepared = self._for(connection.dialect)
        bound = [prepared.bound(values) for values in rows]
        if len(bound) == 1:
            prepared.execute(connection, bound[0]).close()
        elif bound:
            prepared.execute(connection, bound, many=True).close()

    def _for(self, dialect: Dialect) -> "_Prepared":
        prepared = self._prepared.get(dialect.name)
        # Two engines of a kind may read and write JSON in different ways.
        if prepared is None or prepared.dialect is not dialect:
            prepared = self._prepared[dialect.name] = _Prepared(self.written, dialect)
        return prepared


class _Prepared:
    """A statement as one database wants it, with what turns values into its own and back."""

    def __init__(self, written: Any, dialect: Dialect) -> None:
        compiled = written.compile(dialect=dialect)
        self.dialect = dialect
        self.text = str(compiled)
        self.order: Sequence[str] | None = compiled.positiontup if compiled.positional else None
        self.processes: dict[str, _Process] = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        given = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self.fixed = {
            name: value if (process := self.processes[name]) is None else process(value)
            for name, value in given.items()
        }
        columns = list(written.exported_columns)
        self.types = [column.type.dialect_impl(dialect) for column in columns]
        self.row: Any = namedtuple("Row", [column.key for column in columns]) if columns else None
        self.readers: list[tuple[int, Callable[[Any], Any]]] | None = None

    def bound(self, values: Mapping[str, Any]) -> Any:
        """Return the values as the driver takes them."""
        ready = dict(self.fixed)
        for name, value in values.items():
            process = self.processes[name]
            ready[name] = value if process is None else process(value)
        return ready if self.order is None else [ready[name] for name in self.order]

    def execute(self, connection: Connection, bound: Any, *, many: bool = False) -> Any:
        """Run it as SQLAlchemy does, with whoever listens to its statements."""
        cursor = connection.connection.cursor()
        for listen in connection.dispatch.before_cursor_execute:
            listen(connection, cursor, self.text, bound, None, many)
        try:
            if many:
                cursor.executemany(self.text, bound)
            else:
                cursor.execute(self.text, bound)
        except self.dialect.loaded_dbapi.Error as error:
            cursor.close()
            raise self._told(connection, bound, error) from error
        for listen in connection.dispatch.after_cursor_execute:
            listen(connection, cursor, self.text, bound, None, many)
        return cursor

    def _told(self, connection: Connection, bound: Any, error: Any) -> BaseException:
        """Return SQLAlchemy's error for the driver's; a connection that is gone is given up."""
        gone = self.dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
        if gone:
            connection.invalidate(error)
        base = self.dialect.loaded_dbapi.Error
        told: BaseException = DBAPIError.instance(
            self.text, bound, error, base, connection_invalidated=gone, dialect=self.dialect
        )
        return told

    def read(self, cursor: Any, row: Sequence[Any]) -> Any:
        """Return a row with the values that its columns stand for."""
        if self.readers is None:
            kinds = [described[1] for described in cursor.description]
            found = [kind.result_processor(self.dialect, code) for kind, code in zip(self.types, kinds, strict=True)]
            self.readers = [(place, process) for place, process in enumerate(found) if process is not None]
        values = list(row)
        for place, process in self.readers:
            values[place] = process(values[place])
        return self.row._make(values)
