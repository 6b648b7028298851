"""Decisions about remarks: no session, no clock, no web."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from app.kernel.i18n import _
from app.work.documents.diff import Piece, as_text, diff_texts
from app.work.people.roles import Actor, Mandate, Role
from app.work.remarks.models import Remark, RemarkState, Severity
from app.work.tasks.models import Task
from app.work.tasks.rules import may_act

MAX_LENGTH = 4_000
SCHOOL_ROLES = (Role.SCHOOL_TEAM, Role.PRINCIPAL)


class NotYourReview(NotFound):
    """The person may not do the task in which remarks are made; a stranger cannot tell that it exists."""


class ReviewIsOver(Conflict):
    """The decision has been sent, so its remarks stay as they are."""


class NotTheAuthor(NotAllowed):
    """Somebody else made the remark."""


class NotForYou(NotAllowed):
    """The remark is for the people of another school."""


class RemarkIsClosed(Conflict):
    """The remark was closed; nothing about it changes any more."""


class UnusableRemark(Invalid):
    """A remark has a text of reasonable length and names what it is about."""


class ObstaclesOpen(Invalid):
    """What stops confirmation has not been closed."""


class SinceThen(StrEnum):
    """What became of the place of a remark: `unseen` when the remark kept no picture of it."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class FieldChange:
    """One value of the place that is no longer what the remark was about; `pieces` show it by words."""

    key: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class ChangesSince:
    """What changed at the place of a remark since it was made."""

    since: SinceThen
    fields: tuple[FieldChange, ...] = ()


def clean_text(text: str) -> str:
    """Return the text of a remark or answer without blank ends.

    Raises:
        UnusableRemark: it is empty, too long or cannot be stored.
    """
    plain = text.replace("\r\n", "\n").strip()
    if not plain:
        raise UnusableRemark(_("Write what should be mended."))
    if len(plain) > MAX_LENGTH:
        raise UnusableRemark(
            _("Shorten the text to %(limit)s characters; now it has %(length)s."), limit=MAX_LENGTH, length=len(plain)
        )
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in plain):
        raise UnusableRemark(_("The text contains characters that cannot be stored. Type it anew without them."))
    return plain


def check_can_remark(task: Task, actor: Actor) -> None:
    """Pass silently if the actor may make, change and remove remarks in the task now.

    Raises:
        NotYourReview: the task is for somebody else.
        ReviewIsOver: it is over, or somebody else has taken it.
    """
    if task.candidates not in actor.mandates:
        raise NotYourReview(_("There is no such task."))
    if task.ended_at is not None:
        raise ReviewIsOver(_("The decision has already been sent, so its remarks stay as they are."))
    if not may_act(task, actor):
        raise ReviewIsOver(_("Somebody else has taken this task, so only that person can make remarks in it."))


def check_author(remark: Remark, actor: Actor) -> None:
    """Pass silently if the remark is the actor's.

    Raises:
        NotTheAuthor: it is not.
    """
    if remark.author_id != actor.person_id:
        raise NotTheAuthor(_("Only the person who made this remark can change it."))


def check_can_answer(remark: Remark, actor: Actor, *, schools: Collection[int]) -> None:
    """Pass silently if the actor may answer for the school.

    Args:
        remark: what is answered.
        actor: who answers.
        schools: organisations whose school team has, or had, tasks in the case.

    Raises:
        NotForYou: the actor is not on the team of the school, nor its principal.
        RemarkIsClosed: there is nothing left to answer.
    """
    entitled = {Mandate(role, school) for role in SCHOOL_ROLES for school in schools}
    if not entitled & actor.mandates:
        raise NotForYou(_("This remark is for the people of another school."))
    if remark.state is RemarkState.CLOSED:
        raise RemarkIsClosed(_("This remark is already closed."))


def check_can_close(remark: Remark, task: Task, actor: Actor) -> None:
    """Pass silently if the actor may close the remark: its author, or who now holds the mandate it was made under.

    Raises:
        NotTheAuthor: neither.
        RemarkIsClosed: it is closed already.
    """
    if remark.author_id != actor.person_id and task.candidates not in actor.mandates:
        raise NotTheAuthor(_("Only the person who made this remark can close it."))
    if remark.state is RemarkState.CLOSED:
        raise RemarkIsClosed(_("This remark is already closed."))


def is_open_obstacle(remark: Remark) -> bool:
    """Say whether the remark stops confirmation; an answer alone does not lift it, its author does."""
    return remark.severity is Severity.OBSTACLE and remark.state is not RemarkState.CLOSED


def check_can_confirm(remarks: Iterable[Remark]) -> None:
    """Pass silently if nothing stops confirmation.

    Raises:
        ObstaclesOpen: names what does.
    """
    places = [remark.place_title for remark in remarks if is_open_obstacle(remark)]
    if places:
        raise ObstaclesOpen(
            _("%(count)s remarks still stop confirmation: %(places)s. Close them or return the package."),
            count=len(places),
            places="; ".join(places),
        )


def changes_since(remark: Remark, current: Mapping[str, Any] | None) -> ChangesSince:
    """Return what changed at the remark's place.

    Args:
        remark: keeps what was seen.
        current: the place now, in the same shape; None when it is gone.
    """
    if current is None:
        return ChangesSince(SinceThen.GONE)
    if not remark.seen:
        return ChangesSince(SinceThen.UNSEEN)
    fields = tuple(
        FieldChange(key, diff_texts(as_text(before), as_text(current.get(key))))
        for key, before in remark.seen.items()
        if as_text(before) != as_text(current.get(key))
    )
    return ChangesSince(SinceThen.CHANGED if fields else SinceThen.SAME, fields)
