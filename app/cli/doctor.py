"""`vekha doctor`: what is wrong with this installation, each with what to do about it."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.cli import database
from app.engine.calls.queries import next_attempt_at
from app.engine.starts.queries import failing_timers, next_due_at
from app.jobs.alive import ticker_is_alive
from app.kernel import queue
from app.kernel.clock import current_time
from app.kernel.db import db
from app.kernel.settings import Settings
from app.web import bundles

PATIENCE = timedelta(minutes=10)
LEAST_FREE_BYTES = 500_000_000
SQLITE_WANTED = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
POSTGRES_WANTED = {"fsync": {"on"}, "full_page_writes": {"on"}, "synchronous_commit": {"on", "remote_apply"}}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        remedy: what to do; empty when all is well.
        hurts: whether the program cannot be relied on as it is.
    """

    what: str
    remedy: str = ""
    hurts: bool = True


@click.command()
@with_appcontext
def doctor() -> None:
    """Look at settings, database, disk, Redis, bundles and ticker; status 1 when something is wrong.

    Example: vekha doctor
    """
    program: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = program.extensions["settings"]
    findings = list(examine(program, settings))
    for finding in findings:
        sign = "ok  " if not finding.remedy else ("FAIL" if finding.hurts else "note")
        click.echo(f"{sign}  {finding.what}{': ' if finding.remedy else ''}{finding.remedy}")
    if any(finding.remedy and finding.hurts for finding in findings):
        sys.exit(1)


def examine(program: Flask, settings: Settings) -> Iterator[Finding]:
    """Look at everything, one after another."""
    yield _secret(settings)
    yield _folder(settings.data_dir)
    yield from _database(program)
    yield _redis(settings)
    yield _mail(settings)
    yield _bundles()
    yield _ticker(settings.data_dir)
    yield from _waiting_rows(program, settings)


def _secret(settings: Settings) -> Finding:
    weak = len(settings.secret_key) < 32 and not (settings.data_dir / "secret_key").exists()
    return Finding("SECRET_KEY", "set it to at least 32 random characters" if weak else "")


def _folder(data_dir: Path) -> Finding:
    if not os.access(data_dir, os.W_OK):
        return Finding(f"folder {data_dir}", "it cannot be written to")
    free = shutil.disk_usage(data_dir).free
    return Finding(f"folder {data_dir}", "less than 500 MB are free" if free < LEAST_FREE_BYTES else "")


def _database(program: Flask) -> Iterator[Finding]:
    try:
        current = database.is_up_to_date(program)
        kind = db.engine.dialect.name
        durable = _sqlite_remedy if kind == "sqlite" else _postgres_remedy
        yield Finding(f"database ({kind})", _asked(durable))
        yield Finding("migrations", "" if current else "some have not been run: vekha db upgrade")
    except SQLAlchemyError as failure:
        yield Finding("database", f"it cannot be used: {getattr(failure, 'orig', failure)}")


def _asked(remedy: Callable[[Callable[[str], object]], str]) -> str:
    with db.engine.connect() as connection:
        return remedy(lambda question: connection.execute(text(question)).scalar())


def _sqlite_remedy(ask: Callable[[str], object]) -> str:
    wrong = [name for name, wanted in SQLITE_WANTED.items() if ask(f"PRAGMA {name}") != wanted]
    if ask("PRAGMA quick_check") != "ok":
        return "the file is damaged: restore a backup"
    return f"not durable, check {', '.join(wrong)}; is the file on a network disk?" if wrong else ""


def _postgres_remedy(ask: Callable[[str], object]) -> str:
    wrong = [name for name, wanted in POSTGRES_WANTED.items() if ask(f"SHOW {name}") not in wanted]
    return f"not durable: switch on {', '.join(wrong)}" if wrong else ""


def _redis(settings: Settings) -> Finding:
    if not settings.redis_url:
        return Finding("Redis", "REDIS_URL is not set; the ticker does all jobs itself", hurts=False)
    queue.connect(settings.redis_url)
    if not queue.is_reachable():
        return Finding("Redis", "it does not answer; the ticker does all jobs itself", hurts=False)
    return Finding("Redis", "" if queue.has_workers() else "no worker listens: vekha worker", hurts=False)


def _mail(settings: Settings) -> Finding:
    return Finding("mail", "" if settings.smtp_url else "SMTP_URL is not set; mails stay in the outbox", hurts=False)


def _bundles() -> Finding:
    there = (bundles.FOLDER / "manifest.json").exists()
    return Finding("bundles of the pages", "" if there else "build them: make bundles")


def _ticker(data_dir: Path) -> Finding:
    if ticker_is_alive(data_dir):
        return Finding("ticker")
    return Finding("ticker", "it does not run here; what is due waits: vekha tick --forever", hurts=False)


def _waiting_rows(program: Flask, settings: Settings) -> Iterator[Finding]:
    """Look how old the oldest call and start timer are that should have been acted on."""
    try:
        if not database.is_up_to_date(program):
            return
        session = db.session()
        now = current_time(session, demo=settings.demo)
        due = {"calls of service tasks": next_attempt_at(session), "times that start a process": next_due_at(session)}
        failing = failing_timers(session, now=now)
    except SQLAlchemyError:  # What is wrong with the database has been said.
        return
    for what, moment in due.items():
        late = moment is not None and moment < now - PATIENCE
        minutes = int((now - moment).total_seconds() // 60) if late and moment is not None else 0
        yield Finding(what, f"the oldest waits for {minutes} minutes: is the ticker running?" if late else "")
    for timer in failing:
        yield Finding(f"start timer {timer.process_key}/{timer.element_id}", "it failed several times: see the log")
