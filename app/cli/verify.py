"""`vekha verify`: the invariants, on the live database."""

import sys

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.kernel.clock import current_time
from app.kernel.db import db
from app.kernel.settings import Settings
from app.kernel.storage import Storage
from app.reports.verify import find_violations


@click.command()
@with_appcontext
def verify() -> None:
    """Check what must always hold between engine, tasks, deadlines, mails and files; status 1 when it does not.

    Nothing is changed. Example: vekha verify
    """
    program: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = program.extensions["settings"]
    session = db.session()
    now = current_time(session, demo=settings.demo)
    found = find_violations(session, now=now, files=Storage(settings.data_dir / "files", settings.max_upload_bytes))
    for violation in found:
        click.echo(f"invariant {violation.invariant}: {violation.subject}: {violation.message}")
    click.echo(f"{len(found)} violations" if found else "everything holds")
    if found:
        sys.exit(1)
