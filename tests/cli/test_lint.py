"""`vekha lint` as people and programs read it."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.lint import lint

SHIPPED = Path(__file__).resolve().parent.parent.parent / "workflows"
BROKEN = b"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
  <bpmn:process id="plan" isExecutable="true">
    <bpmn:startEvent id="started" />
    <bpmn:scriptTask id="count_returns" scriptFormat="python"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>
  </bpmn:process>
</bpmn:definitions>
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    place = tmp_path / "plan.bpmn"
    place.write_bytes(BROKEN)
    return place


def test_every_problem_is_one_located_line(broken: Path) -> None:
    result = CliRunner().invoke(lint, [str(broken)])

    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert lines
    assert all(line.startswith(f"{broken}:") for line in lines)
    assert any(" count_returns: " in line for line in lines)


def test_of_too_many_problems_the_errors_come_first_and_the_rest_is_counted(tmp_path: Path) -> None:
    many = b"".join(b'<bpmn:task id="t%d" x:y="1" xmlns:x="x"/>' % number for number in range(150))
    place = tmp_path / "plan.bpmn"
    place.write_bytes(BROKEN.replace(b"</bpmn:process>", many + b"</bpmn:process>"))

    result = CliRunner().invoke(lint, [str(place)])

    lines = result.stdout.splitlines()
    assert (result.exit_code, len(lines)) == (1, 100)
    assert not [line for line in lines if "warning: " in line]
    assert re.fullmatch(r"… and \d+ more\n", result.stderr)


def test_programs_get_a_list_of_objects(broken: Path) -> None:
    result = CliRunner().invoke(lint, ["--format", "json", str(broken)])

    problems = json.loads(result.stdout)
    assert result.exit_code == 1
    assert {tuple(problem) for problem in problems} == {("file", "line", "element_id", "code", "severity", "message")}
    assert {problem["severity"] for problem in problems} <= {"error", "warning"}


def test_a_folder_stands_for_what_is_in_it(broken: Path) -> None:
    by_folder = CliRunner().invoke(lint, [str(broken.parent)])

    assert by_folder.stdout == CliRunner().invoke(lint, [str(broken)]).stdout


def test_what_comes_with_the_program_has_no_problem() -> None:
    result = CliRunner().invoke(lint, [str(SHIPPED)])

    assert (result.stdout, result.exit_code) == ("", 0)


def test_a_diagram_of_another_modeller_may_name_what_this_building_does_not_have(tmp_path: Path) -> None:
    body = """<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t"
      xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"%s>
      <bpmn:process id="ship" isExecutable="true">
        <bpmn:laneSet id="lanes"><bpmn:lane id="Lane_0xyz">
          <bpmn:flowNodeRef>pack</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
        <bpmn:startEvent id="begun" /><bpmn:endEvent id="done" />
        <bpmn:serviceTask id="pack"><bpmn:extensionElements><zeebe:taskDefinition type="pack" />
        </bpmn:extensionElements></bpmn:serviceTask>
        <bpmn:sequenceFlow id="a" sourceRef="begun" targetRef="pack" />
        <bpmn:sequenceFlow id="b" sourceRef="pack" targetRef="done" />
      </bpmn:process></bpmn:definitions>"""
    theirs, ours = tmp_path / "theirs.bpmn", tmp_path / "ours.bpmn"
    theirs.write_text(body % "")
    ours.write_text(body % ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"')

    foreign = CliRunner().invoke(lint, [str(theirs)])
    own = CliRunner().invoke(lint, [str(ours)])

    assert (foreign.exit_code, own.exit_code) == (0, 1)
    assert "pack: warning: The program has no operation «pack»." in foreign.stdout
