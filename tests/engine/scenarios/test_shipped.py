"""Every scenario of our own processes holds; those of BPMN are played by tests/engine/test_bpmn_scenarios.py."""

from pathlib import Path

import pytest

from app.engine.scenarios.play import play
from app.engine.scenarios.run import files_below, read_scenarios
from app.engine.scenarios.store import MemoryStore

FOLDER = Path(__file__).parents[2] / "scenarios"
STORE = MemoryStore()
OWN = [path for path in files_below([FOLDER]) if FOLDER / "bpmn" not in path.parents]


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_scenario_holds(path: Path) -> None:
    results = [play(scenario, STORE) for scenario in read_scenarios(path)]

    assert [(result.name, result.problems, result.failures) for result in results if not result.ok] == []
    assert results
