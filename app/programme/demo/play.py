"""Plays the demo's people: whoever holds an open task fills in its form and sends it."""

from collections.abc import Callable, Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.engine.instances import queries as instances
from app.programme.cycles.models import Case
from app.programme.demo.answers import Answers, answers_for
from app.programme.processes.acts import Completion, complete_task
from app.work.people import queries as people
from app.work.tasks import queries as tasks
from app.work.tasks.models import Task

Element = tuple[str, str]
Change = Callable[[Task, Answers], Answers]


def act(session: Session, *, task: Task, now: datetime, changes: Answers | None = None) -> list[int]:
    """Complete one task as the person whose task it is, with the demo's answers and `changes` to them."""
    today = now.astimezone(ZoneInfo(task.organisation.time_zone)).date()
    holder = people.holders(session, mandate=task.candidates, today=today)[0]
    actor = people.actor_of(session, person=holder, today=today)
    data = instances.task_data(session, instance_id=task.instance_id, task_ref=task.task_ref)
    answers = answers_for(task.process_key, task.element_id, data, today) | (changes or {})
    completion = Completion(task_id=task.id, answers=answers, command_key=f"{task.id:032x}")
    return complete_task(session, completion=completion, actor=actor, now=now)


def open_tasks(session: Session, business_key: str) -> list[Task]:
    """Return what waits for somebody in a case or cycle, the oldest first."""
    return [task for task in tasks.tasks_of_case(session, business_key=business_key) if task.ended_at is None]


def play_case(session: Session, *, case: Case, stop_at: Collection[Element], now: datetime) -> int:
    """Complete the case's tasks until only those of `stop_at` are open; return how many were completed."""
    completed = 0
    while True:
        ready = [
            task
            for task in open_tasks(session, case.business_key)
            if (task.process_key, task.element_id) not in stop_at
        ]
        if not ready:
            return completed
        act(session, task=ready[0], now=now)
        completed += 1
