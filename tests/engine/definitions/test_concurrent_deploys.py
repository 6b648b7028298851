"""Many deploy at once: every version is there once, none is missing, nobody is refused."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from app.engine.definitions.models import ProcessDefinition
from app.engine.definitions.operations import deploy
from app.engine.starts.models import StartSubscription
from app.kernel.db import db, unit_of_work
from tests.engine.diagrams import END, NOON, a_diagram, message, on_message, user_task

THREADS = 8
ROUNDS = 3


def a_version(number: int) -> bytes:
    start = f'<startEvent id="asked">{on_message("question")}</startEvent>'
    body = start + user_task(f"write_{number}") + END + f"\nasked -> write_{number}\nwrite_{number} -> done\n"
    return a_diagram(body, before=message("question"))


def deploy_at_once(app: Flask, contents: list[bytes]) -> list[int]:
    """Deploy all contents at the same moment, each in a unit of work of its own; return the version of each."""
    ready = Barrier(len(contents))

    def go(content: bytes) -> int:
        ready.wait()
        with app.app_context(), unit_of_work() as unit:
            return deploy(unit, files={"simple.bpmn": content}, resources={}, now=NOON).processes[0].version

    with ThreadPoolExecutor(len(contents)) as pool:
        return list(pool.map(go, contents))


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_every_deployment_gets_a_version_of_its_own(app: Flask, round_: int) -> None:
    given = deploy_at_once(app, [a_version(number) for number in range(THREADS)])

    assert sorted(given) == list(range(1, THREADS + 1))
    with app.app_context():
        rows = {row.version: row.id for row in db.session().scalars(select(ProcessDefinition))}
        listening = db.session().scalars(select(StartSubscription.definition_id)).all()
    assert sorted(rows) == list(range(1, THREADS + 1))
    assert listening == [rows[THREADS]]


def test_the_same_file_at_once_is_one_version(app: Flask) -> None:
    assert deploy_at_once(app, [a_version(1)] * THREADS) == [1] * THREADS
