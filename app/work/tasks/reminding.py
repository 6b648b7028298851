"""Reminding others politely of a task: whoever waits for it asks its holders, once a day."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.days import local_date
from app.kernel.i18n import _
from app.work.history.models import Entry
from app.work.history.operations import record
from app.work.notifications.operations import notify
from app.work.people.models import Person
from app.work.people.roles import Actor
from app.work.tasks import queries, rules
from app.work.tasks.models import Task

ACTION = "task.reminded"


def remind(session: Session, *, task_id: int, actor: Actor, now: datetime) -> list[Person]:
    """Tell who is to do the task that the actor waits for it, in the bell and by mail; return who was told.

    Raises:
        TaskNotFound: there is no such task that the actor sees or waits for.
        OwnTask: it is the actor's own.
        TaskAlreadyDone, TaskCancelled: it has ended.
        AlreadyReminded: the actor has reminded of it today.
        NobodyToRemind: nobody holds the role at present.
    """
    task = queries.awaited_task(session, task_id=task_id, actor=actor)
    # Of two clicks at once the second waits here and finds the first one's entry.
    session.refresh(task, with_for_update=True)
    rules.check_can_remind(task, actor)
    zone = task.organisation.time_zone
    last = reminded_at(session, task=task, person_id=actor.person_id)
    if last is not None and local_date(last, zone) == local_date(now, zone):
        raise rules.AlreadyReminded(_("You have reminded of this task today. You can do it again tomorrow."))
    told = [person for person in queries.people_of(session, task=task, now=now) if person.id != actor.person_id]
    if not told:
        raise rules.NobodyToRemind(_("Nobody holds this role at present, so there is nobody to remind."))
    for person in told:
        notify(
            session,
            person=person,
            kind=ACTION,
            values=queries.words_of(task) | {"by": actor.name},
            link=f"/tasks/{task.id}",
            business_key=task.business_key,
            now=now,
        )
    _record(session, task, actor, told, now)
    return told


def reminded_at(session: Session, *, task: Task, person_id: int) -> datetime | None:
    """Return when the person last reminded of the task."""
    mine = (Entry.subject_kind == "task") & (Entry.subject_id == task.id) & (Entry.person_id == person_id)
    return session.scalar(select(Entry.at).where(mine, Entry.action == ACTION).order_by(Entry.id.desc()).limit(1))


def _record(session: Session, task: Task, actor: Actor, told: list[Person], now: datetime) -> None:
    record(
        session,
        at=now,
        person_id=actor.person_id,
        action=ACTION,
        subject=("task", task.id),
        business_key=task.business_key,
        title=task.title,
        about=task.about,
        people=", ".join(person.short_name for person in told),
    )
