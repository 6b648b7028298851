"""What was deployed before version 2 of the tables is started by the same messages afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, text

from tests.databases import Databases, alembic_config, make_databases, migrate
from tests.engine.diagrams import END, a_diagram, message, on_message, user_task

FIRST, CALLS = "913fcc20708f", "5b0c1f6e92d4"
START = f'<startEvent id="asked">{on_message("question")}</startEvent>'
BODY = START + user_task("write") + END + "\nasked -> write\nwrite -> done\n"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Databases]:
    """Return a database with the first tables only."""
    made = make_databases(tmp_path / "old", worker="old", prepare=lambda url: migrate(url, revision=FIRST))
    made.renew()
    yield made
    made.close()


def put_version(connection: Connection, number: int, *, key: str = "simple", body: str = BODY) -> None:
    xml = a_diagram(body, key, before=message("question")).decode()
    statement = text(
        "INSERT INTO process_definition (id, key, version, name, file, bpmn_xml, sha256, fingerprint, deployed_at,"
        " calls, decisions, start_messages, resources) VALUES (:id, :key, :version, 'n', 'f.bpmn', :xml, 's', 'p',"
        " '2026-03-02 12:00:00+00:00', '{}', '{}', '[\"question\"]', '{}')"
    )
    connection.execute(statement, {"id": 10 + number, "key": key, "version": number, "xml": xml})


def test_the_newest_versions_are_started_by_their_messages(old: Databases) -> None:
    engine = create_engine(old.url)
    with engine.begin() as connection:
        put_version(connection, 1)
        put_version(connection, 2)
        plain = '<startEvent id="begun"/>' + user_task("write") + END + "\nbegun -> write\nwrite -> done\n"
        put_version(connection, 3, key="plain", body=plain)

    migrate(old.url, revision=CALLS)

    wanted = "SELECT definition_id, process_key, element_id, kind, name FROM start_subscription"
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(text(wanted))] == [
            (12, "simple", "asked", "message", "question")
        ]
        assert connection.execute(text("SELECT count(*) FROM process_definition")).scalar() == 3
    engine.dispose()


def test_the_way_back_keeps_the_versions(old: Databases) -> None:
    engine = create_engine(old.url)
    with engine.begin() as connection:
        put_version(connection, 1)
    migrate(old.url, revision=CALLS)

    config = alembic_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, FIRST)

    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM process_definition")).scalar() == 1
    engine.dispose()
