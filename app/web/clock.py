"""The demo's clock: a stranger plays a whole year in an hour. Outside the demo these pages do not exist."""

from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.kernel.clock import move_clock
from app.kernel.db import db, unit_of_work
from app.programme.processes.due import moments_until, next_due_at, run_due
from app.web import dates, frame, session
from app.web.local_paths import local_path

blueprint = Blueprint("clock", __name__)

STEPS = {"day": timedelta(days=1), "week": timedelta(days=7)}
# A step over this many moments at which something is due is finished by the ticker.
MOST_MOMENTS = 500


@blueprint.post("/clock")
def move() -> ResponseReturnValue:
    """Move the clock by a step or to the next thing that is due, and do what is due on the way."""
    if not session.settings().demo:
        abort(404)
    until = _until(request.form.get("step", ""))
    if until is None:
        flash(_("Nothing waits for its day. Complete a task first."))
    else:
        acted = _live_through(session.now(), until)
        date = dates.moment(until, frame.zone())
        happened = (
            ngettext("%(num)s thing happened", "%(num)s things happened", acted) if acted else _("nothing was due")
        )
        flash(_("Now it is %(date)s: %(happened)s on the way.", date=date, happened=happened))
    return redirect(local_path(request.form.get("next")) or url_for("home.index"), 303)


def _until(step: str) -> datetime | None:
    if step in STEPS:
        return session.now() + STEPS[step]
    if step != "next":
        abort(422)
    due = next_due_at(db.session())
    return None if due is None else max(due, session.now())


def _live_through(now: datetime, until: datetime) -> int:
    """Act at every moment up to `until`, each in a unit of work of its own; return how much happened."""
    acted, moment = 0, now
    for _moment in range(MOST_MOMENTS):
        with unit_of_work() as unit:
            following = next(moments_until(unit, now=moment, until=until))
            move_clock(unit, to=following)
            done = run_due(unit, now=following)
        acted += done
        # The ticker may hold what is due here: it will do it, the clock goes on.
        if following >= until or (not done and following == moment):
            break
        moment = following
    with unit_of_work() as unit:
        move_clock(unit, to=until)
    return acted
