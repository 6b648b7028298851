"""What a piece of work costs: processor time, SQL statements, commits, bytes written."""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import Engine, MetaData, event, select
from sqlalchemy.orm import Session

_WRITES = re.compile(r"\s*(INSERT INTO|UPDATE)\s+\"?(\w+)", re.IGNORECASE)
# Opening and closing a transaction is no work on rows; PostgreSQL's driver does it unseen.
_FRAME = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK)", re.IGNORECASE)


@dataclass
class Cost:
    """What one act cost; `seconds` of processor time, `written` bytes of values by table."""

    seconds: float = 0.0
    statements: int = 0
    commits: int = 0
    written: Counter[str] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)

    @property
    def bytes_written(self) -> int:
        """All values that INSERT and UPDATE handed to the database."""
        return self.written.total()


@dataclass(frozen=True)
class Typical:
    """What an act of this kind costs as a rule: medians."""

    acts: int
    ms: float
    per_second: float
    statements: float
    commits: float
    bytes_written: float

    @classmethod
    def of(cls, costs: list[Cost]) -> "Typical":
        """Return the medians of several acts."""
        seconds = median(cost.seconds for cost in costs)
        return cls(
            acts=len(costs),
            ms=round(seconds * 1000, 3),
            per_second=round(1 / seconds, 1) if seconds else 0.0,
            statements=median(cost.statements for cost in costs),
            commits=median(cost.commits for cost in costs),
            bytes_written=median(cost.bytes_written for cost in costs),
        )


class Meter:
    """Listens to every statement of this program."""

    def __init__(self) -> None:
        self._now = Cost()
        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", self._commit)

    def close(self) -> None:
        """Stop listening."""
        event.remove(Engine, "before_cursor_execute", self._statement)
        event.remove(Engine, "commit", self._commit)

    @contextmanager
    def measured(self) -> Iterator[Cost]:
        """Measure what happens inside."""
        self._now = cost = Cost()
        began = time.process_time()
        yield cost
        cost.seconds = time.process_time() - began
        self._now = Cost()

    def _statement(self, _conn: Any, _cursor: Any, text: str, values: Any, _context: Any, _many: bool) -> None:
        if _FRAME.match(text):
            return
        self._now.statements += 1
        self._now.texts.append(text)
        if found := _WRITES.match(text):
            self._now.written[found[2]] += _size_of_all(values)

    def _commit(self, _conn: Any) -> None:
        self._now.commits += 1


def size_of(value: Any) -> int:
    """Return how many bytes a stored value takes: texts in UTF-8, numbers as short as SQLite stores them."""
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, bytes | memoryview):
        return len(value)
    if isinstance(value, bool) or value is None:
        return 0
    if isinstance(value, int):
        return (value.bit_length() + 8) // 8
    return 8


def _size_of_all(values: Any) -> int:
    """Return the size of the values of a statement, however the driver takes them: of one row or of many."""
    if isinstance(values, dict):
        return sum(map(_size_of_all, values.values()))
    return sum(map(_size_of_all, values)) if isinstance(values, list | tuple) else size_of(values)


def stored_bytes(session: Session, metadata: MetaData) -> Counter[str]:
    """Return how many bytes the values of all rows take, by table."""
    found: Counter[str] = Counter()
    for table in metadata.sorted_tables:
        # Read as stored: a JSON column counts as its text, an instant as its text.
        rows = session.connection().exec_driver_sql(str(select(table).compile(session.connection())))
        found[table.name] = sum(_stored_size(value) for row in rows for value in row)
    return found


def _stored_size(value: Any) -> int:
    if not isinstance(value, dict | list):
        return size_of(value)

    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
