"""The bell: what happened while one was away."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from app.kernel.db import db, unit_of_work
from app.kernel.i18n import _
from app.web import session
from app.web.local_paths import local_path
from app.work.notifications import operations as notifications
from app.work.notifications import queries
from app.work.notifications.models import Notice
from app.work.notifications.queries import NoticeNotFound
from app.work.notifications.rules import sentence

blueprint = Blueprint("notices", __name__)


@blueprint.get("/notices")
def index() -> str:
    """Show the newest notices, unread ones marked."""
    locale = str(get_locale())
    bell = queries.bell(db.session(), person_id=session.person().id)
    lines = [(notice, sentence(notice.kind, notice.values, locale=locale)) for notice in bell]
    return render_template("notices.html", lines=lines)


@blueprint.post("/notices/<int:notice_id>")
def open_notice(notice_id: int) -> ResponseReturnValue:
    """Mark one as read and go where it leads."""
    person_id = session.person().id
    notice = db.session().get(Notice, notice_id)
    if notice is None or notice.person_id != person_id:
        raise NoticeNotFound(_("There is no such notice."))
    link = local_path(notice.link)
    with unit_of_work() as unit:
        notifications.mark_read(unit, notice_ids=[notice_id], person_id=person_id, now=session.now())
    return redirect(link or url_for("notices.index"), 303)


@blueprint.post("/notices/read")
def read_all() -> ResponseReturnValue:
    """Mark all as read."""
    person_id = session.person().id
    with unit_of_work() as unit:
        notifications.mark_read(unit, person_id=person_id, now=session.now())
    return redirect(url_for("notices.index"), 303)
