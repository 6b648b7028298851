"""What one completion costs over HTTP: the task's page, its answers sent, the page that the browser is sent on to.

`python -m bench.http [--profile NAME] [--statements]` prints a table and writes `var/bench/http.json`. A real person
signs in with a password and sends the form of the page that was shown, with its CSRF token, command key and login
cookie. First the program answers within this process, then as `vekha web` serves it, one worker, on a socket.
"""

import argparse
import cProfile
import os
import pstats
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median

from sqlalchemy import select, update

from app.kernel.clock import system_now
from app.kernel.db import db, unit_of_work
from app.programme.cycles.queries import get_case
from app.programme.processes.acts import start_process
from app.work.people.models import HeldMandate
from app.work.tasks.models import Task
from app.work.tasks.queries import UNFINISHED
from bench.browser import Answer, Browser, Inside, Wire, expect, hidden, location
from bench.ground import Ground, ground, postgres_url, sqlite_url, write_json
from bench.material import answers
from bench.measure import Meter

WARM_UP = 8
INSTANCES = 60
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Completed:
    """The requests of one completion."""

    page: Answer
    sent: Answer
    after: Answer


@dataclass
class Measured:
    """What the completions on one database cost as a rule: medians, milliseconds of processor time."""

    database: str
    served: str
    completions: int
    get_ms: float
    post_ms: float
    both_ms: float
    per_second: float
    with_next_page_ms: float
    with_next_page_per_second: float
    get_statements: float = 0
    post_statements: float = 0
    next_page_statements: float = 0
    page_bytes: int = 0


def typed(turn: int) -> list[tuple[str, str]]:
    """Return the answers as the inputs of the form hold them."""
    texts = {name: ("true" if value is True else value) for name, value in answers(turn).items()}
    return [(name, str(text)) for name, text in texts.items() if text is not False]


def complete(browser: Browser, task_id: int, turn: int) -> Completed:
    """Open the task's page, fill in its form, send it, follow where it leads."""
    address = f"/tasks/{task_id}"
    page = expect(browser.get(address), 200)
    sent = expect(browser.post(address, [*hidden(page.text), *typed(turn)]), 303)
    return Completed(page, sent, expect(browser.get(location(sent)), 200))


def run(here: Ground, browser: Browser, instances: int) -> list[Completed]:
    """Do five tasks in a line, so many times; starting the instances is not a part of it."""
    done: list[Completed] = []
    for instance_id in [_start(here) for _number in range(instances)]:
        while (task_id := _open_task(instance_id)) is not None:
            done.append(complete(browser, task_id, len(done)))
    return done


def _start(here: Ground) -> int:
    with unit_of_work() as session:
        case = get_case(session, here.case_id)
        data = {"subject": "Отчёт за год"}
        who = here.actor.person_id
        made = start_process(session, process_key="bench_line", about=case, data=data, actor_id=who, now=system_now())
    db.session.remove()
    return made


def _open_task(instance_id: int) -> int | None:
    waiting = select(Task.id).where(Task.instance_id == instance_id, Task.state.in_(UNFINISHED))
    found = db.session.scalar(waiting)
    db.session.remove()
    return found


def inside(here: Ground, database: str, options: argparse.Namespace) -> Measured:
    """Measure the program in this process, request by request."""
    meter = Meter()
    profile = cProfile.Profile(time.process_time) if options.profile else None
    line = Inside(here.app, meter, None)
    browser = Browser(line)
    browser.sign_in("team")
    counted = run(here, browser, WARM_UP)
    # Listening to the statements costs time of its own.
    line.counted, line.profile = False, profile
    done = run(here, browser, options.instances)
    meter.close()
    if profile is not None:
        pstats.Stats(profile).sort_stats(options.profile).print_stats(options.rows)
    if options.statements:
        _print_statements(counted[-2])

    def ms(cost: Callable[[Completed], float]) -> float:
        return round(median(map(cost, done)) * 1000, 3)

    both = ms(lambda one: one.page.cost.seconds + one.sent.cost.seconds)
    whole = ms(lambda one: one.page.cost.seconds + one.sent.cost.seconds + one.after.cost.seconds)
    return Measured(
        database=database,
        served="in process",
        completions=len(done),
        get_ms=ms(lambda one: one.page.cost.seconds),
        post_ms=ms(lambda one: one.sent.cost.seconds),
        both_ms=both,
        per_second=round(1000 / both, 1),
        with_next_page_ms=whole,
        with_next_page_per_second=round(1000 / whole, 1),
        get_statements=median(one.page.cost.statements for one in counted),
        post_statements=median(one.sent.cost.statements for one in counted),
        next_page_statements=median(one.after.cost.statements for one in counted),
        page_bytes=round(median(len(one.page.text.encode()) for one in done)),
    )


def _print_statements(one: Completed) -> None:
    for name, answer in (("GET", one.page), ("POST", one.sent), ("GET after it", one.after)):
        print(f"-- {name}")
        for number, text in enumerate(answer.cost.texts, start=1):
            print(f"{number:3} {' '.join(text.split())[:260]}")


def served(here: Ground, url: str, database: str, options: argparse.Namespace) -> Measured:
    """Measure the processor time of the server while forms are opened and sent, then that of the last pages alone."""
    with _server(url) as (port, pid):
        browser = Browser(Wire(port))
        browser.sign_in("team")
        run(here, browser, WARM_UP)
        began = cpu_of(pid)
        done = run(here, browser, options.instances)
        whole = (cpu_of(pid) - began) / len(done)
        # The page after the sending is opened again, so that its share is known.
        began = cpu_of(pid)
        for one in done:
            browser.get(location(one.sent))
        after = (cpu_of(pid) - began) / len(done)
    both = whole - after
    return Measured(
        database=database,
        served="vekha web",
        completions=len(done),
        get_ms=0,
        post_ms=0,
        both_ms=round(both * 1000, 3),
        per_second=round(1 / both, 1),
        with_next_page_ms=round(whole * 1000, 3),
        with_next_page_per_second=round(1 / whole, 1),
        page_bytes=round(median(len(one.page.text.encode()) for one in done)),
    )


@contextmanager
def _server(url: str) -> Iterator[tuple[int, int]]:
    """Run `vekha web` with one worker on a free port; return the port and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"DATABASE_URL": url, "SECRET_KEY": "only-here", "VEKHA_SECURE_COOKIES": "0", "REDIS_URL": ""}
    command = [sys.executable, "-m", "app.cli.main", "web", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait_for(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _attempt in range(300):
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("The server did not start.")


def cpu_of(pid: int) -> float:
    """Return the processor time of a process and its children, in seconds."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    parts = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / _TICK + sum(map(cpu_of, map(int, children)))


def measure_database(url: str, database: str, options: argparse.Namespace) -> list[Measured]:
    """Measure both ways on one database."""
    found: list[Measured] = []
    with ground(url) as here:
        with unit_of_work() as session:
            session.execute(update(HeldMandate).values(since_on=date(2000, 1, 1)))
        if "inside" in options.served:
            found.append(inside(here, database, options))
            _print_row(found[-1])
        if "server" in options.served and Path("/proc/self/stat").exists():
            found.append(served(here, url, database, options))
            _print_row(found[-1])
    return found


def _print_row(one: Measured) -> None:
    statements = f"{one.get_statements:.0f}+{one.post_statements:.0f}+{one.next_page_statements:.0f}"
    print(
        f"{one.database:11} {one.served:11} {one.get_ms or '':>7} {one.post_ms or '':>7} {one.both_ms:9.2f}"
        f" {one.per_second:9.0f} {one.with_next_page_ms:10.2f} {one.with_next_page_per_second:9.0f}"
        f" {statements if one.get_statements else '':>8} {one.page_bytes:6}",
        flush=True,
    )


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="sqlite,postgresql", help="where to measure")
    parser.add_argument("--served", default="inside,server", help="in this process, as `vekha web` serves it, or both")
    parser.add_argument("--instances", type=int, default=INSTANCES, help="how many times five tasks are completed")
    parser.add_argument("--profile", help="print cProfile's table sorted by this (tottime, cumtime)")
    parser.add_argument("--rows", type=int, default=70, help="how many rows of it")
    parser.add_argument("--statements", action="store_true", help="print the SQL of one completion")
    options = parser.parse_args()
    print(
        f"{'database':11} {'served':11} {'GET ms':>7} {'POST ms':>7} {'GET+POST':>9} {'per CPU-s':>9}"
        f" {'+next page':>10} {'per CPU-s':>9} {'SQL':>8} {'page B':>6}"
    )
    found: list[Measured] = []
    if "sqlite" in options.database:
        with sqlite_url() as url:
            found += measure_database(url, "SQLite", options)
    if "postgresql" in options.database:
        with postgres_url() as server_url:
            if server_url:
                found += measure_database(server_url, "PostgreSQL", options)
            else:
                print("PostgreSQL: skipped, there is no initdb")
    path = write_json("http", [asdict(one) for one in found])
    print(f"written to {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
