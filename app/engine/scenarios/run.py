"""Plays the scenarios of files and folders."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from app.engine.definitions.problems import Problem
from app.engine.scenarios.parse import of_diagram, parse_scenarios
from app.engine.scenarios.play import Result, play
from app.engine.scenarios.store import Store
from app.engine.scenarios.yaml_text import NotAScenario

SUFFIXES = frozenset({".yaml", ".yml"})
DIAGRAM = ".bpmn"


def files_below(paths: Iterable[Path]) -> list[Path]:
    """Return the files that are named, and all scenarios in the folders that are."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [one for one in inside if one == path or (one.suffix in SUFFIXES and one.is_file())]
    return found


def run_file(path: Path, store: Store, *, warm: bool = False) -> Iterator[Result]:
    """Play every scenario of a file; a diagram alone is a scenario that expects nothing."""
    file = path.as_posix()
    try:
        if path.suffix == DIAGRAM:
            scenarios = (of_diagram(path, file),)
        else:
            scenarios = parse_scenarios(path.read_bytes(), file=file, folder=path.parent)
    except NotAScenario as refused:
        yield Result(file, 1, "", None, problems=refused.problems)
        return
    except OSError as error:
        problem = Problem(file, 1, "", "no_file", "error", f"The file cannot be read: {error.strerror}.")
        yield Result(file, 1, "", None, problems=(problem,))
        return
    for scenario in scenarios:
        yield play(scenario, store, warm=warm)
