"""Reading forms, drafts and submissions. Nothing here changes anything."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.kernel.statements import Statement
from app.work.forms.definitions import definition_of
from app.work.forms.models import Draft, Form, Submission
from app.work.forms.parts import FormDefinition
from app.work.people.roles import Actor


class FormNotFound(NotFound):
    """There is no such form."""


_KEPT = 500
# Two with the same key and content are the same.
_parsed: OrderedDict[tuple[str, str], FormDefinition] = OrderedDict()
_lock = Lock()
_form: Any = Form.__table__.c
_NAME = Statement(select(_form.key, _form.sha256).where(_form.id == bindparam("form_id")))


def get_form(session: Session, form_id: int) -> FormDefinition:
    """Return this version of a form; parsed once, because a version never changes.

    Raises:
        FormNotFound: there is none with this id.
    """
    found = _NAME.first(session, form_id=form_id)
    if found is None:
        raise FormNotFound(_("There is no such form."))
    with _lock:
        parsed = _parsed.get((found.key, found.sha256))
    if parsed is None:
        schema = session.scalars(select(Form.schema).where(Form.id == form_id)).one()
        parsed = definition_of(found.key, schema)
        with _lock:
            _parsed[found.key, found.sha256] = parsed
            while len(_parsed) > _KEPT:
                _parsed.popitem(last=False)
    return parsed


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


@dataclass(frozen=True)
class Typed:
    """A draft as the page shows it; `Draft` explains the fields."""

    answers: Mapping[str, Any]
    revision: int
    saved_at: datetime


_draft: Any = Draft.__table__.c
_TYPED = Statement(
    select(_draft.answers, _draft.revision, _draft.saved_at).where(
        _draft.task_id == bindparam("task_id"), _draft.person_id == bindparam("person_id")
    )
)


def typed_by(session: Session, *, task_id: int, person_id: int) -> Typed | None:
    """Return the draft of `draft_of` to be shown, read past the ORM."""
    row = _TYPED.first(session, task_id=task_id, person_id=person_id)
    return None if row is None else Typed(*row)


def submission_of_task(session: Session, *, task_id: int) -> Submission | None:
    """Return the answers that were sent to the task."""
    return session.scalar(select(Submission).where(Submission.task_id == task_id))


def submission_of_command(session: Session, *, actor: Actor, command_key: str) -> Submission | None:
    """Return what the actor has already sent under this key; None when nothing was."""
    return session.scalar(
        select(Submission).where(Submission.person_id == actor.person_id, Submission.command_key == command_key)
    )
