"""A database of release 1 is brought up to date, and what ran in it goes on."""

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, DateTime, LargeBinary, MetaData, create_engine, insert
from sqlalchemy.orm import Session

from app.engine.instances import queries
from app.engine.instances.verify import find_violations
from app.engine.timers.queries import next_due_at
from tests.databases import Databases, make_databases, migrate
from tests.golden.player import play, standing
from tests.golden.test_golden import LONG_AGO

FIRST = "913fcc20708f"
FOLDER = Path(__file__).parent / "1" / "small"
TABLES = {"instance": "instance", "timers": "timer", "subscriptions": "subscription", "incidents": "incident"}


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Databases]:
    """Return a database with the tables of release 1."""
    made = make_databases(tmp_path / "old", worker="golden", prepare=lambda url: migrate(url, revision=FIRST))
    made.renew()
    yield made
    made.close()


def put(connection: Connection, tables: MetaData, table: str, row: dict[str, Any]) -> None:
    columns = tables.tables[table].columns
    values = {name: _value(columns[name].type, value) for name, value in row.items()}
    connection.execute(insert(tables.tables[table]).values(values))


def _value(kind: Any, value: Any) -> Any:
    if isinstance(kind, LargeBinary) and value is not None:
        return base64.b64decode(value)
    return datetime.fromisoformat(value) if isinstance(kind, DateTime) and value is not None else value


def fill(url: str, golden: dict[str, Any]) -> None:
    """Write the rows as release 1 had them; the steps that were taken are not kept in golden files."""
    engine = create_engine(url)
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for path in (FOLDER / golden["definitions"]).glob("process_*.json"):
            put(connection, tables, "process_definition", json.loads(path.read_text()))
        put(connection, tables, "instance", {**golden["instance"], "step_count": 0})
        for name, table in TABLES.items():
            for row in golden[name] if name != "instance" else ():
                put(connection, tables, table, row)
    engine.dispose()


@pytest.mark.parametrize("name", ["timers", "first_message", "call", "each_side_by_side"])
def test_what_ran_in_release_1_goes_on_after_the_upgrade(old: Databases, name: str) -> None:
    golden = json.loads((FOLDER / f"{name}.json").read_text())
    number = golden["instance"]["id"]
    fill(old.url, golden)

    migrate(old.url)

    engine = create_engine(old.url)
    with Session(engine, expire_on_commit=False) as session:
        assert standing(session, number) == golden["stands"]
        assert find_violations(session, now=LONG_AGO) == ()
        now = datetime.fromisoformat(golden["now"])
        for step in golden["steps"]:
            now = play(session, number, step, {}, now)
            session.commit()
            assert standing(session, number) == step["stands"]
        assert find_violations(session, now=LONG_AGO) == ()
        assert next_due_at(session) is None
        assert queries.get_instance(session, instance_id=number).state.value == "completed"
    engine.dispose()
