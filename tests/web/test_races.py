"""Two at once: exactly one wins, nobody waits for ever, and what is stored fits together."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.engine.instances import operations as instances
from app.engine.instances.verify import find_violations
from app.kernel.db import db, unit_of_work
from app.kernel.errors import Conflict
from app.programme.processes.acts import Completion, complete_task
from app.programme.processes.carry_out import carry_out
from app.work.forms.models import Submission
from app.work.people import queries as people
from app.work.people.roles import Actor
from app.work.tasks.models import Task
from tests.conftest import NOON
from tests.web.conftest import task_id

VISITED = {"visit_on": "2026-03-01", "visit_seen": "Пять уроков"}
Act = Callable[[Session], object]


def at_once(app: Flask, acts: list[Act]) -> list[object]:
    """Do all acts at the same moment, each in a unit of work of its own; return results and failures."""
    start = Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def go(number: int, act: Act) -> None:
        start.wait()
        try:
            with app.app_context(), unit_of_work() as unit:
                results[number] = act(unit)
        except Exception as failure:  # noqa: BLE001 – the test looks at what failed
            results[number] = failure

    threads = [Thread(target=go, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def curator_of(app: Flask, visit: int) -> tuple[Actor, int]:
    """Return who may do the task, and its instance."""
    with app.app_context():
        task = db.session().get_one(Task, visit)
        holder = people.holders(db.session(), mandate=task.candidates, today=NOON.date())[0]
        return people.actor_of(db.session(), person=holder, today=NOON.date()), task.instance_id


def visiting(visit: int, actor: Actor, key: str) -> Act:
    """Return the act of sending the visit's form."""
    return lambda unit: complete_task(unit, completion=Completion(visit, VISITED, key), actor=actor, now=NOON)


def submissions(app: Flask, visit: int) -> int | None:
    """Return how often answers to the task are stored."""
    with app.app_context():
        return db.session().scalar(select(func.count(Submission.id)).where(Submission.task_id == visit))


def violations(app: Flask) -> int:
    """Return how much is broken in the engine afterwards."""
    with app.app_context():
        return len(find_violations(db.session(), now=NOON))


def test_a_double_click_is_one_completion_with_one_answer(year: Flask) -> None:
    visit = task_id(year, "visit_school")
    actor, _instance = curator_of(year, visit)

    results = at_once(year, [visiting(visit, actor, "the-same-key")] * 6)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert submissions(year, visit) == 1
    assert violations(year) == 0


def test_of_two_completions_one_wins_and_the_other_is_told(year: Flask) -> None:
    visit = task_id(year, "visit_school")
    actor, _instance = curator_of(year, visit)

    results = at_once(year, [visiting(visit, actor, f"another-key-{number}") for number in range(4)])

    failures = [result for result in results if isinstance(result, Exception)]
    assert len(failures) == 3
    assert all(isinstance(failure, Conflict) for failure in failures)
    assert submissions(year, visit) == 1


@pytest.mark.parametrize("round_", range(3))
def test_a_completion_against_a_cancellation_never_locks_up(year: Flask, round_: int) -> None:
    visit = task_id(year, "visit_school")
    actor, instance_id = curator_of(year, visit)

    def cancel(unit: Session) -> object:
        later = NOON + timedelta(seconds=1)
        return carry_out(unit, [instances.cancel(unit, instance_id=instance_id, now=later)], actor_id=None, now=later)

    sent, cancelled = at_once(year, [visiting(visit, actor, "one-more-key"), cancel])

    assert not isinstance(cancelled, Exception)
    assert isinstance(sent, list | Conflict)
    assert submissions(year, visit) == (1 if isinstance(sent, list) else 0)
    assert violations(year) == 0
