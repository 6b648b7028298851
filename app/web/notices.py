"""The bell: what happened while one was away."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.kernel.db import db, unit_of_work
from app.web import notice_words, session
from app.web.local_paths import local_path
from app.work.notifications import operations as notifications
from app.work.notifications import queries

blueprint = Blueprint("notices", __name__)


@blueprint.get("/notices")
def index() -> str:
    """Show the newest notices, unread ones marked."""
    bell = queries.bell(db.session(), person_id=session.person().id)
    lines = [(notice, notice_words.sentence(notice)) for notice in bell]
    return render_template("notices.html", lines=lines)


@blueprint.post("/notices/<int:notice_id>")
def open_notice(notice_id: int) -> ResponseReturnValue:
    """Mark one as read and go where it leads."""
    with unit_of_work() as unit:
        notice = notifications.mark_read(unit, notice_id=notice_id, person_id=session.person().id, now=session.now())
    return redirect(local_path(notice.link) or url_for("notices.index"), 303)


@blueprint.post("/notices/read")
def read_all() -> ResponseReturnValue:
    """Mark all as read."""
    with unit_of_work() as unit:
        notifications.mark_all_read(unit, person_id=session.person().id, now=session.now())
    return redirect(url_for("notices.index"), 303)
