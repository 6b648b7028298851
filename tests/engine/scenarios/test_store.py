"""Scenarios in a real database: nothing of somebody else is touched, nothing is left."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine.definitions.models import ProcessDefinition
from app.engine.scenarios.store import NotForScenarios, RealStore
from app.kernel.settings import Settings
from tests.engine.diagrams import END, START, a_diagram
from tests.engine.runs import deployed
from tests.engine.scenarios.playing import failures, played

STEPS = """services: {post: }
steps:
  - complete: write_letter
  - message: answer
  - expect: {state: completed}
"""


def test_every_step_is_committed_and_nothing_is_left(tmp_path: Path, settings: Settings) -> None:
    store = RealStore(settings.database_url)

    results = [played(tmp_path, STEPS, store=store) for _turn in range(2)]

    assert [failures(result) for result in results] == [[], []]
    with store.session() as session:
        assert session.scalar(select(func.count()).select_from(ProcessDefinition)) == 0
    store.close()


def test_a_database_in_use_is_refused(session: Session, settings: Settings) -> None:
    deployed(session, a_diagram(f"{START}{END}\nbegun -> done\n"))
    session.commit()

    with pytest.raises(NotForScenarios):
        RealStore(settings.database_url)


def test_a_database_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotForScenarios):
        RealStore(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
