"""The form of one task as a page needs it: definition, data, draft, files, and what was just typed."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Request
from flask_babel import get_locale, gettext
from sqlalchemy.orm import Session

from app.engine.instances import queries as instances
from app.kernel.errors import NotFound
from app.work.documents import queries as documents
from app.work.forms import queries
from app.work.forms.compile import Checked, validate
from app.work.forms.parts import FormDefinition, Kind, Part, Wording, asked
from app.work.forms.prefill import prefill
from app.work.forms.problems import sentences
from app.work.forms.queries import Typed
from app.work.forms.reading import answers_from, unplaced
from app.work.forms.view import FieldView, field_views
from app.work.people.roles import Actor
from app.work.tasks.models import Task

__all__ = ["TaskForm", "open_form"]

_EMPTY = FormDefinition(key="", title=Wording())


@dataclass(frozen=True)
class TaskForm:
    """A task's form in its present state.

    Attributes:
        task: the task.
        definition: the form version that was deployed with the process; an empty one for a task without a form.
        context: the data of the instance.
        draft: what this person has typed and not sent, if anything.
        files: references of the attached files by HTML name of the field.
    """

    task: Task
    definition: FormDefinition
    context: Mapping[str, Any]
    draft: Typed | None
    files: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def revision(self) -> int:
        """The draft's revision that the page was made from; 0 before the first."""
        return self.draft.revision if self.draft else 0

    def answers(self, posted: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return what the inputs show: typed just now, else the draft, else what the process knows."""
        return prefill(self.definition, self.context, self.draft.answers if self.draft else None, posted)

    def views(self, answers: Mapping[str, Any], errors: Mapping[str, str] | None = None) -> tuple[FieldView, ...]:
        """Return the form as the page shows it, with errors beside the fields."""
        return field_views(self.definition, answers, errors or {}, self.context, str(get_locale()), files=self.files)

    def read(self, request: Request) -> dict[str, Any]:
        """Return what the browser sent, as it was typed."""
        return answers_from(request.form.items(multi=True), self.definition, self.context)

    def check(self, posted: Mapping[str, Any]) -> Checked:
        """Check what was typed."""
        checked = validate(self.definition, posted, self.context, str(get_locale()), self.files)
        return Checked(checked.clean, {**unplaced(self.definition, posted), **checked.errors})

    def appeared(self, posted: Mapping[str, Any], request: Request) -> tuple[FieldView, ...]:
        """Return the questions that the answers bring and the page did not show yet; the person has not refused them.

        Pages name what they have shown. Where nothing is named, a name that was sent was shown, and only what
        must be answered counts.
        """
        told = "_shown" in request.form
        seen = set(request.form.getlist("_shown")) if told else request.form.keys() | request.files.keys()
        new = [view for view in flatten(self.views(self.answers(posted))) if _comes_and_goes(view)]
        return tuple(view for view in new if view.name not in seen and (told or view.required))

    def file_fields(self) -> frozenset[str]:
        """Return the HTML names of the fields that take files; rows have none."""
        return frozenset(part.key for part in asked(self.definition.parts) if part.kind is Kind.FILES)

    def sent_views(self, session: Session) -> tuple[FieldView, ...]:
        """Return the form as it was sent, to be read."""
        sent = queries.submission_of_task(session, task_id=self.task.id)
        if sent is None:
            return ()
        return self._read_only({**self.context, **sent.answers})

    def readable_views(self) -> tuple[FieldView, ...]:
        """Return the form for somebody who may only look: what the process knows, nothing that others type."""
        return self._read_only(self.context)

    def _read_only(self, values: Mapping[str, Any]) -> tuple[FieldView, ...]:
        locked = replace(self.definition, parts=tuple(_locked(part) for part in self.definition.parts))
        return field_views(locked, values, {}, values, str(get_locale()), files=self.files)

    def sentences(self, checked: Checked) -> dict[str, str]:
        """Return what to mend, by HTML name, in the reader's language."""
        return dict(sentences(checked.errors, gettext))


def open_form(session: Session, *, task: Task, actor: Actor) -> TaskForm:
    """Read everything that the task's form is made of."""
    definition = queries.get_form(session, task.form_id) if task.form_id else _EMPTY
    return TaskForm(
        task=task,
        definition=definition,
        context=_context(session, task, definition),
        draft=queries.typed_by(session, task_id=task.id, person_id=actor.person_id),
        files=documents.references_of_task(session, task_id=task.id),
    )


def _context(session: Session, task: Task, definition: FormDefinition) -> Mapping[str, Any]:
    """Return the data that the task sees; of one that is over, which the engine has forgotten, what was sent."""
    try:
        return instances.task_data(session, instance_id=task.instance_id, task_ref=task.task_ref)
    except NotFound:
        sent = queries.submission_of_task(session, task_id=task.id)
        return {} if sent is None else {**_offers(session, task, definition), **sent.answers}


def _offers(session: Session, task: Task, definition: FormDefinition) -> Mapping[str, Any]:
    """Return the lists that choices come from, as the instance has them now."""
    try:
        data = instances.instance_data(session, instance_id=task.instance_id)
    except NotFound:
        return {}
    names = {name.partition(".")[0] for name in _sources(definition.parts)}
    return {name: data[name] for name in names & data.keys()}


def flatten(views: Iterable[FieldView]) -> Iterator[FieldView]:
    """Yield every field of a form, those in groups and rows too."""
    for view in views:
        yield view
        yield from flatten(view.parts)
        if view.table is not None:
            for row in view.table.rows:
                yield from flatten(row.cells)


def is_within(name: str, views: Iterable[FieldView]) -> bool:
    """Say whether the HTML name is of one of the fields or of a cell inside."""
    return any(name == view.name or name.startswith(f"{view.name}-") for view in views)


def _comes_and_goes(view: FieldView) -> bool:
    return view.conditional and not view.readonly and view.kind not in ("group", "hidden", "text", "separator")


def _locked(part: Part) -> Part:
    return replace(part, readonly=True, parts=tuple(_locked(inner) for inner in part.parts))


def _sources(parts: Iterable[Part]) -> Iterator[str]:
    """Yield the keys of the data that choices come from, those in rows too."""
    for part in parts:
        if part.options_from:
            yield part.options_from
        yield from _sources(part.parts)


def new_command_key() -> str:
    """Return the key that makes sending a page twice harmless."""
    return secrets.token_urlsafe(16)
