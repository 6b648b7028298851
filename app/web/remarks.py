"""Making remarks while reading a package: each is tied to a section or a row."""

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.kernel.db import db, unit_of_work
from app.kernel.errors import Invalid
from app.kernel.i18n import _
from app.web import package, session
from app.work.remarks import operations as remarks
from app.work.remarks.models import Severity
from app.work.remarks.operations import NewRemark
from app.work.tasks import queries as tasks
from app.work.tasks.models import Task

blueprint = Blueprint("remarks", __name__)

FREQUENT = (
    _("Say how the result will be measured."),
    _("The measure does not follow from the risk. Say how they hang together."),
    _("The dates are not realistic. Check them against the school year."),
    _("Name who is responsible, not only the post."),
    _("The target is missing or equals the present value."),
)


class RemarkIncomplete(Invalid):
    """A remark needs a place that exists, a weight and a text."""


@blueprint.post("/tasks/<int:task_id>/remarks")
def add(task_id: int) -> ResponseReturnValue:
    """Add a remark to a section or a row, as it stands now."""
    task, place = _task(task_id), request.form.get("place", "")
    reviewed = package.to_review(db.session(), task=task)
    if reviewed is None or not reviewed.may_remark:
        abort(404)
    seen = reviewed.text_of(place)
    text = request.form.get("text", "").strip() or _frequent(request.form.get("frequent", ""))
    severity = request.form.get("severity", "")
    if seen is None or not text or severity not in set(Severity):
        raise RemarkIncomplete(_("Write what is to be mended and choose how much it weighs."))
    new = NewRemark(
        task_id=task_id,
        place=place,
        place_title=reviewed.title_of(place),
        severity=Severity(severity),
        text=text,
        seen=seen,
    )
    with unit_of_work() as unit:
        remarks.add_remark(unit, new=new, actor=session.actor(), now=session.now())
    return _back(task_id, place)


@blueprint.post("/tasks/<int:task_id>/remarks/<int:remark_id>/remove")
def remove(task_id: int, remark_id: int) -> ResponseReturnValue:
    """Take a remark back before the decision is sent."""
    _task(task_id)
    with unit_of_work() as unit:
        remarks.remove(unit, remark_id=remark_id, actor=session.actor(), now=session.now())
    return _back(task_id, request.form.get("place", ""))


@blueprint.post("/tasks/<int:task_id>/remarks/<int:remark_id>/close")
def close(task_id: int, remark_id: int) -> ResponseReturnValue:
    """Close a remark that was mended or answered."""
    _task(task_id)
    with unit_of_work() as unit:
        remarks.close(unit, remark_id=remark_id, actor=session.actor(), now=session.now())
    return _back(task_id, "earlier")


def _task(task_id: int) -> Task:
    return tasks.visible_task(db.session(), task_id=task_id, actor=session.actor())


def _frequent(number: str) -> str:
    known = {str(position): text for position, text in enumerate(FREQUENT)}
    return gettext(known[number]) if number in known else ""


def _back(task_id: int, place: str) -> ResponseReturnValue:
    return redirect(url_for("tasks.show", task_id=task_id, _anchor=f"place-{place}" if place else None), 303)
