"""`vekha scenario`: plays processes as YAML files tell, and says what did not come as expected."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.engine.scenarios.store import Store


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
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
    from app.engine.scenarios.run import files_below, run_file
    from app.kernel.errors import AppError

    store = None
    counts = {"hold": 0, "do not hold": 0, "unusable": 0}
    try:
        store = _store(database)
        for file in files_below(paths):
            for result in run_file(file, store, warm=warm):
                _say(as_text(result) if output == "text" else [as_json(result)])
                counts["hold" if result.ok else "unusable" if result.problems else "do not hold"] += 1
    except AppError as failure:
        click.echo(str(failure), err=True)
        sys.exit(2)
    finally:
        if store is not None:
            store.close()
    if output == "text":
        click.echo(", ".join(f"{number} {word}" for word, number in counts.items() if number) or "no scenarios")
    sys.exit(2 if counts["unusable"] else 1 if counts["do not hold"] else 0)


def _store(url: str | None) -> "Store":
    from app.engine.scenarios.store import MemoryStore, RealStore

    if url is None:
        return MemoryStore()
    from app.cli.database import migrate_empty

    migrate_empty(url)
    return RealStore(url)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
