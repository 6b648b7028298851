"""`vekha seed`: puts the processes in force, and the demo region where it is asked for."""

from datetime import datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from app.kernel.clock import ClockShift, system_now
from app.kernel.db import unit_of_work
from app.kernel.errors import Conflict
from app.programme.demo.year import OPENED_AT
from app.programme.demo.year import seed as seed_year
from app.studio.files import files_below
from app.studio.operations import deploy

__all__ = ["OPENED_AT", "SHIPPED", "deploy_shipped", "seed", "seed_demo"]

ROOT = Path(__file__).resolve().parent.parent.parent
SHIPPED = (ROOT / "workflows", ROOT / "forms")


class AlreadySeeded(Conflict):
    """The demo region is there; a second one would double every school."""


@click.command()
@click.option("--demo", is_flag=True, help="Also make the demo region with its known password. Never on a real server.")
@with_appcontext
def seed(*, demo: bool) -> None:
    """Deploy the processes, decision tables and forms that come with the program; with --demo, a region too.

    Example: vekha seed --demo
    """
    with unit_of_work() as session:
        deploy_shipped(session, now=OPENED_AT if demo else system_now())
        click.echo("processes and forms are in force")
        if demo:
            seed_demo(session)
            click.echo("the demo region is in place")


def deploy_shipped(session: Session, *, now: datetime) -> None:
    """Put in force what comes with the program; what has not changed makes no new version."""
    deploy(session, files=files_below(SHIPPED), actor_id=None, now=now)


def seed_demo(session: Session) -> None:
    """Make the demo region, once.

    Raises:
        AlreadySeeded: it is there.
    """
    if session.get(ClockShift, 1) is not None:
        raise AlreadySeeded("The demo region is already there.")
    seed_year(session)
