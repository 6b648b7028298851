"""Reading forms, drafts and submissions. Nothing here changes anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.work.forms.definitions import definition_of
from app.work.forms.models import Draft, Form, Submission
from app.work.forms.parts import FormDefinition
from app.work.people.roles import Actor


class FormNotFound(NotFound):
    """There is no such form."""


@dataclass(frozen=True)
class _Source:
    """A stored form; two with the same content are the same."""

    key: str
    sha256: str
    schema: Mapping[str, Any] = field(compare=False)


@lru_cache(maxsize=500)
def _parsed(source: _Source) -> FormDefinition:
    return definition_of(source.key, source.schema)


def get_form(session: Session, form_id: int) -> FormDefinition:
    """Return this version of a form; parsed once, because a version never changes.

    Raises:
        FormNotFound: there is none with this id.
    """
    form = session.get(Form, form_id)
    if form is None:
        raise FormNotFound(_("There is no such form."))
    return _parsed(_Source(form.key, form.sha256, form.schema))


def latest(session: Session, *, key: str) -> Form | None:
    """Return the version of the form in force; None when there never was one."""
    return session.scalar(select(Form).where(Form.key == key).order_by(Form.version.desc()).limit(1))


def latest_ids(session: Session) -> dict[str, int]:
    """Return the id of the version in force by form key."""
    rows = session.execute(select(Form.key, Form.id).order_by(Form.key, Form.version))
    return {key: form_id for key, form_id in rows}  # noqa: C416  # the last one wins


def latest_id(session: Session, *, key: str) -> int | None:
    """Return the id of the version of the form in force; None when there never was one."""
    form = latest(session, key=key)
    return None if form is None else form.id


def draft_of(session: Session, *, task_id: int, person_id: int) -> Draft | None:
    """Return what the person has typed into the task's form and not yet sent."""
    return session.scalar(select(Draft).where(Draft.task_id == task_id, Draft.person_id == person_id))


def submission_of_task(session: Session, *, task_id: int) -> Submission | None:
    """Return the answers that were sent to the task."""
    return session.scalar(select(Submission).where(Submission.task_id == task_id))


def submission_of_command(session: Session, *, actor: Actor, command_key: str) -> Submission | None:
    """Return what the actor has already sent under this key; None when nothing was."""
    return session.scalar(
        select(Submission).where(Submission.person_id == actor.person_id, Submission.command_key == command_key)
    )
