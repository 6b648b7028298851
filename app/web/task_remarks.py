"""Remarks on the page of a task: beside the place they are about, with what changed since they were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext
from sqlalchemy.orm import Session

from app.programme.cycles import queries as cycles
from app.programme.cycles.models import Case
from app.web import frame, package, session
from app.web.package import Package
from app.work.documents.diff import Piece
from app.work.people.roles import Actor
from app.work.remarks import operations as remarks
from app.work.remarks import queries
from app.work.remarks.models import Remark, RemarkState
from app.work.remarks.rules import changes_since
from app.work.tasks.models import Task

# Where the school sees remarks and answers them.
ANSWER_IN = frozenset({("approve", "mend_package")})
_PREFIX = "_answer-"


@dataclass(frozen=True)
class RemarkView:
    """A remark as pages show it.

    Attributes:
        since: `same`, `changed` (see `changes`), `gone` or `unseen`.
        changes: title of a cell (empty for a text) and the pieces of old and new text.
    """

    id: int
    place: str
    place_title: str
    severity: str
    text: str
    author: str
    on: date
    state: str
    answer: str
    own: bool
    fresh: bool
    since: str
    changes: Sequence[tuple[str, Sequence[Piece]]] = ()


@dataclass(frozen=True)
class Remarks:
    """The remarks that a task's page shows."""

    all: Sequence[RemarkView] = ()

    def at(self, place: str) -> list[RemarkView]:
        """Return those of a place; a field's name is the end of its place."""
        return [r for r in self.all if place and (r.place == place or r.place.rpartition(":")[2] == place)]

    @property
    def open(self) -> list[RemarkView]:
        """Those that are not closed."""
        return [r for r in self.all if r.state != RemarkState.CLOSED.value]

    @property
    def earlier(self) -> list[RemarkView]:
        """Open ones that were made before this task: first of all one looks whether they were mended."""
        return [r for r in self.open if not r.fresh]

    @property
    def fresh(self) -> list[RemarkView]:
        """Those made in this task."""
        return [r for r in self.open if r.fresh]


def of_task(session_: Session, *, task: Task, reviewed: Package | None) -> Remarks:
    """Return the remarks that belong on the task's page; most tasks have none."""
    place = (task.process_key, task.element_id)
    if place not in ANSWER_IN | package.REMARK_IN | package.READ_IN:
        return Remarks()
    case = case_of(session_, task)
    if case is None:
        return Remarks()
    whole = reviewed or package.of_case(session_, case=case)
    found = queries.remarks_of(session_, business_key=task.business_key)
    return Remarks([_view(remark, task, whole) for remark in found])


def _view(remark: Remark, task: Task, whole: Package) -> RemarkView:
    changes = changes_since(remark, whole.text_of(remark.place))
    return RemarkView(
        id=remark.id,
        place=remark.place,
        place_title=remark.place_title,
        severity=remark.severity.value,
        text=remark.text,
        author=remark.author.short_name,
        on=remark.created_at.astimezone(ZoneInfo(frame.zone())).date(),
        state=remark.state.value,
        answer=remark.answer,
        own=remark.author_id == session.actor().person_id,
        fresh=remark.task_id == task.id,
        since=changes.since.value,
        changes=[(_title(change.key), change.pieces) for change in changes.fields],
    )


def _title(key: str) -> str:
    """Return the title of a row's cell; a text has none."""
    return gettext(package.ROW_TITLES[key]) if key in package.ROW_TITLES else ""


def may_answer(task: Task) -> bool:
    """Say whether the task's form takes answers to remarks."""
    return (task.process_key, task.element_id) in ANSWER_IN


def keep_answers(unit: Session, *, task: Task, actor: Actor) -> None:
    """Keep the school's answers to remarks that came with the form, those that are new or differ."""
    if not may_answer(task):
        return
    known = {str(remark.id): remark for remark in queries.remarks_of(unit, business_key=task.business_key)}
    for name, text in request.form.items():
        number = name.removeprefix(_PREFIX)
        remark = known.get(number) if name.startswith(_PREFIX) else None
        if remark is not None and text.strip() and text.strip() != remark.answer:
            remarks.answer(unit, remark_id=remark.id, text=text.strip(), actor=actor, now=session.now())


def case_of(session_: Session, task: Task) -> Case | None:
    """Return the case that the task belongs to, if it is about a school."""
    return cycles.about(session_, task.business_key)[1]
