"""Whose turn it is in a case, for the pages that say it: the task's, the one after sending, the case's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.web import frame, session
from app.work.people import queries as people
from app.work.people.models import Person
from app.work.people.names import Named, names_of_holders
from app.work.people.roles import Actor
from app.work.tasks import queries as tasks
from app.work.tasks.models import Task
from app.work.tasks.rules import is_overdue, may_act


@dataclass(frozen=True)
class Turn:
    """An unfinished task: who has it or may take it, since when, whether that is the reader, who may open it."""

    task: Task
    people: tuple[Person, ...]
    since: datetime
    is_overdue: bool
    mine: bool
    visible: bool


def open_turns(session_: Session, *, business_key: str, actor: Actor) -> list[Turn]:
    """Return the unfinished tasks of a case, the most urgent first. Two queries."""
    unfinished = tasks.unfinished_of_case(session_, business_key=business_key)
    waiting = {task.candidates for task in unfinished if task.assignee is None}
    today = session.today(frame.zone())
    holders = people.holders_of(session_, mandates=waiting, today=today) if waiting else {}
    now, opens = session.now(), opener(session_, actor)
    turns = [
        Turn(
            task=task,
            people=(task.assignee,) if task.assignee else tuple(holders.get(task.candidates, ())),
            since=task.created_at,
            is_overdue=is_overdue(task, now),
            mine=may_act(task, actor),
            visible=opens(task),
        )
        for task in unfinished
    ]
    return sorted(turns, key=lambda turn: (turn.task.due_on is None, turn.task.due_on or today, turn.task.id))


def opener(session_: Session, actor: Actor) -> Callable[[Task], bool]:
    """Return what says whether the actor may open a task's page; a link that leads to nothing is no link."""
    territory = people.territory(session_, actor=actor, supervised_only=True)
    return lambda task: task.candidates in actor.mandates or task.organisation_id in territory


def holders_of_task(session_: Session, task: Task) -> list[Person] | list[Named]:
    """Return who has the task, or who may take it."""
    if task.assignee is not None:
        return [task.assignee]
    return names_of_holders(session_, mandate=task.candidates, today=session.today(frame.zone()))
