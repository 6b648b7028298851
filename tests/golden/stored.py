"""Golden instances as files: a row with its state, the versions that it runs on, and the rows that belong to it."""

import base64
import json
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.calls.models import ServiceCall
from app.engine.definitions.models import DecisionDefinition, ProcessDefinition
from app.engine.instances.models import Incident, Instance, Step, Subscription
from app.engine.timers.models import Timer

LONG = 200
"""Characters from which on only the digest of a value is kept."""

OWNED: dict[str, Any] = {
    "timers": Timer,
    "subscriptions": Subscription,
    "incidents": Incident,
    "service_calls": ServiceCall,
}
"""Rows that belong to an instance; release 1 had no service calls."""


def dump_instance(session: Session, instance_id: int) -> dict[str, Any]:
    """Return everything that the engine has stored about an instance, but for the steps that it has taken."""
    row = session.get_one(Instance, instance_id)
    return {
        "instance": _columns(row),
        **{
            name: [_columns(one) for one in session.scalars(select(kind).where(kind.instance_id == instance_id))]
            for name, kind in OWNED.items()
        },
    }


def dump_definitions(session: Session, definition_ids: Iterable[int], folder: Path) -> None:
    """Write versions, and all that they call or ask, into a folder; those that are there already stay."""
    folder.mkdir(parents=True, exist_ok=True)
    pending = list(definition_ids)
    while pending:
        row = session.get_one(ProcessDefinition, pending.pop())
        _write(folder / f"process_{row.id}.json", _version(row))
        pending += row.calls.values()
        for number in row.decisions.values():
            _write(folder / f"decision_{number}.json", _version(session.get_one(DecisionDefinition, number)))


def restore_definitions(session: Session, folder: Path) -> None:
    """Put the versions of a folder into an empty database, under their old numbers."""
    for path in sorted(folder.glob("*.json")):
        kind = ProcessDefinition if path.name.startswith("process") else DecisionDefinition
        session.add(kind(**_values(kind, json.loads(path.read_text()))))
    session.flush()


def restore_instance(session: Session, stored: dict[str, Any]) -> int:
    """Put an instance and its rows into the database, under their old numbers."""
    session.add(Instance(**_values(Instance, stored["instance"])))
    session.flush()
    for name, kind in OWNED.items():
        session.add_all(kind(**_values(kind, row)) for row in stored.get(name, ()))
    row = stored["instance"]
    session.add_all(
        Step(
            instance_id=row["id"],
            seq=seq,
            process_key=row["process_key"],
            element_id="before",
            element_type="task",
            event="completed",
            at=datetime.fromisoformat(row["started_at"]),
        )
        for seq in range(1, row["step_count"] + 1)
    )
    session.flush()
    return int(row["id"])


def brief(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with a digest in place of each long value."""
    return {name: _brief(json.dumps(value, sort_keys=True), value) for name, value in data.items()}


def _brief(text: str, value: Any) -> Any:
    return value if len(text) < LONG else f"sha256:{sha256(text.encode()).hexdigest()}"


def write_json(path: Path, content: Any) -> None:
    """Write a file that a person can compare."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _write(path: Path, content: Any) -> None:
    if not path.exists():
        write_json(path, content)


def _version(row: Any) -> dict[str, Any]:
    """Return a version without the folder that its file was in."""
    return {**_columns(row), "file": Path(row.file).name}


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: _plain(getattr(row, column.key)) for column in type(row).__table__.columns}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _values(kind: Any, stored: dict[str, Any]) -> dict[str, Any]:
    """Return the values as the columns of this release want them; what is new takes its default, what is gone goes."""
    columns = kind.__table__.columns
    return {name: _value(columns[name], value) for name, value in stored.items() if name in columns}


def _value(column: Any, value: Any) -> Any:
    python = column.type.python_type if not hasattr(column.type, "impl") else datetime
    if value is None:
        return None
    if python is bytes:
        return base64.b64decode(value)
    if python is datetime:
        return datetime.fromisoformat(value)
    return column.type.enum_class(value) if getattr(column.type, "enum_class", None) else value
