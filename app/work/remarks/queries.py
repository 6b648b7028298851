"""Reading remarks. Nothing here changes anything."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.work.people import queries as people
from app.work.people.roles import Actor
from app.work.remarks import rules
from app.work.remarks.models import Remark
from app.work.tasks.models import Task


class RemarkNotFound(NotFound):
    """There is no such remark."""


def get_remark(session: Session, remark_id: int) -> Remark:
    """Return the remark.

    Raises:
        RemarkNotFound: there is none with this id.
    """
    remark = session.get(Remark, remark_id)
    if remark is None:
        raise RemarkNotFound(_("There is no such remark."))
    return remark


def visible_remark(session: Session, *, remark_id: int, actor: Actor) -> Remark:
    """Return the remark if the actor looks after an organisation that its case goes through.

    Raises:
        RemarkNotFound: there is none, or it is of somebody else; a stranger cannot tell which.
    """
    remark = get_remark(session, remark_id)
    passed_through = select(Task.organisation_id).where(Task.business_key == remark.business_key).distinct()
    territory = people.territory(session, actor=actor, supervised_only=True)
    if territory.isdisjoint(session.scalars(passed_through)):
        raise RemarkNotFound(_("There is no such remark."))
    return remark


def remarks_of(session: Session, *, business_key: str, task_id: int | None = None) -> Sequence[Remark]:
    """Return the remarks of a case, or those made in one task, with their authors, the oldest first."""
    wanted = select(Remark).where(Remark.business_key == business_key).options(joinedload(Remark.author))
    if task_id is not None:
        wanted = wanted.where(Remark.task_id == task_id)
    return session.scalars(wanted.order_by(Remark.id)).all()


def open_obstacles(session: Session, *, business_key: str) -> Sequence[Remark]:
    """Return what still stops confirmation."""
    return [remark for remark in remarks_of(session, business_key=business_key) if rules.is_open_obstacle(remark)]


def schools_of(session: Session, *, business_key: str) -> frozenset[int]:
    """Return the organisations whose school team or principal has, or had, tasks in the case."""
    return frozenset(
        session.scalars(
            select(Task.organisation_id)
            .where(Task.business_key == business_key, Task.candidate_role.in_(rules.SCHOOL_ROLES))
            .distinct()
        )
    )


def changes_since(remarks: Sequence[Remark], places: Mapping[str, Mapping[str, Any]]) -> dict[int, rules.ChangesSince]:
    """Return by remark id what changed at its place; `places` are the present values by place, `measure:12`."""
    return {remark.id: rules.changes_since(remark, places.get(remark.place)) for remark in remarks}
