"""Changing forms, drafts and submissions."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.kernel.rows import savepoint
from app.kernel.statements import Statement
from app.work.forms import rules
from app.work.forms.definitions import NotAForm, definition_of, read_json
from app.work.forms.models import Draft, Form, Submission
from app.work.forms.problems import Problem
from app.work.forms.queries import draft_of, latest
from app.work.forms.queries import submission_of_command as submission_of_command
from app.work.history.operations import record
from app.work.people.roles import Actor
from app.work.tasks.queries import get_task


def deploy_forms(
    session: Session, *, files: Mapping[str, bytes], now: datetime, actor_id: int | None = None
) -> dict[str, int]:
    """Store each form that changed as the next version, and return the id of the version in force by key.

    Args:
        session: the caller's session.
        files: content by form key, `diagnose/fill_questionnaire`.
        now: when they come into force.
        actor_id: who deploys; None for an installation.

    Raises:
        NotAForm: with the problems of all files; then none is stored.
    """
    schemas = _read_all(files)
    return {key: _store(session, key, schema, now, actor_id) for key, schema in schemas.items()}


def _read_all(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    schemas: dict[str, dict[str, Any]] = {}
    refused: list[NotAForm] = []
    for key, content in sorted(files.items()):
        try:
            schemas[key] = read_json(key, content)
            definition_of(key, schemas[key])
        except NotAForm as failure:
            refused.append(failure)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        problems = [
            Problem(f"{failure.key}: {problem.path}", problem.message, problem.params)
            for failure in refused
            for problem in failure.problems
        ]
        raise NotAForm(", ".join(failure.key for failure in refused), tuple(problems))
    return schemas


def _store(session: Session, key: str, schema: dict[str, Any], now: datetime, actor_id: int | None) -> int:
    canonical = json.dumps(schema, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    current = latest(session, key=key)
    if current is not None and current.sha256 == digest:
        return current.id
    version = 1 if current is None else current.version + 1
    form = Form(key=key, version=version, sha256=digest, schema=schema, deployed_at=now)
    session.add(form)
    session.flush()
    record(
        session, at=now, person_id=actor_id, action="form.deployed", subject=("form", form.id), key=key, version=version
    )
    return form.id


def save_draft(
    session: Session,
    *,
    task_id: int,
    actor: Actor,
    answers: Mapping[str, Any],
    base_revision: int,
    now: datetime,
) -> Draft:
    """Keep what the actor has typed so far; it need not be valid.

    Not told in the history: nothing has happened yet to anybody.

    Args:
        session: the caller's session.
        task_id: the task whose form it is.
        actor: each person has a draft of their own.
        answers: as `reading.answers_from` gives them.
        base_revision: the revision that the page was opened with, 0 when there was no draft.
        now: when.

    Raises:
        TaskNotFound, NotYourTask, TaskIsOver: there is nothing that the actor could prepare.
        DraftMovedOn: it was saved elsewhere meanwhile; carries both texts.
        DraftTooLarge: it is larger than forms are.
    """
    rules.check_can_type(get_task(session, task_id), actor)
    kept = rules.draft_of(answers)
    draft = draft_of(session, task_id=task_id, person_id=actor.person_id)
    if draft is None and base_revision == 0:
        return _first_draft(session, task_id, actor, kept, now)
    # The row decides, not what we read: of two windows that save at once, one finds another revision.
    won = session.scalar(
        update(Draft)
        .where(Draft.task_id == task_id, Draft.person_id == actor.person_id, Draft.revision == base_revision)
        .values(answers=kept, revision=base_revision + 1, saved_at=now)
        .returning(Draft.id)
    )
    draft = draft_of(session, task_id=task_id, person_id=actor.person_id)
    if draft is None:
        return _first_draft(session, task_id, actor, kept, now)
    session.refresh(draft)
    if won is None and draft.answers != kept:
        raise rules.DraftMovedOn(stored=draft.answers, typed=kept, revision=draft.revision)
    return draft


def _first_draft(session: Session, task_id: int, actor: Actor, kept: dict[str, Any], now: datetime) -> Draft:
    draft = Draft(task_id=task_id, person_id=actor.person_id, answers=kept, revision=1, saved_at=now)
    try:
        with savepoint(session):
            session.add(draft)
    except IntegrityError:
        stored = draft_of(session, task_id=task_id, person_id=actor.person_id)
        if stored is None:
            raise
        raise rules.DraftMovedOn(stored=stored.answers, typed=kept, revision=stored.revision) from None
    return draft


_draft: Any = Draft.__table__
_DROP_DRAFTS = Statement(delete(_draft).where(_draft.c.task_id == bindparam("over")))


def drop_drafts(session: Session, *, task_ids: Collection[int]) -> None:
    """Throw away the drafts of tasks that are over: answered, or no longer wanted."""
    _DROP_DRAFTS.run_each(session, [{"over": task_id} for task_id in task_ids])


_submission: Any = Submission.__table__
_COLUMNS = ("task_id", "form_id", "person_id", "answers", "submitted_at", "command_key")
_HAS_DRAFTS = exists().where(_draft.c.task_id == bindparam("task_id")).label("has_drafts")
_STORE = {
    name: Statement(
        make(_submission)
        .values({column: bindparam(column, type_=_submission.c[column].type) for column in _COLUMNS})
        .on_conflict_do_nothing()
        .returning(_submission.c.id, _HAS_DRAFTS)
    )
    for name, make in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


@dataclass(frozen=True)
class Answered:
    """A set of answers to be stored.

    Attributes:
        task_id: the task that is answered; the caller completes it in the same unit of work.
        business_key: the case or cycle that the task belongs to.
        answers: the clean ones of `compile.validate`.
        form_id: the form version that asked; None for a task without a form.
        command_key: made when the page was rendered, a hidden field of it.
    """

    task_id: int
    business_key: str
    answers: Mapping[str, Any]
    form_id: int | None
    command_key: str


def submit(
    session: Session,
    *,
    task_id: int,
    actor: Actor,
    answers: Mapping[str, Any],
    form_id: int | None,
    command_key: str,
    now: datetime,
) -> Submission:
    """Store the answers as sent and throw the drafts away; sent again under the same key, return what is stored.

    Raises:
        UnusableKey, KeyAlreadyUsed: the key is none of ours, or the actor has sent something else under it.
        AlreadyAnswered: the task has answers already.
    """
    rules.check_command_key(command_key)
    before = repeated(session, task_id=task_id, actor=actor, answers=answers, command_key=command_key)
    if before is not None:
        return before
    business_key = get_task(session, task_id).business_key
    store(session, answered=Answered(task_id, business_key, answers, form_id, command_key), actor=actor, now=now)
    return session.scalars(select(Submission).where(Submission.task_id == task_id)).one()


def store(session: Session, *, answered: Answered, actor: Actor, now: datetime) -> None:
    """Store answers, and throw the task's drafts away; nothing happens when they are there, from this command.

    Raises:
        UnusableKey, KeyAlreadyUsed: the key is none of ours, or the actor has sent something else under it.
        AlreadyAnswered: the task has answers already.
    """
    rules.check_command_key(answered.command_key)
    stored = _STORE[session.get_bind().dialect.name].first(
        session,
        task_id=answered.task_id,
        form_id=answered.form_id,
        person_id=actor.person_id,
        answers=dict(answered.answers),
        submitted_at=now,
        command_key=answered.command_key,
    )
    if stored is None:
        sent, key = answered.answers, answered.command_key
        if repeated(session, task_id=answered.task_id, actor=actor, answers=sent, command_key=key) is not None:
            return
        raise rules.AlreadyAnswered(rules.ALREADY_ANSWERED)
    if stored.has_drafts:
        drop_drafts(session, task_ids=[answered.task_id])
    record(
        session,
        at=now,
        person_id=actor.person_id,
        action="form.submitted",
        subject=("submission", stored.id),
        business_key=answered.business_key,
        task_id=answered.task_id,
        form_id=answered.form_id,
    )


def repeated(
    session: Session, *, task_id: int, actor: Actor, answers: Mapping[str, Any], command_key: str
) -> Submission | None:
    """Return what the actor has already sent under this key; None when nothing was.

    Raises:
        KeyAlreadyUsed: it was something else.
    """
    stored = submission_of_command(session, actor=actor, command_key=command_key)
    if stored is not None:
        rules.check_is_repetition(stored.answers, answers, same_task=stored.task_id == task_id)
    return stored
