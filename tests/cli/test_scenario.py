"""`vekha scenario` as people and programs use it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli.scenario import scenario
from tests.engine.scenarios.playing import LETTER

HOLDS = "files: [letter.bpmn]\nsteps:\n  - expect: {open: [write_letter]}\n"
FAILS = "name: Too early\nfiles: [letter.bpmn]\nsteps:\n  - expect: {state: completed}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "letter.bpmn").write_bytes(LETTER)
    (tmp_path / "holds.yaml").write_text(HOLDS)
    return tmp_path


def run(*given: object) -> Result:
    return CliRunner().invoke(scenario, [str(one) for one in given])


def test_all_that_holds_is_status_0(folder: Path) -> None:
    result = run(folder)

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "1 ok")


def test_what_does_not_hold_is_told_with_its_place_and_status_1(folder: Path) -> None:
    (folder / "fails.yml").write_text(FAILS)

    result = run(folder)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"FAILED    {folder}/fails.yml (Too early)",
        f"  {folder}/fails.yml:4 step 1, state: The instance is in another state.",
        '    expected: "completed"',
        '    got:      "running"',
        "    where:    open: write_letter",
        f"ok        {folder}/holds.yaml",
        "1 ok, 1 failed",
    ]


@pytest.mark.parametrize(
    "content", ["files: [", "files: [nothing.bpmn]", "fils: [letter.bpmn]", "\x00", "files: [bad.bpmn]"]
)
def test_a_file_that_cannot_be_used_is_status_2_and_the_others_are_played(folder: Path, content: str) -> None:
    (folder / "bad.bpmn").write_text("<no/>")
    (folder / "a.yaml").write_text(content)

    result = run(folder)
    as_json = run("--format", "json", folder / "a.yaml")

    assert (result.exit_code, result.stdout.splitlines()[-1]) == (2, "1 ok, 1 unusable")
    (line,) = as_json.stdout.splitlines()
    told = json.loads(line)
    assert (as_json.exit_code, told["ok"], told["state"], told["file"]) == (2, False, "refused", str(folder / "a.yaml"))
    assert {"file", "line", "element_id", "code", "severity", "message"} == set(told["failures"][0])


def test_programs_get_a_line_of_json_for_each_scenario(folder: Path) -> None:
    (folder / "fails.yml").write_text(f"{FAILS}---\n{HOLDS}")

    result = run("--format", "json", folder)

    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["ok"] for one in told] == [False, True, True]
    assert told[2]["visited"] == {"begun": 1, "write_letter": 1}
    assert (told[2]["order"], told[2]["open"]) == (["begun", "write_letter"], ["write_letter"])
    assert (told[2]["state"], told[2]["data"], told[2]["incidents"], told[2]["failures"]) == ("running", {}, [], [])
    assert [(one["what"], one["expected"], one["got"]) for one in told[0]["failures"]] == [
        ("state", "completed", "running")
    ]


def test_a_diagram_alone_and_the_standard_input_can_be_played(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)

    alone = run("--format", "json", "letter.bpmn")
    piped = CliRunner().invoke(scenario, ["-"], input=HOLDS)

    assert json.loads(alone.stdout)["open"] == ["write_letter"]
    assert (piped.exit_code, piped.stdout) == (0, "ok        -\n1 ok\n")


def test_an_empty_database_gets_its_tables(folder: Path) -> None:
    place = f"sqlite:///{folder / 'scratch.sqlite3'}"

    results = [run("--database", place, folder) for _turn in range(2)]

    assert [(result.exit_code, result.stderr) for result in results] == [(0, ""), (0, "")]


def test_a_database_that_cannot_be_used_is_status_2(folder: Path) -> None:
    result = run("--database", "nonsense://x", folder)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be used" in result.stderr


def test_a_fault_of_the_program_is_status_3_and_the_others_are_played(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "b.yaml").write_text(FAILS)
    monkeypatch.setattr("app.engine.scenarios.play.compare", lambda *_given: 1 / 0)

    result = run("--format", "json", folder)

    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, [one["state"] for one in told]) == (3, ["error", "error"])
    assert "ZeroDivisionError" in told[0]["failures"][0]["message"]


def test_it_starts_without_flask(folder: Path) -> None:
    program = "import sys; from app.cli.main import main\ntry: main()\nfinally: print('flask' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program, "scenario", str(folder / "holds.yaml")],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip

    assert done.stdout.splitlines()[-1] == "False"
