"""`vekha worker` and `vekha tick`: what happens without anybody clicking."""

import logging

import click
from flask import current_app
from flask.cli import with_appcontext

from app.jobs import ticker
from app.jobs import worker as rq_worker
from app.jobs.workshop import Workshop, bind
from app.kernel import queue


def here() -> Workshop:
    """Return the program of this command as the place where jobs are done."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    program = current_app._get_current_object()  # type: ignore[attr-defined]
    found = Workshop(app=program, settings=program.extensions["settings"])
    queue.connect(found.settings.redis_url)
    bind(found)
    return found


@click.command()
@with_appcontext
def worker() -> None:
    """Do the jobs that were left in Redis; needs REDIS_URL.

    Example: REDIS_URL=redis://127.0.0.1:6379/0 vekha worker
    """
    place = here()
    if not place.settings.redis_url:
        raise click.ClickException("REDIS_URL is not set. Without Redis no worker is needed: vekha tick does all.")
    if not queue.is_reachable():
        raise click.ClickException("Redis does not answer at the address in REDIS_URL.")
    rq_worker.run(place)


@click.command()
@click.option("--forever", is_flag=True, help="Look every two seconds, leave the work to workers if there are any.")
@with_appcontext
def tick(forever: bool) -> None:
    """Do what is due now: timers of the processes, reminders and escalations, mails.

    Example: vekha tick
    """
    place = here()
    if forever:
        ticker.run(place)
        return
    done = ticker.tick(place, ticker.chores(mails=bool(place.settings.smtp_url)), leave_to_workers=False)
    ticker.sweep(place)
    click.echo("Nothing was due." if done == 0 else f"Done: {done}.")
