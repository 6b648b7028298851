"""What machines are told about the program."""

from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.factory import create_app
from app.kernel.settings import Settings


def test_a_working_program_says_so(client: FlaskClient) -> None:
    answers = [client.get(f"/health/{question}") for question in ("live", "ready")]

    assert [(answer.status_code, answer.text) for answer in answers] == [(200, "ok"), (200, "ok")]


def test_without_a_database_it_lives_but_is_not_ready(settings: Settings, tmp_path: Path) -> None:
    client = create_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'no' / 'folder.sqlite3'}")).test_client()

    assert client.get("/health/live").status_code == 200
    assert (client.get("/health/ready").status_code, client.get("/health/ready").text) == (503, "database")


def test_a_full_disk_is_not_ready(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage(100, 100, 0))

    answer = client.get("/health/ready")

    assert (answer.status_code, answer.text) == (503, "disk")
