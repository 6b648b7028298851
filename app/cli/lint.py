"""`vekha lint`: what is wrong with diagrams and decision tables, before anybody deploys them."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

KINDS = (".bpmn", ".dmn")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def lint(paths: tuple[Path, ...], output: str) -> None:
    """Check diagrams and decision tables; status 1 when one has an error.

    A folder stands for all the .bpmn and .dmn files in it.

    Example: vekha lint workflows
    """
    from app.engine.definitions.check import lint as check  # the engine takes a second, --help need not wait
    from app.programme.processes.handlers import HANDLERS

    problems = check({str(path): path.read_bytes() for path in _files(paths)}, operations=HANDLERS.keys())
    if output == "json":
        fields = ("file", "line", "element_id", "code", "severity", "message")
        found = [asdict(problem) for problem in problems]
        click.echo(json.dumps([{f: row[f] for f in fields} for row in found], ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            place = f"{problem.file}:{problem.line}"
            click.echo(f"{place} {problem.element_id or '-'}: {problem.message}")
    if problems:
        sys.exit(1)


def _files(paths: tuple[Path, ...]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(p for p in path.rglob("*") if p.suffix in KINDS) if path.is_dir() else [path]
    return found
