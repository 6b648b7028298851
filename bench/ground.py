"""The ground that the work is done on: a migrated database, a small region, the processes of the bench in force."""

import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from alembic import command
from alembic.config import Config
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.engine.definitions import operations as definitions
from app.factory import create_app
from app.kernel.clock import system_now
from app.kernel.db import db, unit_of_work
from app.kernel.settings import Settings
from app.programme.cycles.models import Case, CaseState, Cycle, CycleState
from app.programme.cycles.reference import load_programme
from app.work.forms import operations as forms
from app.work.forms import queries as form_queries
from app.work.people.models import HeldMandate, Organisation, Person
from app.work.people.passwords import demo_hash
from app.work.people.roles import Actor, Level, Mandate, Role
from bench.material import HERE

MIGRATIONS = HERE.parent / "migrations"
BEGINNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
ZONE = "Europe/Volgograd"
PASSWORD = "vekha-bench"  # noqa: S105  # of a database that lives as long as the measurement
FORM = "bench/report"
SCHOOLS = 40
# Between two acts, so that the mail about a new task is never held back as the second within an hour.
PAUSE = timedelta(minutes=61)
_TURNS = Lock()


@dataclass
class Ground:
    """What was prepared: the program, the school's case and who acts; a colleague holds the same mandate.

    Attributes:
        now: the time of the last act.
        turn: how many acts there were.
    """

    app: Flask
    case_id: int
    actor: Actor
    now: datetime = BEGINNING
    turn: int = 0

    def later(self) -> None:
        """Go on to the next act."""
        with _TURNS:
            self.now += PAUSE
            self.turn += 1


@contextmanager
def ground(url: str) -> Iterator[Ground]:
    """Prepare the ground on an empty database and leave nothing open behind."""
    _migrate(url)
    with tempfile.TemporaryDirectory(prefix="vekha-bench-") as folder:
        settings = Settings(database_url=url, data_dir=Path(folder), secret_key="only-here", secure_cookies=False)  # noqa: S106
        app = create_app(settings)
        with app.app_context():
            with unit_of_work() as session:
                case_id, actor = _region(session)
                _deploy(session)
            yield Ground(app, case_id, actor)
            db.session.remove()
            db.engine.dispose()


def _migrate(url: str) -> None:
    engine = create_engine(url)
    config = Config(str(MIGRATIONS / "alembic.ini"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def _region(session: Session) -> tuple[int, Actor]:
    """Put a region of forty schools into the tables, with a running cycle and its real calendar and ladder."""
    region = _place(session, Level.REGION, "Заречная область", "zarechnaya", None)
    town = _place(session, Level.MUNICIPALITY, "Лесной район", "lesnoy", region.id)
    programme = load_programme()
    cycle = Cycle(
        region_id=region.id,
        year=2026,
        title=programme.title,
        calendar=programme.calendar_of(2026),
        factors=[dict(factor) for factor in programme.factors],
        ladder=[dict(rung) for rung in programme.ladder],
        state=CycleState.RUNNING,
        created_at=BEGINNING,
    )
    session.add(cycle)
    session.flush()
    cases = []
    for number in range(1, SCHOOLS + 1):
        school = _place(session, Level.SCHOOL, f"МБОУ СОШ № {number}", f"school-{number}", town.id)
        cases.append(Case(cycle_id=cycle.id, school_id=school.id, state=CaseState.RUNNING))
    session.add_all(cases)
    session.flush()
    school_id = cases[0].school_id
    team = _person(session, "team", "Тимофеева Таисия Ильинична", school_id)
    _person(session, "colleague", "Королёв Кирилл Андреевич", school_id)
    return cases[0].id, Actor(team.id, team.short_name, frozenset({Mandate(Role.SCHOOL_TEAM, school_id)}))


def _place(session: Session, level: Level, name: str, slug: str, parent_id: int | None) -> Organisation:
    made = Organisation(level=level, name=name, slug=slug, parent_id=parent_id, time_zone=ZONE)
    session.add(made)
    session.flush()
    return made


def _person(session: Session, login: str, name: str, school_id: int) -> Person:
    person = Person(
        login=login,
        full_name=name,
        email=f"{login}@example.org",
        password_hash=demo_hash(PASSWORD),
        created_at=BEGINNING,
        password_changed_at=BEGINNING,
    )
    session.add(person)
    session.flush()
    mandate = HeldMandate(
        person_id=person.id, role=Role.SCHOOL_TEAM, organisation_id=school_id, since_on=date(2026, 1, 1)
    )
    session.add(mandate)
    session.flush()
    return person


def _deploy(session: Session) -> None:
    forms.deploy_forms(session, files={FORM: (HERE / "forms" / "report.json").read_bytes()}, now=BEGINNING)
    diagrams = {path.name: path.read_bytes() for path in sorted((HERE / "diagrams").glob("*.bpmn"))}
    definitions.deploy(session, files=diagrams, resources=form_queries.latest_ids(session), now=BEGINNING)


@contextmanager
def sqlite_url() -> Iterator[str]:
    """Return the address of a database file that lives as long as the measurement."""
    with tempfile.TemporaryDirectory(prefix="vekha-bench-") as folder:
        yield f"sqlite:///{folder}/bench.sqlite3"


@contextmanager
def postgres_url() -> Iterator[str | None]:
    """Return an empty database of `TEST_DATABASE_URL`'s server, else of a private server; None without either."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given:
        with _empty_database(given) as url:
            yield url
    elif (initdb := shutil.which("initdb")) is None:
        yield None
    else:
        with _private_server(Path(initdb).resolve().parent) as server, _empty_database(server) as url:
            yield url


@contextmanager
def _empty_database(server_url: str) -> Iterator[str]:
    server, name = make_url(server_url), f"vekha_bench_{os.getpid()}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@contextmanager
def _private_server(binaries: Path) -> Iterator[str]:
    """Run a PostgreSQL of our own on a socket in a folder of its own; it refuses to run as root, so it steps down."""
    with tempfile.TemporaryDirectory(prefix="vekha-bench-pg-") as folder:
        root = Path(folder)
        if os.geteuid() == 0:
            shutil.chown(root, "postgres")
        data, who = root / "data", ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        _quietly([*who, str(binaries / "initdb"), "-D", str(data), "-U", "vekha", "-A", "trust", "-E", "UTF8"])
        control = [*who, str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(root / "log")]
        _quietly([*control, "-o", f"-k {root} -c listen_addresses=''", "start"])
        try:
            yield f"postgresql+psycopg://vekha@/postgres?host={root}"
        finally:
            _quietly([*control, "-m", "immediate", "stop"])


def _quietly(arguments: list[str]) -> None:
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603


def machine() -> dict[str, Any]:
    """Return what the figures depend on besides the program."""
    names = [line.partition(":")[2].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    return {
        "at": system_now().isoformat(timespec="minutes"),
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def write_json(name: str, found: Any) -> Path:
    """Write the results where `make bench` keeps them."""
    folder = HERE.parent / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path
