"""Keeps a handful of processes alive and stops them together.

Children are forked from the supervisor, which has already imported the program: they start at once. The
kernel ends them when the supervisor is killed, even by -9.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.jobs.process import die_with_parent

STEADY_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
STOP_SECONDS = 10.0
LOOK_EVERY_SECONDS = 0.1
LOG_BYTES = 5_000_000


@dataclass
class Service:
    """One process to keep alive.

    Attributes:
        run: what it does, called in the child; it may replace the process by `exec`.
        orphan_signal: what the kernel sends it when the supervisor is killed.
    """

    name: str
    run: Callable[[], object]
    orphan_signal: signal.Signals = signal.SIGTERM
    pid: int = field(default=0, init=False)
    started_at: float = field(default=0.0, init=False)
    next_start_at: float = field(default=0.0, init=False)
    failures: int = field(default=0, init=False)


@dataclass
class Supervisor:
    """Starts services, starts them again when they end, stops them all.

    Attributes:
        logs: the folder where each service writes what it says.
        say: tells the person.
        close_in_children: file descriptors that children must not keep.
    """

    logs: Path
    say: Callable[[str], None]
    close_in_children: Sequence[int] = ()
    services: list[Service] = field(default_factory=list, init=False)
    stopping: bool = field(default=False, init=False)

    def listen(self) -> None:
        """Take Ctrl-C, TERM and a closed terminal as the wish to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def start(self, service: Service) -> None:
        """Start one more service and look after it from now on."""
        self.services.append(service)
        self._fork(service)

    def look_after(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Keep everything alive until somebody asks to stop, or `until` says yes."""
        while not self.stopping and not until():
            self._reap()
            for service in self.services:
                if not service.pid and time.monotonic() >= service.next_start_at:
                    self._fork(service)
            time.sleep(LOOK_EVERY_SECONDS)

    def stop(self) -> None:
        """End all services, the last started first; who does not listen is killed."""
        self.stopping = True
        for service in reversed(self.services):
            self._end([service])
        self.services.clear()

    def _ask_to_stop(self, _number: int, _frame: object) -> None:
        if self.stopping:  # asked twice: somebody is in a hurry
            self._signal(self.services, signal.SIGKILL)
        self.stopping = True

    def _fork(self, service: Service) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        service.started_at = time.monotonic()
        service.pid = os.fork()
        if service.pid == 0:
            self._be_child(service, parent)

    def _be_child(self, service: Service, parent: int) -> None:
        status = 1
        try:
            os.setsid()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            die_with_parent(service.orphan_signal, parent=parent)
            for descriptor in self.close_in_children:
                os.close(descriptor)
            _write_to(self.logs / f"{service.name}.log")
            service.run()
            status = 0
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        except BaseException:  # noqa: BLE001 (a child ends here, whatever happened)
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _reap(self) -> None:
        for service in self.services:
            if service.pid and _has_ended(service.pid):
                service.pid = 0
                if not self.stopping:
                    self._plan_restart(service)

    def _plan_restart(self, service: Service) -> None:
        now = time.monotonic()
        steady = now - service.started_at > STEADY_SECONDS
        service.failures = 1 if steady else service.failures + 1
        pause = min(2.0 ** (service.failures - 1), LONGEST_PAUSE_SECONDS)
        service.next_start_at = now + pause
        log = self.logs / f"{service.name}.log"
        self.say(f"{service.name} has stopped and is started again in {pause:.0f} s (see {log})")

    def _end(self, services: Sequence[Service]) -> None:
        self._signal(services, signal.SIGTERM)
        limit = time.monotonic() + STOP_SECONDS
        while any(service.pid for service in services) and time.monotonic() < limit:
            self._reap()
            time.sleep(LOOK_EVERY_SECONDS / 2)
        for service in services:
            if service.pid:
                self._signal([service], signal.SIGKILL)
                os.waitpid(service.pid, 0)
                service.pid = 0

    @staticmethod
    def _signal(services: Sequence[Service], number: signal.Signals) -> None:
        for service in services:
            if service.pid:
                try:
                    # A killed service takes its own children along, a stopped one ends them itself.
                    (os.killpg if number == signal.SIGKILL else os.kill)(service.pid, number)
                except ProcessLookupError:
                    continue


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _write_to(log: Path) -> None:
    """Let everything that this process says go to `log`; an old long one is kept once."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)
    os.close(nothing)
