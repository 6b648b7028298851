"""What the page of a task shows around its form: why, who, since when, remarks, history, the school's context."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from app.programme.cycles import queries as cycles
from app.programme.cycles.matter import CaseLine, matter
from app.programme.diagnosis import queries as diagnosis
from app.programme.processes.acts import can_recall
from app.web import history_words, package, session, task_remarks, turns, words
from app.web.remarks import FREQUENT
from app.web.task_form import TaskForm, flatten, new_command_key
from app.work.documents import queries as documents
from app.work.forms.problems import Problem
from app.work.forms.view import FieldView, RowView
from app.work.history import queries as history
from app.work.people.roles import Actor
from app.work.tasks import queries as tasks
from app.work.tasks.models import Task, TaskState
from app.work.tasks.rules import may_act

RECENT = 8
SHORT = 60
# Where a package is returned.
DECIDING = frozenset({"confirm_package", "agree_package", "agree_instead"})


@dataclass(frozen=True)
class Returned:
    """Why the package came back, who decided so and when; nobody where it is not known."""

    reason: str
    who: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Unsent:
    """Why a form was not sent: what is to be mended, and questions that came with the answers."""

    problems: Sequence[Problem] = ()
    appeared: Sequence[FieldView] = ()


NOTHING_UNSENT = Unsent()


def build(
    session_: Session,
    *,
    form: TaskForm,
    posted: Mapping[str, Any] | None,
    errors: Mapping[str, str],
    unsent: Unsent,
) -> dict[str, Any]:
    """Return everything that the task's template shows."""
    task, actor = form.task, session.actor()
    cycle, case = matter(session_, task.business_key)
    ended = task.state in (TaskState.COMPLETED, TaskState.CANCELLED)
    able = may_act(task, actor) and not ended
    shown = _views(session_, form, posted, errors, able=able, ended=ended)
    reviewed = package.to_review(session_, task=task)
    remarks = task_remarks.of_task(session_, task=task, reviewed=reviewed)
    summary = [(f"f-{p.path}", p.sentence(gettext)) for p in unsent.problems] or [
        (f"f-{name}" if name else "main", sentence) for name, sentence in errors.items()
    ]
    return {
        "task": task,
        "case": case,
        "cycle": cycle,
        "views": shown,
        "form": form,
        "summary": summary,
        "appeared_questions": unsent.appeared,
        "may_act": able,
        "ended": ended,
        "mine": task.assignee_id == actor.person_id,
        "command_key": new_command_key(),
        "progress": required_and_filled(shown),
        "package": reviewed,
        "remarks": remarks,
        "returned": None if ended else _returned(session_, form),
        "remarks_at": remarks.at,
        "severity_words": words.severity_words(),
        "context": side(session_, case=case, business_key=task.business_key),
        "history": history_words.lines(session_, history.told_about(session_, subject=("task", task.id))),
        "holders": [] if ended else turns.holders_of_task(session_, task),
        "frequent": [(number, gettext(text)) for number, text in enumerate(FREQUENT)],
    }


def questions(session_: Session, *, form: TaskForm, posted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the questions alone need, after what was typed."""
    remarks = task_remarks.of_task(session_, task=form.task, reviewed=None)
    return {
        "task": form.task,
        "views": form.views(form.answers(posted)),
        "may_act": True,
        "remarks_at": remarks.at,
        "severity_words": words.severity_words(),
    }


def _views(
    session_: Session,
    form: TaskForm,
    posted: Mapping[str, Any] | None,
    errors: Mapping[str, str],
    *,
    able: bool,
    ended: bool,
) -> tuple[FieldView, ...]:
    """Return the form to fill in, as it was sent, or to look at."""
    if ended:
        return form.sent_views(session_)
    return form.views(form.answers(posted), errors) if able else form.readable_views()


def _returned(session_: Session, form: TaskForm) -> Returned | None:
    """Return why the package came back to the school; None on other tasks."""
    task, reason = form.task, form.context.get("return_reason")
    if (task.process_key, task.element_id) not in task_remarks.ANSWER_IN or not isinstance(reason, str) or not reason:
        return None
    decided = [
        (other.ended_at, other)
        for other in tasks.tasks_of_case(session_, business_key=task.business_key)
        if other.process_key == task.process_key
        and other.element_id in DECIDING
        and other.state is TaskState.COMPLETED
        and other.ended_at is not None
        and other.ended_at <= task.created_at
    ]
    if not decided:
        return Returned(reason)
    at, last = max(decided, key=lambda pair: (pair[0], pair[1].id))
    return Returned(reason, last.assignee.short_name if last.assignee else "", at)


def side(session_: Session, *, case: CaseLine | None, business_key: str) -> dict[str, Any]:
    """Return what stands beside the form: where the school's year is, its risks and documents."""
    if case is None:
        return {}
    return {
        "stages": case.stages,
        "risks": diagnosis.chosen_names(session_, case_id=case.id),
        "documents": documents.titles_of(session_, business_key=business_key),
    }


def required_and_filled(views: Iterable[FieldView]) -> tuple[int, int]:
    """Count the required fields of a form and those that have an answer."""
    flat = [view for view in flatten(views) if view.required and view.kind not in ("table", "files")]
    filled = sum(bool(v.value or v.checked or any(o.selected for o in v.options)) for v in flat)
    return len(flat), filled


def typed_texts(form: TaskForm, posted: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what was typed, label and text, so that it can be copied from a page without the form."""
    return list(_typed(form.views(form.answers(posted))))


def _typed(views: Iterable[FieldView], row: str = "") -> Iterator[tuple[str, str]]:
    """Yield label and text; of a cell the label names its row."""
    for view in views:
        if _is_typed(view):
            label = gettext("%(row)s: %(label)s", row=row, label=view.label) if row else view.label
            yield label, view.shown or view.value
        yield from _typed(view.parts, row)
        for line in view.table.rows if view.table is not None else ():
            yield from _typed(line.cells, _row_name(line))


def _row_name(row: RowView) -> str:
    first = next((cell.shown or cell.value for cell in row.cells if cell.shown or cell.value), "")
    if first:
        return gettext("Row %(number)s (%(name)s)", number=row.number, name=first[:SHORT])
    return gettext("Row %(number)s", number=row.number)


def _is_typed(view: FieldView) -> bool:
    return bool(view.name and not view.readonly and view.kind != "hidden" and (view.shown or view.value))


def two_drafts(form: TaskForm, typed: Mapping[str, Any], sentence: str) -> dict[str, Any]:
    """Return the fields in which the two drafts differ, mine and the one that was saved elsewhere."""
    mine = {v.name: v for v in flatten(form.views(form.answers(typed)))}
    theirs = {v.name: v for v in flatten(form.views(form.answers()))}
    names = dict.fromkeys([*mine, *theirs])
    pairs = [(mine.get(name), theirs.get(name)) for name in names if name]
    differing = [(a, b) for a, b in pairs if _text(a) != _text(b)]
    return {"form": form, "task": form.task, "sentence": sentence, "differing": differing}


def _text(view: FieldView | None) -> str:
    return (view.shown or view.value) if view else ""


def after_sending(session_: Session, task: Task, actor: Actor, opened: frozenset[int]) -> dict[str, Any]:
    """Return whose turn it is after a task was sent, and whether it can still be taken back.

    What the sending itself opened counts; where it opened nothing, what came since, or else what is open at all.
    """
    _cycle, case = matter(session_, task.business_key)
    open_now = turns.open_turns(session_, business_key=task.business_key, actor=actor)
    by_this = [turn for turn in open_now if turn.task.id in opened]
    new = by_this or [turn for turn in open_now if task.ended_at is None or turn.task.created_at >= task.ended_at]
    return {
        "task": task,
        "case": case,
        "turns": [turn for turn in new or open_now if not turn.mine],
        "mine": [turn for turn in new if turn.mine],
        "can_recall": task.process_key == "approve" and _can_recall(session_, task),
    }


def _can_recall(session_: Session, task: Task) -> bool:
    _cycle, case = cycles.about(session_, task.business_key)
    return case is not None and can_recall(session_, case=case)
