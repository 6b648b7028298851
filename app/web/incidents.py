"""The administrator's pages about what could not go on, and how the installation is."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.engine.instances.models import IncidentState
from app.kernel.db import db, unit_of_work
from app.kernel.errors import Conflict
from app.programme.processes.acts import give_up_incident, retry_incident
from app.reports import incidents as report
from app.reports.incidents import IncidentLine
from app.web import session
from app.work.people.roles import Role

blueprint = Blueprint("incidents", __name__)

# The ticker looks every few seconds; what is late by more than this nobody looks at.
PATIENCE = timedelta(minutes=10)


@blueprint.app_template_filter("translated")
def translated(sentence: str) -> str:
    """Return a sentence of the program in the visitor's language; what a page shows of it is escaped as any text."""
    return str(_(sentence))  # a plain text: what `_` in a template returns would count as safe HTML


class ResolvedAlready(Conflict):
    """Somebody has tried again before, and it went on."""


@blueprint.get("/incidents")
def index() -> ResponseReturnValue:
    """List open incidents, or the resolved ones."""
    resolved = request.args.get("resolved") == "1"
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    found = report.incidents(db.session(), region_ids=_regions(), resolved=resolved, page=page)
    return render_template("incidents/list.html", found=found, resolved=resolved)


@blueprint.get("/incidents/<int:incident_id>")
def show(incident_id: int) -> ResponseReturnValue:
    """Show one incident: what it stops, what people see of it, what went wrong."""
    return render_template("incidents/show.html", line=_incident(incident_id))


@blueprint.post("/incidents/<int:incident_id>/retry")
def retry(incident_id: int) -> ResponseReturnValue:
    """Try the step again."""
    line = _incident(incident_id)
    if line.incident.state is not IncidentState.OPEN:
        raise ResolvedAlready(_("This incident is resolved already."))
    with unit_of_work() as unit:
        retry_incident(unit, incident_id=incident_id, actor=session.actor(), now=session.now())
    again = report.open_again(db.session(), incident=line.incident)
    if again is not None:
        flash(_("It failed again, see below why."), "error")
        return redirect(url_for("incidents.show", incident_id=again), 303)
    flash(_("Tried again: the process goes on."))
    return redirect(url_for("incidents.index"), 303)


@blueprint.post("/incidents/<int:incident_id>/give-up")
def give_up(incident_id: int) -> ResponseReturnValue:
    """End the process that cannot be mended, once a reason is given."""
    line = _incident(incident_id)
    if line.incident.state is not IncidentState.OPEN:
        raise ResolvedAlready(_("This incident is resolved already."))
    reason = request.form.get("reason", "").strip()
    if not reason:
        errors = [("reason", _("Say why the process is ended: it stands in the history."))]
        return render_template("incidents/show.html", line=line, errors=errors), 422
    with unit_of_work() as unit:
        give_up_incident(unit, incident_id=incident_id, reason=reason[:2000], actor=session.actor(), now=session.now())
    flash(_("The process is ended. Those concerned are told."))
    return redirect(url_for("incidents.index"), 303)


@blueprint.get("/installation")
def installation() -> ResponseReturnValue:
    """Show how the installation is."""
    now = session.now()
    found = report.health(db.session(), now=now, late_before=now - PATIENCE)
    return render_template("incidents/installation.html", health=found, settings=session.settings())


def _incident(incident_id: int) -> IncidentLine:
    return report.get_incident(db.session(), incident_id=incident_id, region_ids=_regions())


def _regions() -> frozenset[int]:
    return frozenset(m.organisation_id for m in session.actor().mandates if m.role is Role.ADMINISTRATOR)
