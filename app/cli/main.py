"""The command `vekha`: one module a group of commands, Flask's command line underneath."""

import sys
from importlib import import_module

import click

from app.kernel.errors import AppError

ALONE = {"scenario": "app.cli.scenario"}
"""Commands that need neither the program nor its pages: they start at once, without Flask."""


def main() -> None:
    """Run the command line; an anticipated failure is one sentence and status 1."""
    try:
        alone = ALONE.get(sys.argv[1]) if len(sys.argv) > 1 else None
        if alone is not None:
            command: click.Command = getattr(import_module(alone), sys.argv[1])
            command(sys.argv[2:], prog_name=f"vekha {sys.argv[1]}")
        else:
            import_module("app.cli.commands").vekha(prog_name="vekha")
    except AppError as failure:
        click.echo(str(failure), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
