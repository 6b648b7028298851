"""Starts the whole program on one machine, in order, and says what it is doing."""

import logging
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from alembic.util import CommandError
from flask import Flask
from sqlalchemy.exc import DatabaseError

from app.cli import database
from app.cli.ground import CannotStart, listen, reserve, secret_key
from app.cli.web import serve
from app.jobs import ticker, valkey, worker
from app.jobs.process import die_with_parent
from app.jobs.supervisor import Service, Supervisor
from app.jobs.workshop import Workshop, bind
from app.kernel import queue
from app.kernel.clock import ClockShift
from app.kernel.db import unit_of_work
from app.kernel.settings import DEMO_MARK, Settings

VALKEY_PATIENCE = timedelta(seconds=5)
DEMO_LOGINS = "team, principal, curator, municipality, region, consultant, designer, admin, stranger"
DEMO_PASSWORD = "vekha-demo"  # noqa: S105 (known to everybody, and only on loopback)


@dataclass(frozen=True)
class Wishes:
    """What was asked for on the command line."""

    port: int
    demo: bool
    follow_parent: bool


@dataclass
class House:
    """The program on this machine, while it starts and runs."""

    wishes: Wishes
    settings: Settings
    listener: socket.socket
    supervisor: Supervisor
    say: Callable[[str], None]

    def start(self) -> None:
        """Start everything and say where it is.

        Raises:
            CannotStart: the database or the pages do not come up.
        """
        if not self.settings.redis_url:
            self._start_valkey()
        self.say("opening the database …")
        program = self._build()
        place = Workshop(program, self.settings)
        web = Service("web", lambda: self._serve(program))
        self.supervisor.start(web)
        self.supervisor.start(Service("ticker", lambda: _work(place, ticker.run), signal.SIGKILL))
        if self.settings.redis_url:
            self.supervisor.start(Service("worker", lambda: _work(place, worker.run), signal.SIGKILL))
        self.say("waiting for the pages …")
        self.supervisor.look_after(until=lambda: self._answers() or web.failures > 1)
        if web.failures > 1:
            raise CannotStart(f"The pages do not come up; see {self.supervisor.logs / 'web.log'}.")
        if not self.supervisor.stopping:
            self._welcome()

    def _start_valkey(self) -> None:
        self.say("starting Valkey …")
        embedded = valkey.prepare(self.settings.data_dir)
        if embedded is None:
            self.say("there is no Valkey for this kind of machine; going on without")
            return
        self.supervisor.start(Service("valkey", embedded.run))
        queue.connect(embedded.url)
        limit = time.monotonic() + VALKEY_PATIENCE.total_seconds()
        self.supervisor.look_after(until=lambda: queue.is_reachable() or time.monotonic() > limit)
        self.settings = replace(self.settings, redis_url=embedded.url)

    def _build(self) -> Flask:
        from app.factory import create_app

        try:
            program = create_app(self.settings)
            if not database.is_up_to_date(program):
                self.say("updating the tables …")
                database.migrate(program)
            if self.wishes.demo:
                self._seed(program)
        except DatabaseError as failure:
            raise CannotStart(f"The database cannot be used: {failure.orig}.") from failure
        except CommandError as failure:
            raise CannotStart(f"The database belongs to another version of Vekha: {failure}.") from failure
        queue.connect(self.settings.redis_url)
        return program

    def _seed(self, program: Flask) -> None:
        """Put the demo region in, the first time; all of it or nothing."""
        from app.cli.seed import OPENED_AT, deploy_shipped, seed_demo  # a second start need not wait for it

        (self.settings.data_dir / DEMO_MARK).touch()
        with program.app_context(), unit_of_work() as session:
            if session.get(ClockShift, 1) is None:
                self.say("playing the demo region into its year (once, some seconds) …")
                deploy_shipped(session, now=OPENED_AT)
                seed_demo(session)

    def _serve(self, program: Flask) -> None:
        descriptor = os.dup(self.listener.fileno())
        serve(program, bind=f"fd://{descriptor}", workers=1, threads=8)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.settings.base_url}/health/live", timeout=2):  # noqa: S310 (our own)
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def _welcome(self) -> None:
        lines = ["", f"Vekha is running: {self.settings.base_url}"]
        if self.wishes.demo:
            lines += [f"Demo logins: {DEMO_LOGINS}", f"Password of all: {DEMO_PASSWORD}"]
        for line in [*lines, "Ctrl-C stops everything.", ""]:
            self.say(line)


def run(wishes: Wishes, *, say: Callable[[str], None]) -> None:
    """Start everything, look after it until somebody asks to stop, stop everything.

    Raises:
        CannotStart: something is missing or taken.
    """
    if wishes.follow_parent:
        die_with_parent(signal.SIGTERM, parent=os.getppid())
    found = Settings.from_environment()
    with reserve(found.data_dir) as lock, listen(wishes.port) as listener:
        settings = replace(
            found,
            demo=wishes.demo,
            secret_key=found.secret_key or secret_key(found.data_dir),
            base_url=f"http://127.0.0.1:{wishes.port}",
            secure_cookies=False,
        )
        supervisor = Supervisor(settings.data_dir / "log", say, close_in_children=(lock,))
        supervisor.listen()
        try:
            House(wishes, settings, listener, supervisor, say).start()
            supervisor.look_after()
        finally:
            say("stopping …")
            supervisor.stop()


def _work(place: Workshop, work: Callable[[Workshop], None]) -> None:
    """Be the ticker or the worker, in a process of its own."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    bind(place)
    queue.connect(place.settings.redis_url)
    work(place)
