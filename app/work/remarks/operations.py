"""Changing remarks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.i18n import _
from app.work.history.operations import record
from app.work.people.roles import Actor
from app.work.remarks import rules
from app.work.remarks.models import Remark, RemarkState, Severity
from app.work.remarks.queries import schools_of, visible_remark
from app.work.tasks.queries import get_task


@dataclass(frozen=True)
class NewRemark:
    """A remark before it is stored.

    Attributes:
        task_id: the task in which it is made.
        place: what it is about, `measure:12` or `concept:concept_goals`; `place_title` is how people call it.
        seen: the place as it is now, JSON, so that later a page can show what changed since.
    """

    task_id: int
    place: str
    place_title: str
    severity: Severity
    text: str
    seen: Mapping[str, Any] = field(default_factory=dict)


def add_remark(session: Session, *, new: NewRemark, actor: Actor, now: datetime) -> Remark:
    """Make a remark while the task in which one decides is open.

    Raises:
        NotYourReview, ReviewIsOver: see `rules.check_can_remark`.
        UnusableRemark: no text, too long, or about nothing.
    """
    task = get_task(session, new.task_id)
    rules.check_can_remark(task, actor)
    if not new.place.strip() or len(new.place) > 200 or not new.place_title.strip():
        raise rules.UnusableRemark(_("Choose what the remark is about."))
    remark = Remark(
        business_key=task.business_key,
        task_id=task.id,
        place=new.place,
        place_title=new.place_title.strip()[:500],
        severity=new.severity,
        text=rules.clean_text(new.text),
        seen=dict(new.seen),
        author_id=actor.person_id,
        created_at=now,
        state=RemarkState.OPEN,
    )
    session.add(remark)
    session.flush()
    _record(session, remark, "remark.added", actor, now, severity=remark.severity.value)
    return remark


def edit(session: Session, *, remark_id: int, severity: Severity, text: str, actor: Actor, now: datetime) -> Remark:
    """Change a remark of one's own before the decision is sent.

    Raises:
        RemarkNotFound, NotYourReview, ReviewIsOver, NotTheAuthor, UnusableRemark.
    """
    remark = _own(session, remark_id, actor)
    before = remark.text
    remark.severity, remark.text = severity, rules.clean_text(text)
    session.flush()
    _record(session, remark, "remark.edited", actor, now, before=before, severity=severity.value)
    return remark


def remove(session: Session, *, remark_id: int, actor: Actor, now: datetime) -> None:
    """Take back a remark of one's own before the decision is sent; the history keeps what it said.

    Raises:
        RemarkNotFound, NotYourReview, ReviewIsOver, NotTheAuthor.
    """
    remark = _own(session, remark_id, actor)
    _record(session, remark, "remark.removed", actor, now, text=remark.text)
    session.delete(remark)
    session.flush()


def _own(session: Session, remark_id: int, actor: Actor) -> Remark:
    """Return the remark that the actor may still change."""
    remark = visible_remark(session, remark_id=remark_id, actor=actor)
    rules.check_can_remark(get_task(session, remark.task_id), actor)
    rules.check_author(remark, actor)
    return remark


def answer(session: Session, *, remark_id: int, text: str, actor: Actor, now: datetime) -> Remark:
    """Answer for the school: what was mended, or why not. Answering again replaces the answer until it is closed.

    Raises:
        RemarkNotFound, NotForYou, RemarkIsClosed, UnusableRemark.
    """
    remark = visible_remark(session, remark_id=remark_id, actor=actor)
    rules.check_can_answer(remark, actor, schools=schools_of(session, business_key=remark.business_key))
    remark.answer, remark.state = rules.clean_text(text), RemarkState.ANSWERED
    remark.answered_by_id, remark.answered_at = actor.person_id, now
    session.flush()
    _record(session, remark, "remark.answered", actor, now)
    return remark


def close(session: Session, *, remark_id: int, actor: Actor, now: datetime) -> Remark:
    """Close a remark: it is mended, or no longer wanted.

    Raises:
        RemarkNotFound, NotTheAuthor, RemarkIsClosed.
    """
    remark = visible_remark(session, remark_id=remark_id, actor=actor)
    rules.check_can_close(remark, get_task(session, remark.task_id), actor)
    remark.state, remark.closed_at = RemarkState.CLOSED, now
    session.flush()
    _record(session, remark, "remark.closed", actor, now)
    return remark


def _record(session: Session, remark: Remark, action: str, actor: Actor, now: datetime, **detail: object) -> None:
    record(
        session,
        at=now,
        person_id=actor.person_id,
        action=action,
        subject=("remark", remark.id),
        business_key=remark.business_key,
        place=remark.place,
        place_title=remark.place_title,
        **detail,
    )
