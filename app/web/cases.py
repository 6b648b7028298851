"""«Дело школы»: all of one school in one cycle."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.kernel.db import db, unit_of_work
from app.kernel.errors import Invalid, NotFound
from app.kernel.i18n import _
from app.programme.consultations.operations import Question
from app.programme.cycles import queries as cycles
from app.programme.cycles.models import Case
from app.programme.processes.acts import ask_consultation, recall_package
from app.web import case_page, history_words, package, session
from app.web.addresses import row_number
from app.web.package import Reader
from app.work.documents import queries as documents
from app.work.documents.diff import Piece, diff_texts
from app.work.documents.models import Document, DocumentVersion
from app.work.history import queries as history

blueprint = Blueprint("cases", __name__)

URGENCIES = {
    "usual": _("Usual: within 5 days"),
    "urgent": _("Urgent: within 3 days"),
    "thorough": _("Thorough: within 10 days"),
}
LONGEST_QUESTION = 4000
HISTORY_PAGE = 100


class QuestionIncomplete(Invalid):
    """A question needs a topic and a text."""


class DocumentNotFound(NotFound):
    """There is no such document or version in this case."""


def _case(case_id: int) -> Case:
    return cycles.visible_case(db.session(), case_id=case_id, actor=session.actor())


@blueprint.get("/cases")
def index() -> ResponseReturnValue:
    """Show the cases, searched; whoever has one only goes straight to it."""
    search, page = request.args.get("q", ""), request.args.get("page", type=row_number) or 1
    found = cycles.visible_cases(db.session(), actor=session.actor(), search=search, page=page)
    if found.total == 1 and not search:
        return redirect(url_for("cases.show", case_id=found.items[0].id))
    return render_template("case/list.html", found=found, search=search)


@blueprint.get("/cases/<int:case_id>")
def show(case_id: int) -> str:
    """Show the case."""
    return _page(_case(case_id))


@blueprint.get("/cases/<int:case_id>/history")
def show_history(case_id: int) -> str:
    """Show everything that happened, the newest first, page by page."""
    case = _case(case_id)
    before = request.args.get("before", type=row_number)
    entries = history.latest_entries(db.session(), business_key=case.business_key, limit=HISTORY_PAGE, before=before)
    lines = history_words.lines(db.session(), entries)
    older = entries[-1].id if len(entries) == HISTORY_PAGE else None
    return render_template("case/history.html", case=case, lines=lines, older=older)


@blueprint.get("/cases/<int:case_id>/documents/<int:document_id>")
def document(case_id: int, document_id: int) -> str:
    """Show a document: a version of it, or what changed between two."""
    case = _case(case_id)
    found = _document(case, document_id)
    shown = _version(found, request.args.get("version", type=row_number))
    before = _version(found, request.args.get("since", type=row_number)) if request.args.get("since") else None
    reader = package.reader_of(db.session(), case=case)
    sections = reader.sections(found, shown.content)
    changes = _changes(found, before, shown, reader) if before is not None else []
    return render_template(
        "case/document.html", case=case, document=found, shown=shown, before=before, sections=sections, changes=changes
    )


@blueprint.post("/cases/<int:case_id>/questions")
def ask(case_id: int) -> ResponseReturnValue:
    """Ask a consultant: the process `consult` takes it from here."""
    case = _case(case_id)
    typed = {name: request.form.get(name, "").strip() for name in ("topic", "question", "urgency")}
    if not typed["topic"] or not typed["question"]:
        errors = {name: gettext("Fill this in, please.") for name in ("topic", "question") if not typed[name]}
        return _page(case, typed=typed, errors=errors), 422
    if len(typed["question"]) > LONGEST_QUESTION or len(typed["topic"]) > 300 or typed["urgency"] not in URGENCIES:
        raise QuestionIncomplete(_("The question is too long. Shorten it, please."))
    with unit_of_work() as unit:
        fresh = cycles.visible_case(unit, case_id=case_id, actor=session.actor())
        ask_consultation(unit, case=fresh, asked=Question(**typed), actor=session.actor(), now=session.now())
    flash(gettext("The question is sent. We will tell you when the consultant has answered."))
    return redirect(url_for("cases.show", case_id=case_id, _anchor="questions"), 303)


@blueprint.post("/cases/<int:case_id>/recall")
def recall(case_id: int) -> ResponseReturnValue:
    """Take the package back while nobody has opened it."""
    with unit_of_work() as unit:
        case = cycles.visible_case(unit, case_id=case_id, actor=session.actor())
        recall_package(unit, case=case, actor=session.actor(), now=session.now())
    flash(gettext("The package is back with the school. Change it and send it again."))
    return redirect(url_for("inbox.index"), 303)


def _page(case: Case, *, typed: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> str:
    page = case_page.build(db.session(), case=case, actor=session.actor())
    urgencies = [(code, gettext(name)) for code, name in URGENCIES.items()]
    return render_template("case/page.html", **page, typed=typed or {}, errors=errors or {}, urgencies=urgencies)


def _document(case: Case, document_id: int) -> Document:
    for found in documents.documents_of(db.session(), business_key=case.business_key):
        if found.id == document_id and found.versions:
            return found
    raise DocumentNotFound(_("There is no such document."))


def _changes(
    found: Document, before: DocumentVersion, after: DocumentVersion, reader: Reader
) -> list[tuple[str, tuple[Piece, ...]]]:
    """Return title and pieces of every section that differs."""
    old = {section.place: section for section in reader.sections(found, before.content)}
    new = {section.place: section for section in reader.sections(found, after.content)}
    texts = [
        (section.title, old[place].text if place in old else "", new[place].text if place in new else "")
        for place, section in {**old, **new}.items()
    ]
    return [(title, diff_texts(was, now)) for title, was, now in texts if was != now]


def _version(found: Document, number: int | None) -> DocumentVersion:
    wanted = [version for version in found.versions if number is None or version.number == number]
    if not wanted:
        raise DocumentNotFound(_("There is no such version of the document."))
    return wanted[-1]
