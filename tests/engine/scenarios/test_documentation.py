"""Every example of docs/scenarios.md is played."""

import re
from pathlib import Path

import pytest

from app.engine.scenarios.parse import parse_scenarios
from app.engine.scenarios.play import play
from app.engine.scenarios.store import MemoryStore

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
DIAGRAM = re.findall(r"^```xml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0]
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.partition("\n")[0])
def test_example_holds(example: str, tmp_path: Path) -> None:
    (tmp_path / "enquiry.bpmn").write_text(DIAGRAM, encoding="utf-8")
    content = example.replace("../workflows", str(ROOT / "workflows")).encode()

    scenarios = parse_scenarios(content, file="example.yaml", folder=tmp_path)

    for scenario in scenarios:
        result = play(scenario, MemoryStore())
        assert (result.problems, result.failures) == ((), ())
