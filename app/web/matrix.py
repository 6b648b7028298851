"""The coordinators' table school × stage, with its export."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.kernel.db import db
from app.programme.cycles.models import Cycle
from app.programme.cycles.queries import CycleNotFound
from app.programme.cycles.stages import STAGES
from app.reports import matrix as report
from app.reports.matrix import MatrixRow
from app.reports.scope import Filters, Order, View, watched_cycles
from app.reports.workbooks import write_workbook
from app.web import session
from app.web.downloads import XLSX, attachment
from app.web.office_words import cell_words
from app.web.task_words import task_title
from app.web.words import role_name, stage_name

blueprint = Blueprint("matrix", __name__)


@blueprint.get("/matrix")
def index() -> ResponseReturnValue:
    """Show the table; htmx asks for it alone."""
    cycles = watched_cycles(db.session(), actor=session.actor())
    if not cycles:
        return render_template("matrix/nothing.html", title=_("Schools and stages"))
    view, filters = view_of(cycles), _filters()
    found = report.matrix(db.session(), view=view, filters=filters, page=_page())
    part = request.headers.get("HX-Target") == "table"
    return render_template(
        "matrix/table.html" if part else "matrix/page.html",
        view=view,
        cycles=cycles,
        filters=filters,
        found=found,
        counts=None if part else report.counts(db.session(), view=view),
        municipalities=[] if part else report.municipalities(db.session(), view=view),
        curators=[] if part else report.curators_in(db.session(), view=view),
        stages=[(stage, stage_name(stage)) for stage in STAGES],
        orders=_orders(),
        is_filtered=filters != Filters(order=filters.order),
    )


@blueprint.get("/matrix.xlsx")
def export() -> ResponseReturnValue:
    """Hand out what the filters leave as a workbook."""
    view, filters = view_of(watched_cycles(db.session(), actor=session.actor())), _filters()
    data = write_workbook(_("Schools"), _headings(), _lines(report.all_rows(db.session(), view=view, filters=filters)))
    name = _("Schools and stages, %(day)s.xlsx", day=view.today.isoformat())
    return attachment(data, name=name, media_type=XLSX)


def view_of(cycles: list[Cycle]) -> View:
    """Return the view of the cycle that the address names, else of the first one.

    Raises:
        CycleNotFound: the actor watches no such cycle.
    """
    asked = request.args.get("cycle", "")
    chosen = next((cycle for cycle in cycles if str(cycle.id) == asked), None) if asked else next(iter(cycles), None)
    if chosen is None:
        raise CycleNotFound(_("There is no such cycle."))
    return View(chosen, session.actor(), session.now())


def _filters() -> Filters:
    """Read the filters; what makes no sense is left out."""
    args = request.args
    order = args.get("order", "")
    return Filters(
        municipality_id=args.get("municipality", type=_id),
        curator_id=args.get("curator", type=_id),
        stage=args["stage"] if args.get("stage") in STAGES else "",
        late=args.get("late") == "1",
        red=args.get("red") == "1",
        search=args.get("q", "")[:100],
        order=Order(order) if order in set(Order) else Order.LATE,
    )


def _id(text: str) -> int:
    """Read a row's id from an address; what no database can hold is no id."""
    number = int(text)
    if not 0 < number < 2**31:
        raise ValueError(text)
    return number


def _page() -> int:
    return max(1, min(request.args.get("page", 1, type=int), 100_000))


def _orders() -> list[tuple[str, str]]:
    return [
        (Order.LATE.value, _("the most late first")),
        (Order.WAITING.value, _("the longest waiting first")),
        (Order.SCHOOL.value, _("by school")),
        (Order.MUNICIPALITY.value, _("by municipality")),
        (Order.STAGE.value, _("by stage")),
    ]


def _headings() -> list[str]:
    return [
        _("School"),
        _("Municipality"),
        _("Curator"),
        *(stage_name(stage) for stage in STAGES),
        _("Stage now"),
        _("Days in the stage"),
        _("Whose turn"),
        _("Who"),
        _("Task"),
        _("Due"),
        _("Days late"),
        _("Open tasks"),
        _("On the red list since"),
    ]


def _lines(rows: Iterator[MatrixRow]) -> Iterator[list[Any]]:
    for row in rows:
        ball, red = row.ball, row.case.on_red_list_since
        yield [
            row.case.school.name,
            row.municipality,
            ", ".join(row.curators),
            *(cell_words(cell) for cell in row.cells),
            stage_name(row.stage) if row.stage else "",
            row.stage_days if row.stage else None,
            role_name(ball.role) if ball else "",
            ", ".join(ball.names) if ball else "",
            task_title(ball.task) if ball else "",
            ball.due_on if ball else None,
            row.late_days or None,
            ball.open_tasks if ball else 0,
            red.date() if red else None,
        ]
