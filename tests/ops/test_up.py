"""`vekha up`: starts everything, keeps it alive, leaves nobody behind."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.ops.running import COMMAND, descendants, environment, eventually, free_port, is_alive, running

pytestmark = pytest.mark.xdist_group("up")


def refusal(data_dir: Path, port: int) -> tuple[int, list[str]]:
    """Return the status and what was said by a `vekha up` that cannot start."""
    done = subprocess.run(
        COMMAND, env=environment(data_dir, port), capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr.splitlines()


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        family = house.family()
        status = house.end(signal.SIGINT)

    assert any("valkey-server" in command for command in family.values())
    assert len(family) >= 5  # valkey, web and its worker process, ticker, worker
    assert [pid for pid in family if is_alive(pid)] == []
    assert (status, house.said[-1].strip()) == (0, "stopping …")


def test_kill_9_leaves_nobody_behind(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        family = house.family()
        house.process.kill()

        assert eventually(lambda: not any(is_alive(pid) for pid in family))

    with running(tmp_path) as again:  # neither the lock, nor the port, nor the socket is in the way
        assert again.url in "".join(again.said)


def test_a_killed_service_is_started_again(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        valkey = next(pid for pid, command in house.family().items() if "valkey-server" in command)
        os.kill(valkey, signal.SIGKILL)

        assert eventually(
            lambda: any("valkey-server" in command and pid != valkey for pid, command in house.family().items())
        )
        house.end()

    assert any(line.strip().startswith("valkey has stopped and is started again in 1 s") for line in house.said)


def test_it_ends_with_the_process_that_called_it(tmp_path: Path) -> None:
    call = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    command = [sys.executable, "-c", call, *COMMAND, "--follow-parent"]
    caller = subprocess.Popen(
        command, env=environment(tmp_path, free_port()), stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert caller.stdout is not None
    while "Ctrl-C" not in caller.stdout.readline():
        assert caller.poll() is None
    family = [pid for pid, _command in descendants(caller.pid)]

    caller.kill()
    caller.communicate()

    assert eventually(lambda: not any(is_alive(pid) for pid in family))


def test_the_pages_answer_and_the_secret_is_made_once(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        try:
            with urllib.request.urlopen(house.url, timeout=30) as answer:
                status = answer.status
        except urllib.error.HTTPError as refused:
            status = refused.code
            refused.close()
    first = (tmp_path / "secret_key").read_text()
    with running(tmp_path):
        pass

    assert status < 500
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert (len(first), (tmp_path / "secret_key").read_text()) == (64, first)


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        status, said = refusal(tmp_path, port)

    assert status == 1
    assert said == [f"Port {port} cannot be used (Address already in use). Choose another: PORT={port + 1} make run"]


def test_a_second_one_from_the_same_folder_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as house:
        status, said = refusal(tmp_path, free_port())

    assert status == 1
    assert said == [f"Vekha already runs from {tmp_path} (process {house.process.pid}); stop it first."]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    status, said = refusal(tmp_path / "file" / "var", free_port())

    assert status == 1
    assert said == [f"The folder {tmp_path / 'file' / 'var'} cannot be written to: Not a directory."]


def test_a_database_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "vekha.sqlite3").write_bytes(b"this is no database" * 100)

    status, said = refusal(tmp_path, free_port())

    assert status == 1
    assert said == ["The database cannot be used: file is not a database."]
