"""Reading deadlines and their ladders. Nothing here changes anything."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.work.deadlines.models import Deadline, Rung, RungKind, RungState


class DeadlineNotFound(NotFound):
    """The task has no deadline."""


def find_deadline(session: Session, *, task_id: int) -> Deadline | None:
    """Return the task's deadline with its rungs, if it has one."""
    wanted = _fresh(select(Deadline).where(Deadline.task_id == task_id))
    return session.scalar(wanted)


def get_deadline(session: Session, *, task_id: int) -> Deadline:
    """Return the task's deadline with its rungs.

    Raises:
        DeadlineNotFound: the task has none.
    """
    deadline = find_deadline(session, task_id=task_id)
    if deadline is None:
        raise DeadlineNotFound(_("This task has no date."))
    return deadline


def deadlines_of(session: Session, *, task_ids: Collection[int]) -> Mapping[int, Deadline]:
    """Return the deadlines of these tasks with their rungs, by task; in two queries."""
    wanted = _fresh(select(Deadline).where(Deadline.task_id.in_(task_ids)))
    return {deadline.task_id: deadline for deadline in session.scalars(wanted)}


def has_fired(session: Session, *, task_id: int, kind: RungKind) -> bool:
    """Say whether a rung of this kind has fired for the task, before its date was moved or after."""
    fired = (Deadline.task_id == task_id) & (Rung.kind == kind) & Rung.fired_at.is_not(None)
    return session.scalar(select(Rung.id).join(Rung.deadline).where(fired).limit(1)) is not None


def next_rung_at(session: Session) -> datetime | None:
    """Return when the next waiting rung of all is due, if any waits."""
    return session.scalar(select(func.min(Rung.due_at)).where(Rung.state == RungState.WAITING))


def _fresh(wanted: Select[Deadline]) -> Select[Deadline]:
    """Read rows anew with their rungs: completions change them by statements, past the objects of the session."""
    return wanted.options(selectinload(Deadline.rungs)).execution_options(populate_existing=True)
