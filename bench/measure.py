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

from psycopg import Binary
from psycopg.types.json import Json, Jsonb
from sqlalchemy import Engine, MetaData, event, select
from sqlalchemy.orm import Session

from app.kernel.tables import to_json

_WRITES = re.compile(r"\s*(INSERT INTO|UPDATE)\s+\"?(\w+)", re.IGNORECASE)
# Opening and closing a transaction is no work on rows; PostgreSQL's driver does it unseen.
_FRAME = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK)", re.IGNORECASE)


@dataclass
class Cost:
    """What one act cost.

    Attributes:
        seconds: of processor time.
        counted: whether its statements were; such an act is slower, and its time does not count.
        written: bytes of values by table.
    """

    seconds: float = 0.0
    counted: bool = True
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
        seconds = median(cost.seconds for cost in [one for one in costs if not one.counted] or costs)
        counted = [one for one in costs if one.counted] or costs
        return cls(
            acts=len(costs),
            ms=round(seconds * 1000, 3),
            per_second=round(1 / seconds, 1) if seconds else 0.0,
            statements=median(cost.statements for cost in counted),
            commits=median(cost.commits for cost in counted),
            bytes_written=median(cost.bytes_written for cost in counted),
        )


class Meter:
    """Takes the time of one half of the acts and listens to the statements of the other, whatever their order is."""

    def __init__(self) -> None:
        self._now = Cost()
        self._acts = 0
        self._listening = False

    def close(self) -> None:
        """Stop listening."""
        self._listen(False)

    def _listen(self, wanted: bool) -> None:
        if wanted != self._listening:
            change = event.listen if wanted else event.remove
            change(Engine, "before_cursor_execute", self._statement)
            change(Engine, "commit", self._commit)
            self._listening = wanted

    @contextmanager
    def measured(self, *, counted: bool | None = None) -> Iterator[Cost]:
        """Measure what happens inside; with `counted` say which of the two."""
        self._acts += 1
        self._listen(self._acts.bit_count() % 2 == 0 if counted is None else counted)
        self._now = cost = Cost(counted=self._listening)
        began = time.process_time()
        yield cost
        cost.seconds = time.process_time() - began

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
    if isinstance(value, Json | Jsonb | Binary):
        value = value.obj  # What psycopg wraps it in.
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, bytes | memoryview):
        return len(value)
    if isinstance(value, dict | list):
        return len(to_json(value).encode())
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
