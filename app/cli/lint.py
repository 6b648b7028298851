"""`vekha lint`: what is wrong with diagrams, decision tables and forms, before anybody deploys them."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def lint(paths: tuple[Path, ...], output: str) -> None:
    """Check diagrams, decision tables and forms; status 1 when one has an error.

    A folder stands for all the .bpmn, .dmn and .json files in it.

    Example: vekha lint workflows forms
    """
    from app.engine.definitions.problems import MOST_SHOWN, shown
    from app.studio.files import files_below
    from app.studio.lint import lint as check

    problems = check(None, files=files_below(paths))
    if output == "json":
        fields = ("file", "line", "element_id", "code", "severity", "message")
        found = [asdict(problem) for problem in problems]
        click.echo(json.dumps([{f: row[f] for f in fields} for row in found], ensure_ascii=False, indent=2))
    else:
        for problem in shown(problems):
            kind = "warning: " if problem.severity == "warning" else ""
            click.echo(f"{problem.file}:{problem.line} {problem.element_id or '-'}: {kind}{problem.message}")
        if len(problems) > MOST_SHOWN:
            click.echo(f"… and {len(problems) - MOST_SHOWN} more", err=True)
    if any(problem.severity == "error" for problem in problems):
        sys.exit(1)
