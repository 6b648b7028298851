"""The habits of docs/conventions.md that no linter knows."""

import ast
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from app.kernel.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "app").rglob("*.py"))
MAX_MODULE_LINES = 350
MAX_FUNCTION_LINES = 50
SAYS_NOTHING = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py", "manager.py"}
FLOORS = {"web", "api", "cli", "jobs", "reports", "studio", "programme", "work", "engine", "kernel"}


def parsed(path: Path) -> ast.Module:
    """Return the module's syntax tree."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_module_and_its_functions_are_short(path: Path) -> None:
    functions = [n for n in ast.walk(parsed(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]

    too_long = [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= MAX_FUNCTION_LINES]

    assert (ROOT / path).read_text(encoding="utf-8").count("\n") <= MAX_MODULE_LINES
    assert too_long == []


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "operations.py"], ids=str)
def test_operations_take_the_session_and_then_details_by_keyword(path: Path) -> None:
    public = [n for n in parsed(path).body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]

    assert [f.name for f in public if [a.arg for a in f.args.args] not in (["session"], [])] == []


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "rules.py"], ids=str)
def test_rules_decide_without_a_session_or_a_clock(path: Path) -> None:
    names = {node.id for node in ast.walk(parsed(path)) if isinstance(node, ast.Name)}

    assert names & {"Session", "session", "system_now", "current_time"} == set()


def test_every_module_says_what_it_is_for() -> None:
    assert [str(path) for path in MODULES if not ast.get_docstring(parsed(path))] == []


def test_no_name_says_nothing() -> None:
    assert [str(path) for path in MODULES if path.name in SAYS_NOTHING] == []


def test_the_floors_are_those_of_the_house() -> None:
    found = {path.name for path in (ROOT / "app").iterdir() if path.is_dir() and path.name != "__pycache__"}

    assert found <= FLOORS


def test_only_doors_read_the_environment() -> None:
    readers = {
        str(path)
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }

    assert readers <= {"app/kernel/settings.py", "app/jobs/alive.py"}


def test_every_setting_is_documented() -> None:
    documented = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.get\("([A-Z_]+)"', (ROOT / "app" / "kernel" / "settings.py").read_text()))

    assert [name for name in read if f"`{name}`" not in documented] == []
    assert len(read) == len(fields(Settings))


def test_every_command_shows_an_example() -> None:
    from app.cli.commands import COMMANDS

    leaves = [leaf for command in COMMANDS for leaf in getattr(command, "commands", {"": command}).values()]

    assert [leaf.name for leaf in leaves if "Example: " not in (leaf.help or "")] == []


def test_nothing_committed_knows_one_machine_or_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    telling = re.compile(r'"resolved":\s*"https?://|--(?:extra-)?index-url|(?<![\w.])/(?:work|root|farm)/[\w.]')
    # Words of this pattern stand in this file and in comments about how locks are made.
    paths = [ROOT / name for name in listed.split("\0") if name and name != "tests/test_house_rules.py"]

    found = []
    for path in paths:
        if path.suffix in {".py", ".json", ".txt", ".md", ".yml", ".toml", ".js", ".mako", ""} and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace").replace("--no-emit-index-url", "")
            found += [str(path.relative_to(ROOT))] if telling.search(text) else []

    assert found == []


def test_help_answers_without_starting_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.cli.main", "up", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "Example: PORT=8001 vekha up --demo" in done.stdout


def test_no_file_holds_the_marks_of_a_merge_that_was_not_finished() -> None:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    marks = (b"\n" + b"<" * 7 + b" ", b"\n" + b">" * 7 + b" ")

    found = [name for name in names.split("\0") if name and any(mark in (ROOT / name).read_bytes() for mark in marks)]

    assert found == []
