"""Uploading a list of schools: read, judged row by row, decided, taken in whole or not at all.

Between the steps the list travels in the page, signed: nothing lies about on the server, nothing can be slipped in.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from app.kernel.db import db, unit_of_work
from app.kernel.errors import AppError, Invalid
from app.programme.cycles.imports.operations import Answers, CycleIsNotPrepared, import_schools
from app.programme.cycles.imports.queries import directory
from app.programme.cycles.imports.reading import read_list
from app.programme.cycles.imports.spreadsheets import MAX_BYTES
from app.programme.cycles.imports.values import NotAList, SchoolList
from app.programme.cycles.imports.verdicts import Preview, Verdict, judge
from app.programme.cycles.models import Cycle, CycleState
from app.programme.processes.opening import begin_opening, is_begun
from app.web import session
from app.web.cycles import own_cycle
from app.web.failures import status_of, translated

blueprint = Blueprint("school_lists", __name__)

KEPT_SECONDS = 12 * 3600
# Rows that need a person come first; of the others a page shows only so many.
SHOWN_ROWS = 200
_FIRST = {Verdict.PROBLEM: 0, Verdict.QUESTION: 1, Verdict.LEFT_OUT: 2}


class ListGotLost(Invalid):
    """The list in the page is too old or was changed on the way."""


@blueprint.get("/cycles/<int:cycle_id>/schools/upload")
def form(cycle_id: int) -> ResponseReturnValue:
    """Show where to choose the file, and what a list may look like."""
    return _upload_page(_open_list(db.session(), cycle_id))


@blueprint.post("/cycles/<int:cycle_id>/schools/upload")
def upload(cycle_id: int) -> ResponseReturnValue:
    """Read the file and show what taking it in would do."""
    cycle = _open_list(db.session(), cycle_id)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _upload_page(cycle, _("Choose the file with the list of schools.")), 422
    try:
        school_list = read_list(file.stream.read(MAX_BYTES + 1))
    except NotAList as error:
        return _upload_page(cycle, translated(error)), 422
    return _preview_page(cycle, school_list, {})


@blueprint.post("/cycles/<int:cycle_id>/schools/preview")
def decide(cycle_id: int) -> ResponseReturnValue:
    """Judge the list again with the decisions; take it in where that was asked for and nothing stands against it."""
    cycle = _open_list(db.session(), cycle_id)
    school_list = _unpack(cycle)
    decisions = _decisions()
    act = request.form.get("act", "check")
    if act not in {"take", "go_on"}:
        return _preview_page(cycle, school_list, decisions)
    answers = Answers(decisions, creates=request.form.get("creates") == "1")
    try:
        with unit_of_work() as unit:
            number = _take(unit, cycle_id, school_list, answers, goes_on=act == "go_on")
    except AppError as error:
        db.session.rollback()
        return _preview_page(_open_list(db.session(), cycle_id), school_list, decisions, translated(error)), status_of(
            error
        )
    flash(ngettext("%(num)s school is on the list now.", "%(num)s schools are on the list now.", number))
    return redirect(url_for("cycles.show", cycle_id=cycle_id), 303)


def _take(unit: Session, cycle_id: int, school_list: SchoolList, answers: Answers, *, goes_on: bool) -> int:
    """Take the list in, and begin the opening where that is wanted; both or neither."""
    cycle = _open_list(unit, cycle_id)
    actor_id, now = session.actor().person_id, session.now()
    result = import_schools(
        unit, cycle_id=cycle_id, school_list=school_list, answers=answers, actor_id=actor_id, now=now
    )
    if goes_on:
        begin_opening(unit, cycle=cycle, actor_id=actor_id, now=now)
    return len(result.case_ids)


def _open_list(unit: Session, cycle_id: int) -> Cycle:
    """Return the actor's cycle if its list of schools is still open.

    Raises:
        CycleNotFound: it is not the actor's.
        CycleIsNotPrepared: the list is closed.
    """
    cycle = own_cycle(unit, cycle_id)
    if cycle.state is not CycleState.PREPARING or is_begun(unit, cycle=cycle):
        raise CycleIsNotPrepared(_("The list of schools of this cycle is closed already."))
    return cycle


def _decisions() -> dict[str, str]:
    return {name: value for name, value in request.form.items() if name.startswith(("row-", "place-")) and value}


def _serializer(cycle: Cycle) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(session.settings().secret_key, salt=f"school-list:{cycle.id}")


def _unpack(cycle: Cycle) -> SchoolList:
    try:
        data = _serializer(cycle).loads(request.form.get("list", ""), max_age=KEPT_SECONDS)
    except BadData as error:
        raise ListGotLost(_("The list has been open for too long. Upload the file again.")) from error
    return SchoolList.from_json(data)


def _upload_page(cycle: Cycle, error: str = "") -> str:
    return render_template("cycles/upload.html", cycle=cycle, error=error)


def _preview_page(cycle: Cycle, school_list: SchoolList, decisions: dict[str, str], error: str = "") -> str:
    preview = judge(school_list, directory(db.session(), cycle=cycle), decisions)
    rows = sorted(preview.rows, key=lambda row: _FIRST.get(row.verdict, 3))
    urgent = preview.count(Verdict.PROBLEM, Verdict.QUESTION, Verdict.LEFT_OUT)
    values: dict[str, Any] = {
        "cycle": cycle,
        "preview": preview,
        "rows": rows[: max(SHOWN_ROWS, urgent)],
        "counts": {verdict.value: preview.count(verdict) for verdict in Verdict},
        "passed": school_list.passed,
        "notes": school_list.notes,
        "columns": school_list.columns,
        "packed": _serializer(cycle).dumps(school_list.to_json()),
        "decisions": decisions,
        "kept": _kept(preview, decisions),
        "error": error,
        "several_sheets": any(line.sheet for line in school_list.lines),
    }
    return render_template("cycles/preview.html", **values)


def _kept(preview: Preview, decisions: dict[str, str]) -> dict[str, str]:
    """Return the decisions that no control of the page shows: they travel unseen."""
    shown = {f"place-{question.key}" for question in preview.place_questions}
    shown |= {f"row-{row.line.key}" for row in preview.rows if row.verdict in _FIRST}
    return {name: value for name, value in decisions.items() if name not in shown}
