"""The public pages: the list of schools with something published, and each one's goals, measures and documents."""

from itertools import groupby

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.kernel.db import db
from app.programme.publication.queries import PublicMeasure, PublicSchool, published_school, published_schools
from app.web import session

blueprint = Blueprint("public", __name__)


@blueprint.get("/schools")
def index() -> ResponseReturnValue:
    """List the schools."""
    search, page = request.args.get("q", "")[:100], max(1, min(request.args.get("page", 1, type=int), 100_000))
    found = published_schools(db.session(), search=search, page=page)
    return render_template("public/list.html", found=found, search=search)


@blueprint.get("/schools/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """Show what a school has published."""
    school = published_school(db.session(), slug=slug, now=session.now())
    return render_template("public/show.html", school=school, risks=_by_risk(school))


def _by_risk(school: PublicSchool) -> list[tuple[str, list[PublicMeasure]]]:
    """Return the measures under the risks that they work against, in the order of the roadmap."""
    first = {measure.risk: measure.number for measure in reversed(school.measures)}
    ordered = sorted(school.measures, key=lambda measure: (first[measure.risk], measure.number))
    return [(risk, list(measures)) for risk, measures in groupby(ordered, key=lambda measure: measure.risk)]
