"""Changing deadlines: setting, moving, meeting and dropping them, and climbing their ladders.

A deadline moves nothing in the process: it reminds, shows and asks for help. Rungs are rows; a ticker claims what is
due and fires each exactly once, also when two workers try.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, exists, or_, select, update
from sqlalchemy.orm import Session

from app.kernel.days import local_date
from app.kernel.i18n import _
from app.kernel.rows import add_row, insert_row, write_rows, write_rows_of
from app.kernel.statements import Statement
from app.work.deadlines import queries, rules
from app.work.deadlines.models import Deadline, DeadlineState, Rung, RungKind, RungState
from app.work.deadlines.rules import RungPlan
from app.work.history.operations import record
from app.work.notifications.operations import notify
from app.work.people import queries as people
from app.work.people.models import Person
from app.work.people.roles import Actor, Mandate
from app.work.tasks import operations as tasks
from app.work.tasks import queries as task_queries
from app.work.tasks import rules as task_rules
from app.work.tasks.desk import Desk
from app.work.tasks.models import Task


@dataclass(frozen=True)
class Ended:
    """A deadline that ended just now; `escalated` when its ladder had asked the next role up."""

    escalated: bool


@dataclass(frozen=True)
class FiredRung:
    """A rung that fired just now.

    Attributes:
        kind: what it does; for `escalate` the caller starts the process, all others have told their people.
        task: what is late or soon will be.
        deadline: its deadline.
        offset_days: days after the last day.
        escalation: which escalation of the ladder this is, from 1; 0 for other kinds.
    """

    kind: RungKind
    task: Task
    deadline: Deadline
    offset_days: int
    escalation: int


def set_deadline(
    session: Session, *, task: Task, due_on: date, time_zone: str, ladder: Sequence[RungPlan], now: datetime
) -> Deadline:
    """Promise a task for a day and put up its ladder.

    Args:
        session: the caller's session.
        task: a task without a deadline.
        due_on: its last day.
        time_zone: where days are counted.
        ladder: the steps, see `rules.plan_rungs`.
        now: the present moment.
    """
    promise(session, task=task, due_on=due_on, time_zone=time_zone, ladder=ladder, now=now)
    write_rows(session)
    return queries.get_deadline(session, task_id=task.id)


def promise(
    session: Session, *, task: Task | Desk, due_on: date, time_zone: str, ladder: Sequence[RungPlan], now: datetime
) -> None:
    """Promise a task for a day and put up its ladder, past the ORM; the arguments are those of `set_deadline`."""
    deadline_id = insert_row(
        session, Deadline, task_id=task.id, due_on=due_on, time_zone=time_zone, state=DeadlineState.RUNNING
    )
    for step in rules.plan_rungs(ladder, due_on=due_on, time_zone=time_zone, now=now):
        add_row(
            session,
            Rung,
            deadline_id=deadline_id,
            kind=step.plan.kind,
            offset_days=step.plan.offset_days,
            due_at=step.due_at,
            state=RungState.DROPPED if step.is_past else RungState.WAITING,
        )
    _record(session, task, "deadline.set", due_on, now=now)


def meet(session: Session, *, task_id: int, now: datetime) -> Deadline | None:
    """End the deadline of a completed task; None when the task has none that runs."""
    return _end(session, task_id=task_id, state=DeadlineState.MET, now=now)


def drop(session: Session, *, task_id: int, now: datetime) -> Deadline | None:
    """End the deadline of a cancelled task; None when the task has none that runs."""
    return _end(session, task_id=task_id, state=DeadlineState.DROPPED, now=now)


def move(session: Session, *, task_id: int, due_on: date, reason: str, actor_id: int | None, now: datetime) -> Deadline:
    """Move the last day of a task as a process decided; the ladder is put up anew, what has fired stays fired.

    Raises:
        DeadlineNotFound: the task has no deadline.
        DeadlineEnded: the deadline was met or dropped.
        InvalidDueDate, ReasonMissing, TaskAlreadyDone, TaskCancelled: see `tasks.operations.move_due`.
    """
    deadline = queries.get_deadline(session, task_id=task_id)
    if deadline.state is not DeadlineState.RUNNING:
        raise rules.DeadlineEnded(_("This date can no longer be moved: the task has ended."))
    task = task_queries.get_task(session, task_id)
    if task.due_on != due_on:
        tasks.move_due(session, task_id=task_id, due_on=due_on, reason=reason, actor_id=actor_id, now=now)
    ladder = [RungPlan(rung.kind, rung.offset_days) for rung in deadline.rungs]
    _take_down(session, deadline)
    deadline.due_on = due_on
    _put_up(deadline, ladder, now)
    session.flush()
    return deadline


def move_by_hand(session: Session, *, task_id: int, due_on: date, reason: str, actor: Actor, now: datetime) -> Deadline:
    """Move the last day of a task as a person decided who may: somebody who helps those who are to do it.

    Raises:
        TaskNotFound: there is no such task that the actor may see.
        CannotMoveDate: the actor holds no role that may.
        DeadlineNotFound, DeadlineEnded, InvalidDueDate, ReasonMissing: as for `move`.
    """
    task = task_queries.visible_task(session, task_id=task_id, actor=actor)
    above = {organisation.id for organisation in people.ancestry(session, task.organisation_id)}
    task_rules.check_can_move_date(task, actor, above=above)
    # `move` takes the date that the task has already, for a process; a person who types it has made a mistake.
    today = local_date(now, task.organisation.time_zone)
    task_rules.check_new_date(task, due_on, reason=reason, today=today)
    return move(session, task_id=task_id, due_on=due_on, reason=reason, actor_id=actor.person_id, now=now)


def claim_due_rungs(session: Session, *, now: datetime, limit: int, lease: timedelta) -> tuple[int, ...]:
    """Take rungs that are due, for as long as the lease, and return their ids, the earliest first."""
    free = or_(Rung.claimed_until.is_(None), Rung.claimed_until <= now)
    due = (Rung.state == RungState.WAITING) & (Rung.due_at <= now) & free
    chosen = select(Rung.id).where(due).order_by(Rung.due_at, Rung.id).limit(limit)
    # Chosen first: inside the UPDATE PostgreSQL may run the choice several times and claim beyond the limit.
    ids = session.scalars(chosen.with_for_update(skip_locked=True)).all()
    claimed = session.execute(
        update(Rung)
        .where(Rung.id.in_(ids), due)
        .values(claimed_until=now + lease)
        .returning(Rung.due_at, Rung.id)
        .execution_options(synchronize_session=False)
    ).all()
    return tuple(rung_id for _at, rung_id in sorted((row.due_at, row.id) for row in claimed))


def fire_rung(session: Session, *, rung_id: int, now: datetime) -> FiredRung | None:
    """Fire a due rung: tell its people and write history. None when it has fired, was dropped, or is not due yet."""
    runs = exists().where(Deadline.id == Rung.deadline_id, Deadline.state == DeadlineState.RUNNING)
    due = (Rung.id == rung_id) & (Rung.state == RungState.WAITING) & (Rung.due_at <= now) & runs
    fire = update(Rung).where(due).values(state=RungState.FIRED, fired_at=now).returning(Rung.id)
    if session.scalar(fire.execution_options(synchronize_session=False)) is None:
        return None
    rung = session.scalars(select(Rung).where(Rung.id == rung_id).execution_options(populate_existing=True)).one()
    deadline = rung.deadline
    task = task_queries.get_task(session, deadline.task_id)
    if rules.is_worth_telling(rung.kind, due_on=deadline.due_on, today=local_date(now, deadline.time_zone)):
        _tell(session, task, rung, now)
    _record(session, task, f"deadline.{_HAPPENED[rung.kind]}", deadline.due_on, now=now, offset_days=rung.offset_days)
    return FiredRung(rung.kind, task, deadline, rung.offset_days, _escalation(rung))


_HAPPENED = {
    RungKind.SOON: "came_near",
    RungKind.REMIND: "reminded",
    RungKind.OVERDUE: "missed",
    RungKind.ESCALATE: "escalated",
}


def _put_up(deadline: Deadline, ladder: Sequence[RungPlan], now: datetime) -> None:
    """Add the rungs of the ladder; past ones are kept as dropped, so that a later date can bring them back."""
    known = {(rung.kind, rung.due_at): rung for rung in deadline.rungs}
    planned = rules.plan_rungs(ladder, due_on=deadline.due_on, time_zone=deadline.time_zone, now=now)
    for step in planned:
        state = RungState.DROPPED if step.is_past else RungState.WAITING
        rung = known.get((step.plan.kind, step.due_at))
        if rung is None:
            deadline.rungs.append(
                Rung(kind=step.plan.kind, offset_days=step.plan.offset_days, due_at=step.due_at, state=state)
            )
        elif rung.state is not RungState.FIRED:
            # The date moved away and back: the same moment is the same row again.
            rung.state, rung.offset_days, rung.claimed_until = state, step.plan.offset_days, None


def _take_down(session: Session, deadline: Deadline) -> None:
    """Drop the rungs that still wait; the row decides, one may be firing just now."""
    waiting = (Rung.deadline_id == deadline.id) & (Rung.state == RungState.WAITING)
    session.execute(
        update(Rung).where(waiting).values(state=RungState.DROPPED).execution_options(synchronize_session=False)
    )
    session.scalars(select(Rung).where(Rung.deadline_id == deadline.id).execution_options(populate_existing=True)).all()


def _end(session: Session, *, task_id: int, state: DeadlineState, now: datetime) -> Deadline | None:
    task = task_queries.get_task(session, task_id)
    if end(session, task=task, state=state, now=now) is None:
        return None
    deadline = queries.get_deadline(session, task_id=task_id)
    session.refresh(deadline)
    session.scalars(select(Rung).where(Rung.deadline_id == deadline.id).execution_options(populate_existing=True)).all()
    return deadline


_deadline, _rung = cast(Table, Deadline.__table__), cast(Table, Rung.__table__)
# Under a name of its own: SQLite's RETURNING is written without the names of tables, where `id` could be any of them.
_ended = _deadline.alias("ended")
_END = Statement(
    update(_deadline)
    .where(_deadline.c.task_id == bindparam("ended_task"), _deadline.c.state == DeadlineState.RUNNING)
    .values(state=bindparam("ends_as"))
    .returning(
        _deadline.c.id,
        _deadline.c.due_on,
        _deadline.c.time_zone,
        exists()
        .where(
            _rung.c.deadline_id.in_(select(_ended.c.id).where(_ended.c.task_id == bindparam("ended_task"))),
            _rung.c.kind == RungKind.ESCALATE,
            _rung.c.fired_at.is_not(None),
        )
        .label("escalated"),
    )
)
_TAKE_DOWN = Statement(
    update(_rung)
    .where(_rung.c.deadline_id == bindparam("ended"), _rung.c.state == RungState.WAITING)
    .values(state=RungState.DROPPED)
)


def end(session: Session, *, task: Task | Desk, state: DeadlineState, now: datetime) -> Ended | None:
    """End the deadline of a task that has ended, past the ORM; None when the task has none that runs."""
    row = _END.first(session, ended_task=task.id, ends_as=state)
    if row is None:
        return None
    write_rows_of(session, Rung)  # those of a task that opened in this very transaction
    _TAKE_DOWN.run(session, ended=row.id)
    late = rules.overdue_days(row.due_on, local_date(now, row.time_zone))
    _record(session, task, f"deadline.{state}", row.due_on, now=now, overdue_days=late)
    return Ended(escalated=row.escalated)


def _tell(session: Session, task: Task, rung: Rung, now: datetime) -> None:
    """Tell those who are to do the task, and whom the table of rules names besides; each of them once."""
    deadline = rung.deadline
    today = local_date(now, deadline.time_zone)
    doing = task_queries.people_of(session, task=task, now=now)
    told: dict[int, Person] = {person.id: person for person in doing}
    for role in rules.roles_also_told(rung.kind, task.candidate_role):
        above = people.organisation_for(session, role=role, organisation_id=task.organisation_id)
        for person in people.holders(session, mandate=Mandate(role, above.id), today=today):
            told.setdefault(person.id, person)
    words = task_queries.words_of(task) | {
        "days": abs((deadline.due_on - today).days),
        "assignee": ", ".join(person.short_name for person in doing),
    }
    for person in told.values():
        notify(
            session,
            person=person,
            kind=f"deadline.{rung.kind}",
            values=words,
            link=f"/tasks/{task.id}",
            business_key=task.business_key,
            now=now,
        )


def _record(session: Session, task: Task | Desk, action: str, due_on: date, *, now: datetime, **detail: int) -> None:
    record(
        session,
        at=now,
        person_id=None,
        action=action,
        subject=("task", task.id),
        business_key=task.business_key,
        title=task.title,
        about=task.about,
        due_on=due_on.isoformat(),
        **detail,
    )


def _escalation(rung: Rung) -> int:
    if rung.kind is not RungKind.ESCALATE:
        return 0
    offsets = [other.offset_days for other in rung.deadline.rungs if other.kind is RungKind.ESCALATE]
    return rules.escalation_number(rung.offset_days, offsets)
