"""The declarative base of all tables, and how SQLite is opened. Nothing here knows Flask."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import JSON, DateTime, Engine, Enum, MetaData, TypeDecorator, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, registry

# Named constraints keep migrations reversible.
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLAlchemy would store the members' names; the values are what the outside world sees too.
_BY_VALUE = Enum(StrEnum, native_enum=False, length=40, values_callable=lambda kind: [m.value for m in kind])


_NO_ZONE = "A stored instant must be aware; this one has no zone."


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC. SQLite keeps no zone, so it is put back when a row is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        # What SQLAlchemy writes too, ten times as fast; an act stores a score of instants.
        return _to_sqlite if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(_NO_ZONE)
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _to_sqlite(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(_NO_ZONE)
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


class Base(DeclarativeBase):
    """Base of every table. A `datetime` column is aware, in UTC; a `StrEnum` is stored by value."""

    # One registry, so that Flask-SQLAlchemy's copy of this class shares the types and the tables.
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: Instant(), StrEnum: _BY_VALUE, dict[str, Any]: JSON, list[Any]: JSON},
    )


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Make SQLite durable and let us open the transactions ourselves."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=30000;"
        )
        connection.create_function("lower", 1, _lower, deterministic=True)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once where we are going to write: a lock taken later fails, it does not wait."""
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get("writes", False)
        # Past SQLAlchemy's cursor: this happens with every transaction and is half of what one costs.
        opened: Any = connection.connection.dbapi_connection
        begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
        try:
            opened.execute(begin)
        except sqlite3.OperationalError as error:
            raise OperationalError(begin, None, error) from error


def to_json(value: Any) -> str:
    """Write a JSON column: letters as they are, no spaces; what orjson refuses the slower writer may still know."""
    try:
        return orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def from_json(text: str) -> Any:
    """Read a JSON column."""
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)
