"""`vekha doctor` names what is wrong and what to do."""

from dataclasses import replace
from pathlib import Path

from flask import Flask

from app.cli.doctor import doctor, examine
from app.factory import create_app
from app.jobs.ticker import heartbeat_file
from app.kernel.settings import Settings


def remedies(app: Flask, settings: Settings) -> dict[str, str]:
    """Return what the doctor says: what was looked at → what to do."""
    with app.app_context():
        return {finding.what: finding.remedy for finding in examine(app, settings)}


def test_the_migrated_database_is_durable_and_current(app: Flask, settings: Settings) -> None:
    found = remedies(app, settings)

    kind = "postgresql" if settings.database_url.startswith("postgresql") else "sqlite"
    assert found["migrations"] == ""
    if kind == "sqlite":
        assert found["database (sqlite)"] == ""


def test_an_empty_database_is_told_to_migrate(settings: Settings, tmp_path: Path) -> None:
    empty = replace(settings, database_url=f"sqlite:///{tmp_path / 'empty.sqlite3'}")

    assert remedies(create_app(empty), empty)["migrations"] == "some have not been run: vekha db upgrade"


def test_a_file_that_is_no_database_is_found(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "torn.sqlite3").write_bytes(b"no database " * 100)
    torn = replace(settings, database_url=f"sqlite:///{tmp_path / 'torn.sqlite3'}")

    assert remedies(create_app(torn), torn)["database"] == "it cannot be used: file is not a database"


def test_a_weak_secret_fails(app: Flask, settings: Settings) -> None:
    result = app.test_cli_runner().invoke(doctor)

    assert len(settings.secret_key) < 32
    assert result.exit_code == 1
    assert "FAIL  SECRET_KEY: set it to at least 32 random characters" in result.output


def test_a_running_ticker_is_seen(app: Flask, settings: Settings) -> None:
    before = remedies(app, settings)["ticker"]

    heartbeat_file(settings.data_dir).touch()

    assert "it does not run here" in before
    assert remedies(app, settings)["ticker"] == ""


def test_an_absent_redis_is_a_note_and_no_failure(app: Flask, settings: Settings, tmp_path: Path) -> None:
    away = replace(settings, redis_url=f"unix://{tmp_path / 'nobody.sock'}", secret_key="x" * 40)

    with app.app_context():
        (finding,) = [found for found in examine(app, away) if found.what == "Redis"]

    assert (finding.remedy, finding.hurts) == ("it does not answer; the ticker does all jobs itself", False)
