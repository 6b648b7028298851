"""The regional coordinator's pages: cycles, a new one, its schools and calendar, its end."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.kernel.db import db, unit_of_work
from app.kernel.errors import AppError
from app.programme.cycles import operations as cycles
from app.programme.cycles import queries
from app.programme.cycles.models import Cycle, CycleState
from app.programme.cycles.queries import CycleNotFound
from app.programme.cycles.reference import load_programme
from app.programme.cycles.stages import STAGES, dates_of
from app.programme.processes.acts import cancel_cycle
from app.programme.processes.opening import begin_opening, is_begun
from app.reports import cycle as report
from app.reports.matrix import counts
from app.reports.scope import View
from app.web import session
from app.web.failures import status_of, translated
from app.web.words import stage_name
from app.work.people import queries as people
from app.work.people.models import Organisation
from app.work.people.roles import Role
from app.work.tasks.models import TaskState
from app.work.tasks.queries import tasks_of_case

blueprint = Blueprint("cycles", __name__)

LONGEST_TITLE = 120
YEARS_AHEAD = 5


@blueprint.get("/cycles")
def index() -> ResponseReturnValue:
    """List the cycles of the coordinator's regions."""
    mine = {region.id for region in _regions()}
    found = [c for c in queries.cycles_of(db.session(), actor=session.actor()) if c.region_id in mine]
    sizes = report.sizes(db.session(), cycle_ids=[cycle.id for cycle in found])
    return render_template("cycles/list.html", cycles=found, sizes=sizes)


@blueprint.get("/cycles/new")
def new() -> ResponseReturnValue:
    """Show the form of a new cycle."""
    year = session.today().year
    return _new_page({"year": str(year), "title": "", "region": ""}, [])


@blueprint.post("/cycles/new")
def create() -> ResponseReturnValue:
    """Make a cycle that waits for its schools."""
    given = {name: request.form.get(name, "").strip() for name in ("year", "title", "region")}
    errors = _errors_of(given)
    if errors:
        return _new_page(given, errors), 422
    try:
        with unit_of_work() as unit:
            cycle = _prepare(unit, given)
    except AppError as error:
        return _new_page(given, [("year", translated(error))]), status_of(error)
    flash(_("The cycle is prepared. Now upload the list of schools."))
    return redirect(url_for("school_lists.form", cycle_id=cycle.id), 303)


@blueprint.get("/cycles/<int:cycle_id>")
def show(cycle_id: int) -> ResponseReturnValue:
    """Show one cycle: calendar, schools with curators, order, what is to be done."""
    unit = db.session()
    cycle = own_cycle(unit, cycle_id)
    view = View(cycle, session.actor(), session.now())
    search = request.args.get("q", "")[:100]
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    return render_template(
        "cycles/show.html",
        cycle=cycle,
        begun=is_begun(unit, cycle=cycle),
        counts=counts(unit, view=view),
        schools=report.schools_of(unit, cycle=cycle, today=view.today, search=search, page=page),
        search=search,
        stages=[(stage, stage_name(stage), dates_of(cycle.calendar, stage)) for stage in STAGES],
        tasks=[t for t in tasks_of_case(unit, business_key=cycle.business_key) if t.state in _OPEN],
        ended=report.cancelled(unit, cycle=cycle),
    )


@blueprint.post("/cycles/<int:cycle_id>/open")
def begin(cycle_id: int) -> ResponseReturnValue:
    """Close the list of schools and go on to curators, calendar and order."""
    with unit_of_work() as unit:
        cycle = own_cycle(unit, cycle_id)
        begin_opening(unit, cycle=cycle, actor_id=session.actor().person_id, now=session.now())
    flash(_("The list is closed. Name the curators, set the calendar and sign the order: these are your tasks now."))
    return redirect(url_for("cycles.show", cycle_id=cycle_id), 303)


@blueprint.get("/cycles/<int:cycle_id>/cancel")
def ask_cancel(cycle_id: int) -> ResponseReturnValue:
    """Show what cancelling would do."""
    return _cancel_page(own_cycle(db.session(), cycle_id), "", [])


@blueprint.post("/cycles/<int:cycle_id>/cancel")
def cancel(cycle_id: int) -> ResponseReturnValue:
    """Cancel the cycle for every school in it, once reason and confirmation are typed."""
    cycle = own_cycle(db.session(), cycle_id)
    reason = request.form.get("reason", "").strip()
    errors = []
    if not reason:
        errors.append(("reason", _("Say why the cycle is cancelled: every school reads it.")))
    if request.form.get("confirmation", "").strip() != str(cycle.year):
        errors.append(("confirmation", _("Type the year of the cycle, %(year)s, to confirm.", year=cycle.year)))
    if errors:
        return _cancel_page(cycle, reason, errors), 422
    with unit_of_work() as unit:
        cancel_cycle(
            unit, cycle=own_cycle(unit, cycle_id), reason=reason[:2000], actor=session.actor(), now=session.now()
        )
    flash(_("The cycle is cancelled."))
    return redirect(url_for("cycles.show", cycle_id=cycle_id), 303)


_OPEN = (TaskState.OPEN, TaskState.CLAIMED)


def own_cycle(unit: Session, cycle_id: int) -> Cycle:
    """Return a cycle of a region that the actor coordinates.

    Raises:
        CycleNotFound: there is none, or it is another region's.
    """
    cycle = queries.get_cycle(unit, cycle_id) if cycle_id < 2**31 else None
    if cycle is None or not session.actor().holds(Role.REGIONAL_COORDINATOR, cycle.region_id):
        raise CycleNotFound(_("There is no such cycle."))
    return cycle


def _regions() -> list[Organisation]:
    """Return the regions that the actor coordinates."""
    ids = {m.organisation_id for m in session.actor().mandates if m.role is Role.REGIONAL_COORDINATOR}
    return [people.find_organisation(db.session(), id_) for id_ in sorted(ids)]


def _errors_of(given: dict[str, str]) -> list[tuple[str, str]]:
    errors = []
    this_year = session.today().year
    if not (given["year"].isascii() and given["year"].isdigit() and len(given["year"]) == 4) or not (
        this_year - 1 <= int(given["year"]) <= this_year + YEARS_AHEAD
    ):
        errors.append(
            ("year", _("Write a year from %(first)s to %(last)s.", first=this_year - 1, last=this_year + YEARS_AHEAD))
        )
    if len(given["title"]) > LONGEST_TITLE:
        errors.append(("title", _("Give the cycle a title of at most %(limit)s letters.", limit=LONGEST_TITLE)))
    if given["region"] and given["region"] not in {str(region.id) for region in _regions()}:
        errors.append(("region", _("Choose a region from the list.")))
    return errors


def _prepare(unit: Session, given: dict[str, str]) -> Cycle:
    region_id = int(given["region"]) if given["region"] else _regions()[0].id
    programme, year = load_programme(), int(given["year"])
    title = _proposed_title(programme.title, year) if _is_proposed(given["title"], programme.title) else given["title"]
    new_cycle = cycles.NewCycle(region_id=region_id, year=year, title=title, programme=programme)
    return cycles.prepare_cycle(unit, new=new_cycle, actor_id=session.actor().person_id, now=session.now())


def _proposed_title(programme: str, year: int) -> str:
    return f"{programme}, {year}"


def _is_proposed(title: str, programme: str) -> bool:
    """Say whether the title was left to us: it is empty, or what we propose for this or another year."""
    name, _comma, year = title.rpartition(", ")
    return not title or (name == programme and len(year) == 4 and year.isdecimal())


def _new_page(given: dict[str, str], errors: list[tuple[str, str]]) -> str:
    return render_template("cycles/new.html", given=given, errors=errors, regions=_regions())


def _cancel_page(cycle: Cycle, reason: str, errors: list[tuple[str, str]]) -> str:
    size = report.sizes(db.session(), cycle_ids=[cycle.id]).get(cycle.id, 0)
    over = cycle.state in (CycleState.CLOSED, CycleState.CANCELLED)
    return render_template("cycles/cancel.html", cycle=cycle, size=size, reason=reason, errors=errors, over=over)
