"""Decisions about tasks: no session, no clock, no web. Each takes values and raises or returns."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from app.kernel.days import local_date
from app.kernel.errors import Conflict, Invalid, NotAllowed
from app.kernel.i18n import _
from app.work.people.roles import Actor, Mandate, Role
from app.work.tasks.desk import Desk
from app.work.tasks.models import Task, TaskState

# What falls due within so many days is shown under «Now», the rest under «Soon».
NOW_WITHIN_DAYS = 14
# Whose tasks are of one school, so that other people of the case may know who holds the ball.
CASE_PREFIX = "case:"

# Who may give a role's task to somebody, besides those who may claim it: the roles above, for the same school.
ASSIGNING_ROLES = {
    Role.SCHOOL_TEAM: frozenset({Role.PRINCIPAL}),
    Role.CURATOR: frozenset({Role.MUNICIPAL_COORDINATOR, Role.REGIONAL_COORDINATOR}),
    Role.MUNICIPAL_COORDINATOR: frozenset({Role.REGIONAL_COORDINATOR}),
    Role.CONSULTANT: frozenset({Role.REGIONAL_COORDINATOR}),
}
# Who may move the date of a role's task: those who help, never those who are late, except the region itself.
MOVING_ROLES = {
    Role.SCHOOL_TEAM: frozenset({Role.CURATOR, Role.MUNICIPAL_COORDINATOR, Role.REGIONAL_COORDINATOR}),
    Role.PRINCIPAL: frozenset({Role.MUNICIPAL_COORDINATOR, Role.REGIONAL_COORDINATOR}),
    Role.CURATOR: frozenset({Role.MUNICIPAL_COORDINATOR, Role.REGIONAL_COORDINATOR}),
    Role.MUNICIPAL_COORDINATOR: frozenset({Role.REGIONAL_COORDINATOR}),
    Role.CONSULTANT: frozenset({Role.REGIONAL_COORDINATOR}),
    Role.REGIONAL_COORDINATOR: frozenset({Role.REGIONAL_COORDINATOR}),
}


class TaskAlreadyTaken(Conflict):
    """Somebody else claimed the task first."""


class TaskAlreadyDone(Conflict):
    """The task is completed."""


class TaskCancelled(Conflict):
    """The process no longer waits for the task."""


class TaskNotTaken(Conflict):
    """Nobody holds the task, so nobody can return it."""


class NotACandidate(NotAllowed):
    """The person holds no such role for this organisation."""


class NotTheAssignee(NotAllowed):
    """Somebody else holds the task."""


class CannotAssign(NotAllowed):
    """The person may not give this task to others."""


class CannotMoveDate(NotAllowed):
    """The person may not move the date of this task."""


class AssigneeNotACandidate(Invalid):
    """The person chosen does not hold the role for this organisation."""


class InvalidDueDate(Invalid):
    """The task cannot be moved to this date."""


class ReasonMissing(Invalid):
    """A date is moved with a reason."""


class OwnTask(Conflict):
    """Nobody reminds himself."""


class AlreadyReminded(Conflict):
    """One reminder a day from one person is enough."""


class NobodyToRemind(Conflict):
    """Nobody holds the role of the task."""


class Group(StrEnum):
    """Where a task stands on the page: `now` has its own heading above `soon`."""

    NOW = "now"
    SOON = "soon"


@dataclass(frozen=True)
class Due:
    """How a task stands to its date.

    Attributes:
        is_overdue: the last day is over.
        days_left: whole days until the last day, 0 today, negative when overdue; None without a date.
        group: the heading under which the task is shown.
    """

    is_overdue: bool
    days_left: int | None
    group: Group


def due_of(task: Task, now: datetime) -> Due:
    """Return how the task stands to its date on the calendar of its organisation."""
    if task.due_on is None or task.due_at is None:
        return Due(is_overdue=False, days_left=None, group=Group.NOW)
    days_left = (task.due_on - local_date(now, task.organisation.time_zone)).days
    group = Group.NOW if task.due_at <= now_until(now) else Group.SOON
    return Due(is_overdue=is_overdue(task, now), days_left=days_left, group=group)


def is_overdue(task: Task, now: datetime) -> bool:
    """Say whether the task is still to do although its last day is over, where its organisation is."""
    return task.ended_at is None and task.due_at is not None and task.due_at <= now


def now_until(now: datetime) -> datetime:
    """Return the latest end of a last day that is shown under «Now»."""
    return now + timedelta(days=NOW_WITHIN_DAYS + 1)


def may_act(task: Task | Desk, actor: Actor) -> bool:
    """Say whether the actor may claim or complete the task: it waits for his role and nobody else holds it."""
    if task.candidates not in actor.mandates:
        return False
    return task.state is TaskState.OPEN or (task.state is TaskState.CLAIMED and task.assignee_id == actor.person_id)


def check_candidate(task: Task | Desk, actor: Actor) -> None:
    """Pass silently if the task is for the actor's role, today.

    Raises:
        NotACandidate: the actor does not hold the role for the organisation.
    """
    if task.candidates not in actor.mandates:
        raise NotACandidate(_("This task is for somebody else."))


def check_can_remind(task: Task, actor: Actor) -> None:
    """Pass silently if the task waits for somebody else than the actor.

    Raises:
        OwnTask: the actor holds it or may take it.
        TaskAlreadyDone, TaskCancelled: nobody waits for it any more.
    """
    if task.state is TaskState.COMPLETED:
        raise TaskAlreadyDone(_("This task is done already; there is nothing to remind of."))
    if task.state is TaskState.CANCELLED:
        raise TaskCancelled(_("This task is no longer needed: the process has moved on."))
    if may_act(task, actor):
        raise OwnTask(_("This task is your own."))


def check_can_assign(task: Task, actor: Actor, *, above: Collection[int]) -> None:
    """Pass silently if the actor may give the task to somebody.

    Args:
        task: the task.
        actor: who is asking.
        above: the task's organisation and those that it belongs to.

    Raises:
        CannotAssign: the actor is no candidate and holds no role above.
    """
    if task.candidates not in actor.mandates and not _holds_one(
        actor, ASSIGNING_ROLES.get(task.candidate_role, frozenset()), above
    ):
        raise CannotAssign(_("You cannot give this task to others."))


def check_can_be_given(task: Task, mandates: Collection[Mandate]) -> None:
    """Pass silently if somebody with `mandates` can do the task.

    Raises:
        AssigneeNotACandidate: that person does not hold the role for the organisation.
    """
    if task.candidates not in mandates:
        raise AssigneeNotACandidate(_("This person does not do such tasks for this organisation."))


def check_can_move_date(task: Task, actor: Actor, *, above: Collection[int]) -> None:
    """Pass silently if the actor may move the task's date; `above` as in `check_can_assign`.

    Raises:
        CannotMoveDate: the actor holds no role that may.
    """
    if not _holds_one(actor, MOVING_ROLES.get(task.candidate_role, frozenset()), above):
        raise CannotMoveDate(_("You cannot move the date of this task."))


def check_new_date(task: Task, due_on: date, *, reason: str, today: date) -> None:
    """Pass silently if the task can be moved to `due_on` for that reason.

    Raises:
        InvalidDueDate: it is the same date, has passed, or is years away.
        ReasonMissing: nothing is said why.
    """
    if due_on < today:
        raise InvalidDueDate(_("The new date has passed. Choose today or a later day."))
    if due_on == task.due_on:
        raise InvalidDueDate(_("This is the date that the task already has."))
    if (due_on - today).days > 3 * 366:
        raise InvalidDueDate(_("The new date is years away. Check the year."))
    if not reason.strip():
        raise ReasonMissing(_("Write why the date moves: everybody concerned will see it."))


def _holds_one(actor: Actor, roles: Collection[Role], organisations: Collection[int]) -> bool:
    return any(mandate.role in roles and mandate.organisation_id in organisations for mandate in actor.mandates)
