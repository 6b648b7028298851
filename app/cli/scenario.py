"""`vekha scenario`: plays processes as YAML files tell, and says what did not come as expected."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from traceback import format_exc
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.engine.scenarios.play import Result
    from app.engine.scenarios.store import Store

_WORDS = ("ok", "failed", "unusable", "crashed")
"""How a scenario can go; its place is the status."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--database", metavar="URL", help="Play in this database, which holds nothing else, not in memory.")
@click.option("--warm", is_flag=True, help="Keep instances in memory between steps; usually each step reads them anew.")
def scenario(paths: tuple[Path, ...], output: str, database: str | None, warm: bool) -> None:
    """Play the scenarios in PATHS; status 1 when something does not hold, 2 when a file cannot be used.

    A folder stands for all the .yaml and .yml files in it. With --format json each scenario is one line of JSON.
    docs/scenarios.md says what a scenario may contain.

    Example: vekha scenario tests/scenarios
    """
    from app.engine.scenarios.report import as_json, as_text
    from app.kernel.errors import AppError

    counts: Counter[str] = Counter()
    try:
        for result in _results(paths, database, warm=warm):
            for line in as_text(result) if output == "text" else [as_json(result)]:
                click.echo(line)
            counts[_word(result)] += 1
    except AppError as failure:
        click.echo(str(failure), err=True)
        sys.exit(2)
    if output == "text":
        click.echo(", ".join(f"{counts[word]} {word}" for word in _WORDS if counts[word]) or "no scenarios")
    sys.exit(max((_WORDS.index(word) for word in counts), default=0))


def _word(result: "Result") -> str:
    if result.crash:
        return "crashed"
    return "unusable" if result.problems else "failed" if result.failures else "ok"


def _results(paths: tuple[Path, ...], database: str | None, *, warm: bool) -> Iterator["Result"]:
    from app.engine.scenarios.play import Result, play
    from app.engine.scenarios.run import files_below, read_scenarios
    from app.engine.scenarios.yaml_text import NotAScenario

    store = _store(database)
    for path in files_below(paths):
        file, line, name = path.as_posix(), 1, ""
        try:
            for one in read_scenarios(path):
                line, name = one.line, one.name
                yield play(one, store, warm=warm)
        except NotAScenario as refused:
            yield Result(file, line, name, None, problems=refused.problems)
        except Exception:  # noqa: BLE001 – a fault of the program must not keep the other files from being played
            yield Result(file, line, name, None, crash=format_exc())
    store.close()


def _store(url: str | None) -> "Store":
    from app.engine.scenarios.store import MemoryStore, RealStore, reachable

    if url is None:
        return MemoryStore()
    from app.cli.database import migrate_empty

    with reachable():
        migrate_empty(url)
    return RealStore(url)
