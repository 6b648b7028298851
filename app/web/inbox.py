"""«Мои задания»: what waits for me, what I wait for from others, what comes later."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.kernel.db import db, unit_of_work
from app.kernel.errors import Conflict
from app.programme.cycles import queries as cycles
from app.programme.cycles.models import Case
from app.web import frame, session, turns
from app.web.failures import translated
from app.work.people.roles import Actor, Role
from app.work.tasks import queries as tasks
from app.work.tasks.queries import InboxFilters
from app.work.tasks.reminding import remind as remind_of
from app.work.tasks.rules import Group

blueprint = Blueprint("inbox", __name__)

# Whoever looks after more than one school wants to see and choose which.
MANY = 2
_SCHOOL_ROLES = frozenset({Role.SCHOOL_TEAM, Role.PRINCIPAL, Role.CURATOR})


@blueprint.get("/tasks")
def index() -> ResponseReturnValue:
    """Show the lists; htmx asks for them alone."""
    actor, now = session.actor(), session.now()
    cases = {case.business_key: case for case in cycles.visible_cases(db.session(), actor=actor)}
    filters = _filters(cases)
    mine = tasks.inbox(db.session(), actor=actor, now=now, filters=filters, page=_page("page"))
    others = tasks.waiting_for_others(
        db.session(),
        actor=actor,
        now=now,
        today=session.today(frame.zone()),
        filters=filters,
        page=_page("others"),
    )
    parts = {
        "now_rows": [row for row in mine.items if row.due.group is Group.NOW],
        "soon_rows": [row for row in mine.items if row.due.group is Group.SOON],
        "mine": mine,
        "others": others,
        "counts": tasks.inbox_counts(db.session(), actor=actor, now=now),
        "cases": cases,
        "opens": turns.opener(db.session(), actor),
        "several": len({case.school_id for case in cases.values()}) >= MANY,
        "several_cycles": len({case.cycle_id for case in cases.values()}) > 1,
        "filters": filters,
        "chosen": {name: request.args.get(name, "") for name in ("q", "case", "overdue")},
        "is_filtered": any(request.args.get(name) for name in ("q", "case", "overdue")),
        "starting": _has_no_case(actor, cases),
    }
    whole = "HX-Request" not in request.headers or request.headers.get("HX-Target") != "lists"
    return render_template("inbox/page.html" if whole else "inbox/lists.html", **parts)


@blueprint.post("/tasks/<int:task_id>/remind")
def remind(task_id: int) -> ResponseReturnValue:
    """Remind the holders of a task of others; a second time on a day is answered kindly."""
    try:
        with unit_of_work() as unit:
            told = remind_of(unit, task_id=task_id, actor=session.actor(), now=session.now())
            names = ", ".join(person.short_name for person in told)
        flash(_("Reminded: %(names)s.", names=names))
    except Conflict as error:
        flash(translated(error))
    return redirect(url_for("inbox.index", _anchor="others"), 303)


def _filters(cases: dict[str, Case]) -> InboxFilters:
    key = request.args.get("case", "")
    return InboxFilters(
        business_keys=frozenset({key}) if key in cases else None,
        overdue=request.args.get("overdue") == "1",
        search=request.args.get("q", ""),
    )


def _page(name: str) -> int:
    return max(1, min(request.args.get(name, 1, type=int), 10_000))


def _has_no_case(actor: Actor, cases: dict[str, Case]) -> bool:
    """Say whether this is a school whose year has not begun."""
    return not cases and any(mandate.role in _SCHOOL_ROLES for mandate in actor.mandates)
