"""`make bench`: what one completion costs, everything included, beside stock SpiffWorkflow on the same work.

`python -m bench.engine [--quick] [--profile NAME]` prints a table and writes `var/bench/engine.json`.
"""

import argparse
import cProfile
import pstats
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.instances import live
from app.engine.instances import queries as instances
from app.kernel.db import Base, db, unit_of_work
from app.programme.cycles.queries import get_case
from app.programme.processes.acts import Completion, complete_task, start_process
from app.work.forms.compile import validate
from app.work.forms.queries import get_form
from app.work.tasks.models import Task
from app.work.tasks.queries import UNFINISHED, visible_desk
from bench import stock
from bench.ground import Ground, ground, machine, postgres_url, sqlite_url, write_json
from bench.material import answers, items
from bench.measure import Cost, Meter, Typical, stored_bytes
from bench.page import write_page


@dataclass(frozen=True)
class Workload:
    """A process and how much of it is done.

    Attributes:
        size: measures of a family; 0 for the five tasks in a line.
        repetitions: instances that are measured; the first of all is not, it fills the caches.
        most: completions that are measured of one instance at most.
    """

    name: str
    process_key: str
    size: int
    repetitions: int
    most: int

    @property
    def data(self) -> dict[str, Any]:
        """What an instance is started with."""
        return {"items": items(self.size)} if self.size else {"subject": "Отчёт за год"}


WORKLOADS = (
    Workload("(a) five in a line", "bench_line", 0, 40, 5),
    Workload("(b) family of 3", "bench_family", 3, 40, 3),
    Workload("(b) family of 30", "bench_family", 30, 4, 30),
    Workload("(b) family of 300", "bench_family", 300, 2, 100),
)


@dataclass
class Measured:
    """What one workload cost on one database, warm or cold."""

    workload: str
    database: str
    cache: str
    completion: Typical
    start: Typical
    written: dict[str, float]
    finished_bytes: dict[str, int] = field(default_factory=dict)


class Runner:
    """Does the work of one workload on one database, as the doors do it."""

    def __init__(self, here: Ground, meter: Meter, *, cold: bool, profile: cProfile.Profile | None) -> None:
        self.here, self.meter, self.cold, self.profile = here, meter, cold, profile

    def start(self, workload: Workload) -> tuple[int, Cost]:
        """Start one instance about the school's case."""
        self.here.later()
        with self.meter.measured() as cost, unit_of_work() as session:
            instance_id = start_process(
                session,
                process_key=workload.process_key,
                about=get_case(session, self.here.case_id),
                data=workload.data,
                actor_id=self.here.actor.person_id,
                now=self.here.now,
            )
        db.session.remove()
        return instance_id, cost

    def complete(self, task_id: int, *, counted: bool | None = None) -> Cost:
        """Check the answers and complete one task: what a request does between the browser and its page."""
        self.here.later()
        if self.cold:
            live.forget_all()
        measured = self.meter.measured(counted=counted)
        with measured as cost, self.profile or nullcontext(), unit_of_work() as session:
            self._complete(session, task_id)
        db.session.remove()
        return cost

    def _complete(self, session: Session, task_id: int) -> None:
        task = visible_desk(session, task_id=task_id, actor=self.here.actor)
        context = instances.task_data(session, instance_id=task.instance_id, task_ref=task.task_ref)
        checked = validate(get_form(session, task.form_id or 0), answers(self.here.turn), context)
        if checked.errors:
            raise AssertionError(checked.errors)
        completion = Completion(task_id, checked.clean, f"turn-{self.here.turn:08}-{task_id}")
        complete_task(session, completion=completion, actor=self.here.actor, now=self.here.now)

    def run(self, workload: Workload) -> tuple[list[Cost], list[Cost]]:
        """Start an instance and do its tasks; return what each start and each completion cost."""
        instance_id, started = self.start(workload)
        costs: list[Cost] = []
        while len(costs) < workload.most and (open_now := self.open_tasks(instance_id)):
            costs += [self.complete(task_id) for task_id in open_now[: workload.most - len(costs)]]
        return [started], costs

    def open_tasks(self, instance_id: int) -> Sequence[int]:
        """Return the tasks of the instance that wait for the actor."""
        waiting = select(Task.id).where(Task.instance_id == instance_id, Task.state.in_(UNFINISHED)).order_by(Task.id)
        found = db.session.scalars(waiting).all()
        db.session.remove()
        return found


def measure(runner: Runner, workload: Workload, database: str) -> Measured:
    """Measure one workload; the first instance fills the caches and is not counted."""
    runner.run(workload)
    before = _stored()
    starts: list[Cost] = []
    costs: list[Cost] = []
    for _number in range(workload.repetitions):
        started, done = runner.run(workload)
        starts += started
        costs += done
    after = _stored()
    written: Counter[str] = Counter()
    counted = [cost for cost in costs if cost.counted]
    for cost in counted:
        written.update(cost.written)
    finished = workload.most >= (workload.size or 5)
    per_instance = {table: round((after[table] - before[table]) / workload.repetitions) for table in after}
    return Measured(
        workload=workload.name,
        database=database,
        cache="cold" if runner.cold else "warm",
        completion=Typical.of(costs),
        start=Typical.of(starts),
        written={table: round(size / len(counted), 1) for table, size in written.most_common()},
        finished_bytes={table: size for table, size in per_instance.items() if size} if finished else {},
    )


def _stored() -> Counter[str]:
    found = stored_bytes(db.session(), Base.metadata)
    db.session.remove()
    return found


def crowd(here: Ground, meter: Meter, *, people: int = 8) -> dict[str, Any]:
    """Let eight threads complete the tasks of one instance, each task by one of them; return what failed."""
    runner = Runner(here, meter, cold=False, profile=None)
    instance_id, _cost = runner.start(Workload("crowd", "bench_family", people * 4, 1, 0))
    waiting = list(runner.open_tasks(instance_id))
    errors: list[str] = []

    def work(share: list[int]) -> None:
        with here.app.app_context():
            own = Runner(here, meter, cold=False, profile=None)
            for task_id in share:
                try:
                    own.complete(task_id, counted=False)
                except Exception as error:  # noqa: BLE001 – whatever goes wrong is what is counted here
                    errors.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=work, args=(waiting[n::people],)) for n in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = instances.get_instance(db.session(), instance_id=instance_id).state
    db.session.remove()
    return {"threads": people, "completions": len(waiting), "errors": errors, "state": state.value}


def measure_database(url: str, database: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure everything on one database."""
    meter = Meter()
    profile = cProfile.Profile() if options.profile else None
    found: list[Measured] = []
    with ground(url) as here:
        for workload in _chosen(options):
            for cold in (False, True):
                runner = Runner(here, meter, cold=cold, profile=profile)
                found.append(measure(runner, workload, database))
                _print_row(found[-1])
        crowded = crowd(here, meter)
        if options.statements:
            _print_statements(Runner(here, meter, cold=False, profile=None))
    meter.close()
    print(f"{database}: eight threads on one instance: {len(crowded['errors'])} errors", *crowded["errors"][:3])
    if profile is not None:
        pstats.Stats(profile).sort_stats(options.profile).print_stats(60)
    return {"measured": [asdict(one) for one in found], "eight_threads": crowded}


def _chosen(options: argparse.Namespace) -> Iterator[Workload]:
    return (one for one in WORKLOADS if options.only in one.name)


def _print_row(one: Measured) -> None:
    act = one.completion
    print(
        f"{one.workload:20} {one.database:11} {one.cache:5} {act.per_second:8.0f} {act.ms:8.2f} {act.statements:5.0f}"
        f" {act.commits:4.0f} {act.bytes_written:9.0f} {one.start.ms:9.2f} {sum(one.finished_bytes.values()) or '':>9}",
        flush=True,
    )


def _print_statements(runner: Runner) -> None:
    instance_id, _cost = runner.start(WORKLOADS[0])
    runner.complete(runner.open_tasks(instance_id)[0])
    cost = runner.complete(runner.open_tasks(instance_id)[0], counted=True)
    for number, text in enumerate(cost.texts, start=1):
        print(f"{number:3} {' '.join(text.split())[:300]}")
    print(dict(cost.written))


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of the name of the workloads wanted")
    parser.add_argument("--database", default="sqlite,postgresql,stock", help="where to measure")
    parser.add_argument("--profile", help="print cProfile's table sorted by this (tottime, cumtime)")
    parser.add_argument("--statements", action="store_true", help="print the SQL of one completion")
    parser.add_argument("--page", action="store_true", help="put the figures into docs/bench.md")
    options = parser.parse_args()
    print(
        f"{'workload':20} {'database':11} {'cache':5} {'per CPU-s':>8} {'ms CPU':>8} {'SQL':>5} {'comm':>4}"
        f" {'B written':>9} {'start ms':>9} {'B stored':>9}"
    )
    found: dict[str, Any] = {"machine": machine()}
    if "sqlite" in options.database:
        with sqlite_url() as url:
            found["sqlite"] = measure_database(url, "SQLite", options)
    if "postgresql" in options.database:
        with postgres_url() as url:
            found["postgresql"] = measure_database(url, "PostgreSQL", options) if url else "skipped: no initdb"
            print("" if url else "PostgreSQL: skipped, there is no initdb")
    if "stock" in options.database:
        found["stock"] = stock.measure_all([(one.name, one.size, one.most) for one in _chosen(options)])
    path = write_json("engine", found)
    print(f"written to {path}", file=sys.stderr)
    if options.page:
        print(f"written to {write_page(found)}", file=sys.stderr)


if __name__ == "__main__":
    main()
