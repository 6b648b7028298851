"""Changing tasks. Every public function is one thing a person or the engine can do to a task.

The row decides, not what was read: each change of state is one conditional UPDATE, and of two at once one finds
that the task has moved on.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NoReturn

from sqlalchemy import ColumnElement, bindparam, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from app.kernel.days import end_of_day, local_date
from app.kernel.i18n import _
from app.kernel.known import known
from app.kernel.statements import Statement
from app.kernel.words import moment
from app.work.notifications.operations import notify, settle
from app.work.people import queries as people
from app.work.people.models import Person
from app.work.people.roles import Actor
from app.work.tasks import queries, rules
from app.work.tasks.desk import DESKS, Desk
from app.work.tasks.models import Task, TaskState
from app.work.tasks.recording import record_task

_row: Any = Task.__table__
_SEE = Statement(
    update(_row)
    .where(_row.c.id == bindparam("seen_task"), _row.c.opened_first_at.is_(None))
    .values(opened_first_at=bindparam("now"))
)
_FINISH = Statement(
    update(_row)
    .where(
        _row.c.id == bindparam("ended_task"),
        (_row.c.state == TaskState.OPEN)
        | ((_row.c.state == TaskState.CLAIMED) & (_row.c.assignee_id == bindparam("person"))),
    )
    .values(state=TaskState.COMPLETED, assignee_id=bindparam("person"), ended_at=bindparam("now"))
)


def claim(session: Session, *, task_id: int, actor: Actor, now: datetime) -> Task:
    """Make the actor the assignee of an open task.

    Raises:
        TaskNotFound: there is no such task that the actor may see.
        NotACandidate: the actor does not hold the role for the organisation.
        TaskAlreadyTaken, TaskAlreadyDone, TaskCancelled: the task is no longer open, also when two claim at once.
    """
    task = queries.visible_task(session, task_id=task_id, actor=actor)
    rules.check_candidate(task, actor)
    if not _change(session, task, Task.state == TaskState.OPEN, state=TaskState.CLAIMED, assignee_id=actor.person_id):
        _refuse(session, task)
    record_task(session, task, "task.claimed", person_id=actor.person_id, now=now)
    return task


def release(session: Session, *, task_id: int, actor: Actor, now: datetime) -> Task:
    """Return a task to everyone of its role; its assignee does that, or somebody who may assign it.

    Raises:
        TaskNotFound: there is no such task that the actor may see.
        NotTheAssignee: somebody else holds it, and the actor may not give it to others.
        TaskNotTaken, TaskAlreadyDone, TaskCancelled: nobody holds it.
    """
    task = queries.visible_task(session, task_id=task_id, actor=actor)
    if task.state is TaskState.CLAIMED and task.assignee_id != actor.person_id:
        _check_stranger_can_release(session, task, actor)
    held = (Task.state == TaskState.CLAIMED) & (Task.assignee_id == task.assignee_id)
    if not _change(session, task, held, state=TaskState.OPEN, assignee_id=None):
        _refuse(session, task)
    record_task(session, task, "task.released", person_id=actor.person_id, now=now)
    return task


def assign(session: Session, *, task_id: int, person_id: int, actor: Actor, now: datetime) -> Task:
    """Give a task to somebody of its role, whoever held it before, and tell that person.

    Raises:
        TaskNotFound, PersonNotFound: there is no such task that the actor may see, or no such person.
        CannotAssign: the actor is no candidate and holds no role above.
        AssigneeNotACandidate: that person does not hold the role for the organisation.
        TaskAlreadyTaken: that person holds it already.
        TaskAlreadyDone, TaskCancelled: the task has ended.
    """
    task = queries.visible_task(session, task_id=task_id, actor=actor)
    rules.check_can_assign(task, actor, above=_above(session, task))
    person = people.get_person(session, person_id)
    today = local_date(now, task.organisation.time_zone)
    mandates = people.actor_of(session, person=person, today=today).mandates
    rules.check_can_be_given(task, mandates if person.active else ())
    before = task.assignee
    free = (Task.state == TaskState.OPEN) | ((Task.state == TaskState.CLAIMED) & (Task.assignee_id != person_id))
    if not _change(session, task, free, state=TaskState.CLAIMED, assignee_id=person_id):
        _refuse(session, task)
    record_task(session, task, "task.assigned", person_id=actor.person_id, now=now, assignee=person.short_name)
    if person_id != actor.person_id:
        _notify(session, task, person, "task.assigned", now=now, by=actor.name)
    if before is not None and before.id != actor.person_id:
        _notify(session, task, before, "task.taken_over", now=now, by=actor.name, assignee=person.short_name)
    return task


def complete(session: Session, *, task_id: int, actor: Actor, now: datetime) -> Task:
    """End a task as done by the actor, who holds it or takes it with the same act.

    Raises:
        TaskNotFound: there is no such task that the actor may see.
        NotACandidate: the actor does not, or no longer, hold the role for the organisation.
        TaskAlreadyTaken, TaskAlreadyDone, TaskCancelled: somebody was quicker; the sentence says who and when.
    """
    task = queries.visible_task(session, task_id=task_id, actor=actor)
    finish(session, task=task, actor=actor, now=now)
    session.refresh(task)
    return task


def finish(session: Session, *, task: Task | Desk, actor: Actor, now: datetime) -> None:
    """End as done a task that the actor may see; the row decides, `task` may be older.

    Raises:
        NotACandidate: the actor does not, or no longer, hold the role for the organisation.
        TaskAlreadyTaken, TaskAlreadyDone, TaskCancelled: somebody was quicker; the sentence says who and when.
    """
    rules.check_candidate(task, actor)
    known(session, DESKS).pop(task.id, None)
    if _FINISH.run(session, ended_task=task.id, person=actor.person_id, now=now) != 1:
        row = queries.get_task(session, task.id)
        session.refresh(row)
        _refuse(session, row)
    record_task(session, task, "task.completed", person_id=actor.person_id, now=now)
    settle(session, link=f"/tasks/{task.id}", business_key=task.business_key, now=now)


def cancel(session: Session, *, instance_id: int, task_refs: Collection[str], now: datetime) -> list[Task]:
    """End tasks that the process no longer waits for, tell who held them, and return those that were unfinished."""
    if not task_refs:
        return []
    cancelled = []
    wanted = (Task.instance_id == instance_id) & Task.task_ref.in_(task_refs) & Task.state.in_(queries.UNFINISHED)
    gone = update(Task).where(wanted).values(state=TaskState.CANCELLED, ended_at=now).returning(Task.id)
    for task_id in sorted(session.scalars(gone).all()):
        known(session, DESKS).pop(task_id, None)
        task = queries.get_task(session, task_id)
        session.refresh(task)
        record_task(session, task, "task.cancelled", person_id=None, now=now)
        if task.assignee is not None:
            _notify(session, task, task.assignee, "task.cancelled", now=now)
        cancelled.append(task)
    return cancelled


def mark_seen(session: Session, *, task_id: int, actor: Actor, now: datetime) -> bool:
    """Note that a candidate looked at the task for the first time; say whether this was that first look.

    From then on the sender can no longer take back. A look of somebody who cannot do the task does not count.

    Raises:
        TaskNotFound: there is no such task that the actor may see.
    """
    task = queries.visible_desk(session, task_id=task_id, actor=actor)
    if not rules.may_act(task, actor) or _SEE.run(session, seen_task=task_id, now=now) != 1:
        return False
    read_before = session.identity_map.get(identity_key(Task, task_id))
    if read_before is not None:
        session.expire(read_before)
    record_task(session, task, "task.seen", person_id=actor.person_id, now=now)
    return True


def move_due(session: Session, *, task_id: int, due_on: date, reason: str, actor_id: int | None, now: datetime) -> Task:
    """Move the last day of an unfinished task and tell who is to do it.

    The reminders hang on the deadline: `deadlines.operations.move` moves both, and this alone only the task.

    Raises:
        TaskNotFound: there is no such task.
        InvalidDueDate, ReasonMissing: it cannot be moved there, or nothing is said why.
        TaskAlreadyDone, TaskCancelled: the task has ended.
    """
    task = queries.get_task(session, task_id)
    zone = task.organisation.time_zone
    rules.check_new_date(task, due_on, reason=reason, today=local_date(now, zone))
    old = task.due_on
    unfinished = Task.state.in_(queries.UNFINISHED)
    if not _change(session, task, unfinished, due_on=due_on, due_at=end_of_day(due_on, zone)):
        _refuse(session, task)
    dates = {"old_due_on": old.isoformat() if old else None, "new_due_on": due_on.isoformat()}
    record_task(session, task, "task.due_moved", person_id=actor_id, now=now, reason=reason.strip(), **dates)
    for person in queries.people_of(session, task=task, now=now):
        if person.id != actor_id:
            _notify(session, task, person, "task.due_moved", now=now, reason=reason.strip())
    return task


def release_held_by(session: Session, *, person_id: int, actor_id: int | None, now: datetime) -> list[Task]:
    """Return to their roles the tasks that a person holds but may no longer do: disabled, or a mandate has ended."""
    person = people.get_person(session, person_id)
    released = []
    for task in queries.unfinished_of(session, assignee_id=person_id):
        today = local_date(now, task.organisation.time_zone)
        if person.active and task.candidates in people.actor_of(session, person=person, today=today).mandates:
            continue
        held = (Task.state == TaskState.CLAIMED) & (Task.assignee_id == person_id)
        if _change(session, task, held, state=TaskState.OPEN, assignee_id=None):
            record_task(session, task, "task.released", person_id=actor_id, now=now, instead_of=person.short_name)
            released.append(task)
    return released


def _change(session: Session, task: Task, only_if: ColumnElement[bool], **values: object) -> bool:
    """Change the row if it still is as `only_if` says; afterwards `task` shows the row as it is now."""
    change = update(Task).where(Task.id == task.id, only_if).values(**values).returning(Task.id)
    won = session.scalar(change.execution_options(synchronize_session=False))
    session.refresh(task)
    known(session, DESKS).pop(task.id, None)
    return won is not None


def _refuse(session: Session, task: Task) -> NoReturn:
    """Say why the task, as its row stands now, cannot be changed: who was quicker, and when."""
    name = task.assignee.short_name if task.assignee is not None else ""
    zone = task.organisation.time_zone
    if task.state is TaskState.COMPLETED and task.ended_at is not None:
        when = moment(task.ended_at, zone)
        raise rules.TaskAlreadyDone(_("%(name)s completed this task on %(when)s."), name=name, when=when)
    if task.state is TaskState.CANCELLED:
        raise rules.TaskCancelled(_("This task is no longer needed: the process has moved on."))
    if task.state is TaskState.OPEN:
        raise rules.TaskNotTaken(_("Nobody holds this task."))
    at = queries.claimed_at(session, task_id=task.id)
    if at is None:
        raise rules.TaskAlreadyTaken(_("%(name)s has already taken this task."), name=name)
    raise rules.TaskAlreadyTaken(_("%(name)s took this task on %(when)s."), name=name, when=moment(at, zone))


def _check_stranger_can_release(session: Session, task: Task, actor: Actor) -> None:
    try:
        rules.check_can_assign(task, actor, above=_above(session, task))
    except rules.CannotAssign as error:
        name = task.assignee.short_name if task.assignee is not None else ""
        raise rules.NotTheAssignee(_("%(name)s holds this task."), name=name) from error


def _above(session: Session, task: Task) -> set[int]:
    return {organisation.id for organisation in people.ancestry(session, task.organisation_id)}


def _notify(session: Session, task: Task, person: Person, kind: str, *, now: datetime, **values: object) -> None:
    notify(
        session,
        person=person,
        kind=kind,
        values=queries.words_of(task) | values,
        link=f"/tasks/{task.id}",
        business_key=task.business_key,
        now=now,
    )
