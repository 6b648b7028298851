"""The page of one task: read, type, attach, send."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.kernel.db import db, unit_of_work
from app.kernel.errors import Conflict, Invalid
from app.programme.processes.acts import Completion, complete_task
from app.web import dates, frame, session, task_page
from app.web.addresses import row_number
from app.web.failures import translated
from app.web.task_files import attach_stored, detach, stored_files
from app.web.task_form import TaskForm, is_within, open_form
from app.web.task_page import NOTHING_UNSENT, Unsent
from app.web.task_remarks import keep_answers, may_answer
from app.work.forms import operations as forms
from app.work.forms.rows import Verb, apply_row_command, command_from
from app.work.forms.rules import DraftMovedOn, check_can_type
from app.work.people.roles import Actor
from app.work.tasks import operations as tasks
from app.work.tasks import queries
from app.work.tasks.models import Task
from app.work.tasks.rules import may_act

blueprint = Blueprint("tasks", __name__)

# So many opened tasks an address names at most.
MOST_NAMED = 20
# Names of buttons that keep the text and send nothing.
_KEEPING = frozenset({"_save", "_attach", "_detach", "_restore", "_show"})


def _task(task_id: int) -> Task:
    return queries.visible_task(db.session(), task_id=task_id, actor=session.actor())


@blueprint.get("/tasks/<int:task_id>")
def show(task_id: int) -> ResponseReturnValue:
    """Show the task; the first look of somebody who may do it is noted."""
    actor = session.actor()
    task = _task(task_id)
    is_first = may_act(task, actor) and task.opened_first_at is None
    page = _render(open_form(db.session(), task=task, actor=actor))
    # Noted last: the unit of work forgets what was read for the page.
    if is_first:
        with unit_of_work() as unit:
            tasks.mark_seen(unit, task_id=task_id, actor=actor, now=session.now())
    return page


@blueprint.post("/tasks/<int:task_id>")
def act(task_id: int) -> ResponseReturnValue:
    """Take what the form sent: files first, then the button that was pressed; without one it is to be sent."""
    actor = session.actor()
    task = _task(task_id)
    form = open_form(db.session(), task=task, actor=actor)
    posted = form.read(request)
    if _brings_more(task):
        try:
            _keep_besides(task, actor, form)
        except Invalid as error:
            return _page(form, posted, {_file_field(): translated(error)}), 422
        form = open_form(db.session(), task=_task(task_id), actor=actor)
    row_button = command_from(request.form)
    if row_button is not None:
        place = _save(form, apply_row_command(posted, row_button))
        at = "-".join(str(piece) for piece in row_button.table)
        new_row = f"-{len(posted.get(at) or [])}" if row_button.verb is Verb.ADD else ""
        return place or redirect(url_for("tasks.show", task_id=task_id, _anchor=f"f-{at}{new_row}"), 303)
    if _KEEPING & request.form.keys():
        return _save(form, posted) or _saved(task_id)
    return _send(form, posted, actor)


@blueprint.post("/tasks/<int:task_id>/draft")
def draft(task_id: int) -> ResponseReturnValue:
    """Keep what is being typed: the page's script calls this, the answer is two headers."""
    actor = session.actor()
    form = open_form(db.session(), task=_task(task_id), actor=actor)
    posted = form.read(request)
    with unit_of_work() as unit:
        kept = forms.save_draft(
            unit, task_id=task_id, actor=actor, answers=posted, base_revision=_base_revision(), now=session.now()
        )
    response: Response = make_response("", 204)
    response.headers["X-Draft-Revision"] = str(kept.revision)
    response.headers["X-Saved-At"] = dates.clock(kept.saved_at, frame.zone())
    return response


@blueprint.post("/tasks/<int:task_id>/questions")
def questions(task_id: int) -> str:
    """Show the questions that the form asks after what was typed: the page's script puts them in place."""
    actor = session.actor()
    task = _task(task_id)
    check_can_type(task, actor)
    form = open_form(db.session(), task=task, actor=actor)
    parts = task_page.questions(db.session(), form=form, posted=form.read(request))
    return render_template("task/questions.html", **parts)


@blueprint.post("/tasks/<int:task_id>/claim")
def claim(task_id: int) -> ResponseReturnValue:
    """Take the task."""
    with unit_of_work() as unit:
        tasks.claim(unit, task_id=task_id, actor=session.actor(), now=session.now())
    flash(_("The task is yours now. Others see who has taken it."))
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@blueprint.post("/tasks/<int:task_id>/release")
def release(task_id: int) -> ResponseReturnValue:
    """Give the task back to everybody of the role."""
    with unit_of_work() as unit:
        tasks.release(unit, task_id=task_id, actor=session.actor(), now=session.now())
    flash(_("The task is free again: anybody with the same mandate can take it."))
    return redirect(url_for("inbox.index"), 303)


@blueprint.get("/tasks/<int:task_id>/sent")
def sent(task_id: int) -> ResponseReturnValue:
    """Say that it was sent and whose turn it is now; the address names the tasks that the sending opened."""
    opened = frozenset(request.args.getlist("opened", type=row_number)[:MOST_NAMED])
    page = task_page.after_sending(db.session(), _task(task_id), session.actor(), opened)
    return render_template("task/sent.html", **page)


def _brings_more(task: Task) -> bool:
    """Say whether the form brought anything that is no part of the draft: files, or answers to remarks."""
    return bool(_file_field()) or "_detach" in request.form or may_answer(task)


def _keep_besides(task: Task, actor: Actor, form: TaskForm) -> None:
    """Store the files and the answers to remarks that came with the form; they are no part of the draft."""
    removed = request.form.get("_detach", type=row_number)
    with stored_files(task=task, actor=actor, form=form) as brought, unit_of_work() as unit:
        attach_stored(unit, brought, task=task, actor=actor)
        if removed is not None:
            detach(unit, file_id=removed, actor=actor)
        keep_answers(unit, task=task, actor=actor)


def _file_field() -> str:
    """Return the field whose file was refused, as far as the request tells."""
    return next((name for name, file in request.files.items(multi=True) if file.filename), "")


def _base_revision() -> int:
    return request.form.get("draft_revision", 0, type=row_number)


def _save(form: TaskForm, answers: Mapping[str, Any]) -> ResponseReturnValue | None:
    """Keep the answers as the draft; return the page with both texts where a newer one was kept elsewhere."""
    try:
        with unit_of_work() as unit:
            forms.save_draft(
                unit,
                task_id=form.task.id,
                actor=session.actor(),
                answers=dict(answers),
                base_revision=_base_revision(),
                now=session.now(),
            )
    except DraftMovedOn as error:
        fresh = open_form(db.session(), task=_task(form.task.id), actor=session.actor())
        return render_template("task/two_drafts.html", **task_page.two_drafts(fresh, answers, translated(error))), 409
    return None


def _saved(task_id: int) -> ResponseReturnValue:
    if "_show" not in request.form:
        flash(_("Saved at %(time)s. Nothing is sent yet.", time=dates.clock(session.now(), frame.zone())))
    anchor = request.form.get("_attach") or request.form.get("_show")
    return redirect(url_for("tasks.show", task_id=task_id, _anchor=f"f-{anchor}" if anchor else None), 303)


def _send(form: TaskForm, posted: Mapping[str, Any], actor: Actor) -> ResponseReturnValue:
    """Check, complete, and go to the page that says whose turn it is."""
    checked = form.check(posted)
    # What is over is not to be mended: the room says whether this very page was sent already or who was faster.
    if form.task.ended_at is None:
        appeared = form.appeared(posted, request)
        wrong = {name: problem for name, problem in checked.errors.items() if not is_within(name, appeared)}
        if wrong or appeared:
            errors = form.sentences(replace(checked, errors=wrong))
            return _page(form, posted, errors, Unsent(list(wrong.values()), appeared)), 422
    task_id = form.task.id
    completion = Completion(task_id, checked.clean, request.form.get("command_key", "")[:100])
    try:
        with unit_of_work() as unit:
            opened = complete_task(unit, completion=completion, actor=actor, now=session.now())
    except Invalid as error:
        if _task(task_id).ended_at is not None:
            # The page of an ended task has no form that could hold what was typed.
            return _conflict(task_id, form, posted, translated(error)), 422
        return _page(form, posted, {"": translated(error)}), 422
    except Conflict as error:
        db.session.rollback()
        return _conflict(task_id, form, posted, translated(error)), 409
    return redirect(url_for("tasks.sent", task_id=task_id, opened=opened[:MOST_NAMED]), 303)


def _conflict(task_id: int, form: TaskForm, posted: Mapping[str, Any], sentence: str) -> str:
    """Show that somebody was faster, and what was typed, to be copied."""
    typed = task_page.typed_texts(form, posted)
    return render_template("task/conflict.html", task=_task(task_id), sentence=sentence, typed=typed)


def _page(
    form: TaskForm,
    posted: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    unsent: Unsent = NOTHING_UNSENT,
) -> str:
    """Show the task again with what was typed and what to mend; rows are read anew, a unit of work has failed."""
    task_id = form.task.id
    db.session.rollback()
    fresh = open_form(db.session(), task=_task(task_id), actor=session.actor())
    return _render(fresh, posted, errors or {}, unsent)


def _render(
    form: TaskForm,
    posted: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    unsent: Unsent = NOTHING_UNSENT,
) -> str:
    """Render the task, or the review of a package where that is the task."""
    page = task_page.build(db.session(), form=form, posted=posted, errors=errors or {}, unsent=unsent)
    return render_template("task/review.html" if page["package"] else "task/page.html", **page)
