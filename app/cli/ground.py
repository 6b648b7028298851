"""What the machine must give before anything starts: a folder, room on the disk, a port, a secret."""

import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEEDED_BYTES = 100_000_000


class CannotStart(Exception):
    """The machine does not let us; the message is the sentence for the person."""


@contextmanager
def reserve(data_dir: Path) -> Iterator[int]:
    """Hold the data folder for this process and give the descriptor of the lock.

    Raises:
        CannotStart: it cannot be written to, the disk is full, or somebody else runs from it.
    """
    try:
        (data_dir / "log").mkdir(parents=True, exist_ok=True)
        lock = os.open(data_dir / "running", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as failure:
        raise CannotStart(f"The folder {data_dir} cannot be written to: {failure.strerror}.") from failure
    try:
        if shutil.disk_usage(data_dir).free < NEEDED_BYTES:
            raise CannotStart(f"The disk of {data_dir} is full: Vekha needs 100 MB to start.")
        _lock(lock, data_dir)
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        yield lock
    finally:
        os.close(lock)


def _lock(lock: int, data_dir: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as failure:
        holder = os.read(lock, 20).decode("ascii", "replace").strip() or "unknown"
        raise CannotStart(f"Vekha already runs from {data_dir} (process {holder}); stop it first.") from failure


@contextmanager
def listen(port: int) -> Iterator[socket.socket]:
    """Take the port on loopback; it stays ours while the pages restart.

    Raises:
        CannotStart: another program has it, or it needs more rights.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError as failure:
        listener.close()
        other = port + 1 if port < 65535 else 8000
        raise CannotStart(
            f"Port {port} cannot be used ({failure.strerror}). Choose another: PORT={other} make run"
        ) from failure
    with listener:
        yield listener


def secret_key(data_dir: Path) -> str:
    """Return the key that signs cookies; made once, readable for this user only.

    Raises:
        CannotStart: it cannot be written.
    """
    place = data_dir / "secret_key"
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    except OSError as failure:
        raise CannotStart(f"The file {place} cannot be written: {failure.strerror}.") from failure
    return place.read_text().strip()
