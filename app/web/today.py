"""«Сегодня»: what is late, what comes, who has much to do, and what is done about it: to call, to move the date."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.kernel.db import db, unit_of_work
from app.kernel.errors import AppError, Invalid
from app.programme.cycles import queries as cycles
from app.reports import matrix as report
from app.reports import overdue
from app.reports.scope import watched_cycles
from app.web import session
from app.web.dates import day
from app.web.failures import status_of, translated
from app.web.matrix import view_of
from app.work.deadlines import operations as deadlines
from app.work.people import queries as people
from app.work.people.roles import Role
from app.work.tasks import queries as tasks
from app.work.tasks.models import Task
from app.work.tasks.rules import CannotMoveDate, InvalidDueDate, ReasonMissing, check_can_move_date

blueprint = Blueprint("today", __name__)

LONGEST_REASON = 2000


class NotADay(Invalid):
    """What was typed is no date."""


@blueprint.get("/today")
def index() -> ResponseReturnValue:
    """Show what is overdue, what comes, and who has much to do."""
    watched = watched_cycles(db.session(), actor=session.actor())
    if not watched:
        return render_template("matrix/nothing.html", title=_("Today"))
    view, unit = view_of(watched), db.session()
    wide = view.actor.holds(Role.REGIONAL_COORDINATOR) or view.actor.holds(Role.MUNICIPAL_COORDINATOR)
    return render_template(
        "matrix/today.html",
        view=view,
        cycles=watched,
        counts=report.counts(unit, view=view),
        overdue=overdue.overdue_tasks(unit, view=view),
        coming=overdue.coming_tasks(unit, view=view),
        red=overdue.red_list(unit, view=view),
        by_place=overdue.by_municipality(unit, view=view) if wide else [],
        load=overdue.load_of_curators(unit, view=view) if wide else [],
        may_move=_may_move,
    )


@blueprint.get("/today/tasks/<int:task_id>/date")
def ask_date(task_id: int) -> ResponseReturnValue:
    """Show the task, its people, and where the new date and the reason are typed."""
    task = tasks.visible_task(db.session(), task_id=task_id, actor=session.actor())
    _check_may_move(task)
    return _date_page(task, {"due_on": "", "reason": ""}, [])


@blueprint.post("/today/tasks/<int:task_id>/date")
def move_date(task_id: int) -> ResponseReturnValue:
    """Move the last day of the task; what was typed stays where it cannot be moved."""
    given = {name: request.form.get(name, "").strip() for name in ("due_on", "reason")}
    try:
        with unit_of_work() as unit:
            deadline = deadlines.move_by_hand(
                unit,
                task_id=task_id,
                due_on=_day(given["due_on"]),
                reason=given["reason"][:LONGEST_REASON],
                actor=session.actor(),
                now=session.now(),
            )
            moved_to = deadline.due_on
    except (NotADay, InvalidDueDate, ReasonMissing) as error:
        db.session.rollback()
        task = tasks.visible_task(db.session(), task_id=task_id, actor=session.actor())
        _check_may_move(task)
        return _date_page(task, given, [(_field_of(error), translated(error))]), status_of(error)
    flash(_("The date has moved to %(day)s. Those who are to do the task have been told.", day=day(moved_to)))
    return redirect(_way_back(tasks.get_task(db.session(), task_id)), 303)


def _may_move(task: Task) -> bool:
    """Say whether the actor may move the date of the task: others get no button for it."""
    try:
        _check_may_move(task)
    except CannotMoveDate:
        return False
    return True


def _check_may_move(task: Task) -> None:
    above = {organisation.id for organisation in people.ancestry(db.session(), task.organisation_id)}
    check_can_move_date(task, session.actor(), above=above)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise NotADay(_("Choose the new date.")) from error


def _field_of(error: AppError) -> str:
    return "reason" if isinstance(error, ReasonMissing) else "due_on"


def _way_back(task: Task) -> str:
    cycle, _case = cycles.about(db.session(), task.business_key)
    return url_for("today.index", cycle=cycle.id)


def _date_page(task: Task, given: dict[str, str], errors: list[tuple[str, str]]) -> str:
    return render_template(
        "matrix/move.html",
        task=task,
        case=cycles.about(db.session(), task.business_key)[1],
        people=tasks.people_of(db.session(), task=task, now=session.now()),
        given=given,
        errors=errors,
        back=_way_back(task),
    )
