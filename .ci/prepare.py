"""Make this folder ready to run: a virtual environment, its packages, the front-end bundles.

`make` calls it with the machine's own Python, so it needs nothing but the standard library and starts
with a syntax that old Pythons can read. What is already up to date is left alone.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOG = ROOT / "var" / "log" / "prepare.log"
STAMP = VENV / "prepared.json"
BUNDLES = ROOT / "app" / "web" / "static" / "bundles"
FRONTEND = ROOT / "frontend"
NEEDED_BYTES = 1_500_000_000
OLDEST_NODE = (20, 19)
WAYS_TO_FAIL = (
    (r"No space left on device|ENOSPC|errno 28\b", "The disk is full: free about 1.5 GB and try again."),
    (r"Permission denied|EACCES|EROFS|Read-only file system", "A file in this folder cannot be written."),
    (
        r"Could not find a version|Connection|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|timed out|SSLError",
        "A package could not be downloaded: check the connection to the package registry and try again.",
    ),
    (r"HASHES|EINTEGRITY", "A downloaded package is not the one that was locked; nothing of it was used."),
)


class CannotPrepare(Exception):
    """The machine lacks something; the message is the sentence for the person."""


def main(goal):
    """Prepare for `goal`: run, dev or bundles. Returns the exit status."""
    try:
        check_machine()
        with one_at_a_time():
            prepare_environment("requirements-dev.txt" if goal == "dev" else "requirements.txt")
            prepare_bundles()
    except CannotPrepare as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    except OSError as failure:
        sys.stderr.write(f"Vekha cannot be set up here: {failure.strerror} ({failure.filename or ROOT}).\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def check_machine():
    """Refuse early, with a sentence, what would fail later with a trace."""
    if sys.version_info < (3, 11):
        found = ".".join(str(part) for part in sys.version_info[:2])
        raise CannotPrepare(f"Vekha needs Python 3.11 or newer; {sys.executable} is {found}.")
    try:
        LOG.parent.mkdir(parents=True, exist_ok=True)
        with LOG.open("a"):
            pass
    except OSError as failure:
        reason = failure.strerror
        sentence = f"The folder {ROOT} cannot be written to ({reason}): Vekha keeps its data there."
        raise CannotPrepare(sentence) from None


@contextlib.contextmanager
def one_at_a_time():
    """Let a second `make` wait for the first instead of installing into the same folder."""
    with (LOG.parent / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(sentence):
    """Tell the person what is being done."""
    sys.stdout.write(f"  {sentence}\n")
    sys.stdout.flush()


def digest(paths):
    """Return a hash of the names and contents of `paths`."""
    result = hashlib.sha256()
    for path in sorted(paths):
        result.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return result.hexdigest()


def call(arguments, what, cwd=ROOT):
    """Run a program quietly; its output goes to the log and is shown only when it fails."""
    environment = dict(os.environ, PATH=f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [str(argument) for argument in arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    with contextlib.suppress(OSError), LOG.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(str(argument) for argument in arguments)}\n{done.stdout}")
    if done.returncode == 0:
        return
    for pattern, sentence in WAYS_TO_FAIL:
        if re.search(pattern, done.stdout, re.IGNORECASE):
            raise CannotPrepare(f"{what} failed. {sentence} (Details: {LOG})")
    tail = "\n".join(done.stdout.strip().splitlines()[-12:])
    raise CannotPrepare(f"{tail}\n{what} failed; the whole output is in {LOG}.")


def read_stamp():
    """Return what is known of the environment; nothing where it must be made anew."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    same_place = stamp.get("root") == str(ROOT) and (VENV / "bin" / "python").exists()
    return stamp if same_place and stamp.get("python") == sys.version else {}


def write_stamp(stamp):
    """Remember what the environment holds."""
    stamp.update(root=str(ROOT), python=sys.version)
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")


def prepare_environment(requirements):
    """Make `.venv` hold exactly the locked packages, and the command `vekha`."""
    stamp = read_stamp()
    wanted = digest([ROOT / requirements])
    if wanted not in stamp.get("installed", []):
        if shutil.disk_usage(ROOT).free < NEEDED_BYTES:
            raise CannotPrepare(f"There is too little room on the disk of {ROOT}: about 1.5 GB is needed.")
        started = time.monotonic()
        if not stamp:
            make_environment()
        say(f"installing the locked packages of {requirements} …")
        install(requirements)
        stamp["installed"] = [wanted]
        if requirements == "requirements-dev.txt":  # it holds all of the other
            stamp["installed"].append(digest([ROOT / "requirements.txt"]))
        write_command()
        write_stamp(stamp)
        say(f"packages ready after {time.monotonic() - started:.0f} s")


def make_environment():
    """Create an empty virtual environment."""
    say("making a virtual environment in .venv …")
    if VENV.exists():
        shutil.rmtree(VENV)
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        raise CannotPrepare("Python's venv module is missing; on Debian: apt install python3-venv.") from None
    call([sys.executable, "-m", "venv", VENV], "Making the virtual environment")


def install(requirements):
    """Install a locked list; every package must have one of the recorded hashes."""
    pip = [VENV / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    call([*pip, "--require-hashes", "-r", ROOT / requirements], "Installing packages")


def write_command():
    """Put `vekha` into the environment and the project on its path.

    A build of the project itself would need a build tool that is not locked, so this is done by hand.
    """
    (site_packages,) = (VENV / "lib").glob("python3*/site-packages")
    (site_packages / "vekha.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    command = VENV / "bin" / "vekha"
    python = str(VENV / "bin" / "python").replace("'", "'\\''")
    command.write_text(f"#!/bin/sh\nexec '{python}' -P -m app.cli.main \"$@\"\n", encoding="utf-8")
    command.chmod(0o755)


def prepare_bundles():
    """Build the style sheets and scripts of the pages when their sources have changed."""
    sources = [path for path in (FRONTEND / "src").rglob("*") if path.is_file()]
    names = ("package.json", "package-lock.json", "vite.config.js", ".npmrc")
    sources += [FRONTEND / name for name in names if (FRONTEND / name).exists()]
    wanted = digest(sources)
    marker = BUNDLES / ".sources"
    if marker.exists() and marker.read_text(encoding="utf-8") == wanted:
        return
    started = time.monotonic()
    node, npm = find_node()
    lock = digest([FRONTEND / "package-lock.json"])
    installed = FRONTEND / "node_modules" / ".locked"
    if not installed.exists() or installed.read_text(encoding="utf-8") != lock:
        say("fetching the libraries of the pages …")
        call([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], "Fetching libraries", FRONTEND)
        installed.write_text(lock, encoding="utf-8")
    say("building the bundles of the pages …")
    vite = FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
    call([node, vite, "build", "--logLevel", "warn"], "Building the bundles", FRONTEND)
    marker.write_text(wanted, encoding="utf-8")
    say(f"bundles ready after {time.monotonic() - started:.0f} s")


def find_node():
    """Return the programs node and npm: the machine's when they are recent enough, else PyPI's."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        version = re.match(r"v(\d+)\.(\d+)", answer)
        if version and (int(version[1]), int(version[2])) >= OLDEST_NODE:
            return node, [npm]
    stamp = read_stamp()
    wanted = digest([ROOT / "requirements-node.txt"])
    if stamp.get("node") != wanted:
        say("no recent Node.js found, installing one into .venv …")
        install("requirements-node.txt")
        stamp["node"] = wanted
        write_stamp(stamp)
    return VENV / "bin" / "node", [VENV / "bin" / "npm"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
