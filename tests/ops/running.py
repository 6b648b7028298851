"""Starts the whole program as `make run` does, in a folder of its own, and watches its processes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

COMMAND = (sys.executable, "-m", "app.cli.main", "up")
PATIENCE_SECONDS = 40


@dataclass
class RunningHouse:
    """A started `vekha up`."""

    process: subprocess.Popen[str]
    port: int
    said: list[str]

    @property
    def url(self) -> str:
        """Return where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def family(self) -> dict[int, str]:
        """Return the processes below the supervisor: id → command line."""
        return dict(descendants(self.process.pid))

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the supervisor's end; return its status."""
        self.process.send_signal(number)
        self.said += self.process.stdout.readlines() if self.process.stdout else []
        return self.process.wait(PATIENCE_SECONDS)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data_dir: Path, port: int, **more: str) -> dict[str, str]:
    """Return an environment without anything of this machine's Vekha."""
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SMTP_URL", "BASE_URL", "VEKHA_DEMO")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "VEKHA_DATA_DIR": str(data_dir), "PORT": str(port), **more}


@contextmanager
def running(data_dir: Path, *options: str) -> Iterator[RunningHouse]:
    """Start `vekha up` and wait until it says its address; what is left of it is killed at the end."""
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, *options],
        env=environment(data_dir, port),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    house = RunningHouse(process, port, [])
    try:
        assert process.stdout is not None
        for line in process.stdout:
            house.said.append(line)
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError(f"it did not start: {house.said}")
        yield house
    finally:
        if process.poll() is None:
            house.end(signal.SIGKILL)
        if process.stdout is not None:
            process.stdout.close()


def descendants(ancestor: int) -> Iterator[tuple[int, str]]:
    """Yield the processes below one, with their command lines."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, parent = int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])
            command = (stat.parent / "cmdline").read_text().replace("\0", " ").strip()
        except OSError:  # it has just ended
            continue
        if parent == ancestor:
            yield pid, command
            yield from descendants(pid)


def is_alive(pid: int) -> bool:
    """Tell whether a process still runs; one that waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait until something holds; False when it never does."""
    for _ in range(PATIENCE_SECONDS * 10):
        if holds():
            return True
        Event().wait(0.1)
    return False
