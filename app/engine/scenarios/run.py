"""Finds scenarios in files and folders and reads them."""

import sys
from collections.abc import Iterable
from pathlib import Path

from app.engine.definitions.problems import Problem
from app.engine.scenarios.model import Scenario
from app.engine.scenarios.parse import of_diagram, parse_scenarios
from app.engine.scenarios.yaml_text import NotAScenario

SUFFIXES = frozenset({".yaml", ".yml"})
DIAGRAMS = frozenset({".bpmn", ".bpmn2", ".xml"})
STDIN = Path("-")


def files_below(paths: Iterable[Path]) -> list[Path]:
    """Return the files that are named, and all scenarios in the folders that are."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [one for one in inside if one == path or (one.suffix in SUFFIXES and one.is_file())]
    return found


def read_scenarios(path: Path) -> tuple[Scenario, ...]:
    """Return the scenarios of a file; a diagram alone is a scenario that expects nothing, `-` is the standard input.

    Raises:
        NotAScenario: with everything that is wrong.
    """
    file = path.as_posix()
    if path.suffix.lower() in DIAGRAMS:
        return (of_diagram(path, file),)
    try:
        content = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        raise NotAScenario([Problem(file, 1, "", "no_file", "error", message)]) from error
    return parse_scenarios(content, file=file, folder=path.parent)
