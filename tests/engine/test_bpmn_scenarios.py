"""Every scenario of what we carry out of BPMN holds, read anew at each step and kept in memory."""

from pathlib import Path

import pytest

from app.engine.scenarios.play import play
from app.engine.scenarios.run import files_below, read_scenarios
from app.engine.scenarios.store import MemoryStore

FOLDER = Path(__file__).parents[1] / "scenarios" / "bpmn"
PATHS = files_below([FOLDER])
# One database for all of them: what a scenario did is taken back.
STORE = MemoryStore()


@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_bpmn_scenario_holds(path: Path, warm: bool) -> None:
    results = [play(scenario, STORE, warm=warm) for scenario in read_scenarios(path)]

    assert [(result.name, result.problems, result.failures) for result in results if not result.ok] == []
    assert results


def test_there_are_scenarios() -> None:
    assert len(PATHS) > 350
