"""The command `vekha`: one module a group of commands, Flask's command line underneath."""

import sys

import click
from flask import Flask
from flask.cli import FlaskGroup

from app.cli.case import case
from app.cli.deploy import deploy
from app.cli.doctor import doctor
from app.cli.jobs import tick, worker
from app.cli.lint import lint
from app.cli.people import people
from app.cli.seed import seed
from app.cli.up import up
from app.cli.verify import verify
from app.cli.web import web
from app.kernel.errors import AppError

COMMANDS = (up, web, worker, tick, lint, deploy, seed, case, people, verify, doctor)


def build() -> Flask:
    """Return the program; imported only when a command needs it, because that takes a second."""
    from app.factory import create_app

    return create_app()


vekha = FlaskGroup(
    name="vekha",
    create_app=build,
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
    help="""Carry schools through their improvement roadmaps.

    Every command shows an example with --help; `vekha up --demo` is what `make run` does.
    """,
)
for command in COMMANDS:
    vekha.add_command(command)


def main() -> None:
    """Run the command line; an anticipated failure is one sentence and status 1."""
    try:
        vekha(prog_name="vekha")
    except AppError as failure:
        click.echo(str(failure), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
