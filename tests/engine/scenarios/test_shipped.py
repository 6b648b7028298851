"""Every scenario in tests/scenarios holds."""

from pathlib import Path

import pytest

from app.engine.scenarios.play import play
from app.engine.scenarios.run import files_below, read_scenarios
from app.engine.scenarios.store import MemoryStore

FOLDER = Path(__file__).parents[2] / "scenarios"
STORE = MemoryStore()


@pytest.mark.parametrize("path", files_below([FOLDER]), ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_scenario_holds(path: Path) -> None:
    results = [play(scenario, STORE) for scenario in read_scenarios(path)]

    assert [(result.name, result.problems, result.failures) for result in results if not result.ok] == []
    assert results
