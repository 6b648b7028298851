"""«Мои задания»: what waits for me, what I wait for from others, what comes later."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.kernel.db import db, unit_of_work
from app.kernel.errors import Conflict
from app.programme.cycles import queries as cycles
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
# More schools than this are searched by name.
MOST_TO_CHOOSE = 20
FILTERS = ("q", "case", "school", "overdue")
_SCHOOL_ROLES = frozenset({Role.SCHOOL_TEAM, Role.PRINCIPAL, Role.CURATOR})


@blueprint.get("/tasks")
def index() -> ResponseReturnValue:
    """Show the lists; htmx asks for them alone."""
    actor, now = session.actor(), session.now()
    schools = cycles.visible_cases(db.session(), actor=actor, size=MOST_TO_CHOOSE)
    filters = _filters(actor)
    mine = tasks.inbox(db.session(), actor=actor, now=now, filters=filters, page=_page("page"))
    others = tasks.waiting_for_others(
        db.session(),
        actor=actor,
        now=now,
        today=session.today(frame.zone()),
        filters=filters,
        page=_page("others"),
    )
    shown = {row.task.business_key for row in mine.items} | {row.task.business_key for row in others.items}
    parts = {
        "now_rows": [row for row in mine.items if row.due.group is Group.NOW],
        "soon_rows": [row for row in mine.items if row.due.group is Group.SOON],
        "mine": mine,
        "others": others,
        "counts": tasks.inbox_counts(db.session(), actor=actor, now=now),
        "cases": cycles.cases_by_key(db.session(), business_keys=shown, actor=actor),
        "opens": turns.opener(db.session(), actor),
        "schools": schools,
        "several": schools.pages > 1 or len({case.school_id for case in schools.items}) >= MANY,
        "several_cycles": len({case.cycle_id for case in schools.items}) > 1,
        "filters": filters,
        "chosen": {name: request.args.get(name, "") for name in FILTERS},
        "is_filtered": any(request.args.get(name) for name in FILTERS),
        "starting": not schools.total and _is_of_a_school(actor),
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


def _filters(actor: Actor) -> InboxFilters:
    key, name = request.args.get("case", ""), request.args.get("school", "")
    keys: frozenset[str] | None = None
    if key:
        keys = frozenset(cycles.cases_by_key(db.session(), business_keys={key}, actor=actor)) or None
    elif name.strip():
        keys = cycles.keys_of_schools(db.session(), name=name, actor=actor)
    return InboxFilters(
        business_keys=keys, overdue=request.args.get("overdue") == "1", search=request.args.get("q", "")
    )


def _page(name: str) -> int:
    return max(1, min(request.args.get(name, 1, type=int), 10_000))


def _is_of_a_school(actor: Actor) -> bool:
    """Say whether the actor's tasks come from schools: before their year begins there are none."""
    return any(mandate.role in _SCHOOL_ROLES for mandate in actor.mandates)
