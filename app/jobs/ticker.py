"""Looks every two seconds for rows that are due, claims them and has them done.

Any number of tickers may run: a claim is a conditional UPDATE with a lease, so each row is claimed by one.
Whoever claimed and died lets go when the lease ends. When nobody would hear a nudge, the ticker does the
job itself: nothing depends on Redis.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from app.jobs import tasks
from app.jobs.workshop import Workshop
from app.kernel import queue
from app.kernel.db import db
from app.kernel.storage import storage_of

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0
SWEEP_EVERY_SECONDS = 3600.0
LEASE = timedelta(seconds=60)
AT_ONCE = 50


@dataclass(frozen=True)
class Chore:
    """A kind of row that comes due.

    Attributes:
        claim: returns the ids of rows that are ours for the lease.
        job: what is done for one of them.
    """

    job_name: str
    claim: Callable[[Session, datetime], Iterable[int]]
    job: Callable[[int], None]


def chores(*, mails: bool) -> tuple[Chore, ...]:
    """Return what to look for, the most urgent first; mails only where there is a server to take them."""
    from app.engine.starts import operations as starts
    from app.programme.processes.due import claim_calls, claim_timers
    from app.work.deadlines import operations as deadlines
    from app.work.notifications import operations as notifications

    found = [
        Chore("fire_timer", lambda s, now: claim_timers(s, now=now, limit=AT_ONCE, lease=LEASE), tasks.fire_timer),
        Chore(
            "fire_rung",
            lambda s, now: deadlines.claim_due_rungs(s, now=now, limit=AT_ONCE, lease=LEASE),
            tasks.fire_rung,
        ),
        Chore(
            "start_process",
            lambda s, now: starts.claim_due(s, now=now, limit=AT_ONCE, lease=LEASE),
            tasks.start_process,
        ),
        Chore(
            "perform_call",
            lambda s, now: claim_calls(s, now=now, limit=AT_ONCE, lease=tasks.CALL_LEASE),
            tasks.perform_call,
        ),
    ]
    if mails:
        found.append(
            Chore(
                "send_mail",
                lambda s, now: notifications.claim_due_mails(s, now=now, limit=AT_ONCE, lease=LEASE),
                tasks.send_mail,
            )
        )
    return tuple(found)


def tick(here: Workshop, todo: Iterable[Chore], *, leave_to_workers: bool) -> int:
    """Claim what is due now and have it done; return how many rows that were."""
    count = 0
    for chore in todo:
        with here.unit() as (session, now):
            ids = list(chore.claim(session, now))
        heard = bool(ids) and leave_to_workers and queue.has_workers()
        for row_id in ids:
            if not (heard and queue.nudge(chore.job_name, row_id)):
                _do(chore, row_id)
        count += len(ids)
    return count


def sweep(here: Workshop) -> int:
    """Delete files that were stored for requests which failed afterwards; return how many."""
    from app.work.documents.operations import sweep_files

    with here.app.app_context():
        return sweep_files(db.session(), storage=storage_of(here.settings))


def _do(chore: Chore, row_id: int) -> None:
    try:
        chore.job(row_id)
    except Exception:  # one broken row must not hold up the others; it comes due again after its lease
        log.exception("%s %s failed", chore.job_name, row_id)


def run(here: Workshop) -> None:
    """Tick until somebody asks to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    todo = chores(mails=bool(here.settings.smtp_url))
    log.info("ticker is looking every %s s", EVERY_SECONDS)
    swept_at = float("-inf")
    while not stop.is_set():
        try:
            tick(here, todo, leave_to_workers=True)
            if time.monotonic() - swept_at > SWEEP_EVERY_SECONDS:
                swept_at = time.monotonic()
                sweep(here)
            heartbeat_file(here.settings.data_dir).touch()
        except Exception:  # the database is away or busy: the next round tries again
            log.exception("this round of the ticker failed")
        stop.wait(EVERY_SECONDS)


def heartbeat_file(data_dir: Path) -> Path:
    """Return the file whose age says when the ticker last finished a round."""
    return data_dir / "ticker.alive"
