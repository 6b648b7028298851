"""`vekha deploy`: puts diagrams, decision tables and forms in force."""

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.engine.definitions.problems import NotDeployable
from app.kernel.clock import system_now
from app.kernel.db import unit_of_work


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@with_appcontext
def deploy(paths: tuple[Path, ...]) -> None:
    """Check PATHS and store what changed as the next version; without PATHS, what comes with the program.

    Folders stand for the diagrams, decision tables and forms in them. Running instances keep their version.

    Example: vekha deploy workflows forms
    """
    from app.cli.seed import SHIPPED
    from app.studio import operations
    from app.studio.files import files_below

    try:
        with unit_of_work() as session:
            deployed = operations.deploy(session, files=files_below(paths or SHIPPED), actor_id=None, now=system_now())
            lines = [f"{row.key}: version {row.version}" for row in deployed.created]
    except NotDeployable as refused:
        for problem in refused.problems:
            click.echo(str(problem), err=True)
        sys.exit(1)
    for warning in deployed.warnings:
        click.echo(f"warning: {warning}")
    click.echo("\n".join(lines) or "nothing has changed")
