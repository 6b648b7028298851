"""How often an operation is tried is a small whole number."""

import pytest

from app.engine.definitions.check import lint
from tests.engine.diagrams import END, START, a_diagram, service_task


def codes(retries: str) -> list[str]:
    row = f'<spiffworkflow:property name="retries" value="{retries}"/>'
    how = f"<spiffworkflow:properties>{row}</spiffworkflow:properties>"
    task = service_task("reach", "reach_out").replace("<extensionElements>", f"<extensionElements>{how}")
    content = a_diagram(START + task + END + "\nbegun -> reach\nreach -> done\n")
    return [problem.code for problem in lint({"plan.bpmn": content}) if problem.severity == "error"]


@pytest.mark.parametrize("retries", ["", "1", "20"])
def test_a_number_of_attempts_is_taken(retries: str) -> None:
    assert codes(retries) == []


@pytest.mark.parametrize("retries", ["0", "21", "-1", "often"])
def test_anything_else_is_refused(retries: str) -> None:
    assert codes(retries) == ["bad_retries"]
