"""All commands of `vekha`, under Flask's command line; imported only where they are needed, which takes a second."""

from flask import Flask
from flask.cli import FlaskGroup

from app.cli.case import case
from app.cli.deploy import deploy
from app.cli.doctor import doctor
from app.cli.jobs import tick, worker
from app.cli.lint import lint
from app.cli.migrate import migrate
from app.cli.people import people
from app.cli.scenario import scenario
from app.cli.seed import seed
from app.cli.up import up
from app.cli.verify import verify
from app.cli.web import web

COMMANDS = (up, web, worker, tick, lint, scenario, deploy, migrate, seed, case, people, verify, doctor)


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
