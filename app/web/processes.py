"""The process designer's pages: what is in force, where instances stand, and putting new versions in force."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.engine.definitions.models import ProcessDefinition
from app.engine.definitions.problems import NotDeployable, Problem, shown
from app.engine.definitions.queries import DefinitionNotFound
from app.kernel.db import db, unit_of_work
from app.kernel.errors import AppError, Invalid
from app.reports.incidents import case_titles
from app.studio import queries as studio
from app.studio.lint import lint
from app.studio.operations import Deployed, deploy
from app.web import session
from app.web.addresses import small_int
from app.web.failures import status_of, translated

blueprint = Blueprint("processes", __name__)
blueprint.add_app_template_filter(shown, "most_shown")

MAX_FILE_BYTES = 2 * 1024 * 1024
SUFFIXES = (".bpmn", ".dmn", ".json")


class NotOurs(Invalid):
    """No file came, or one that is no diagram, decision table or form, or too large."""


@blueprint.get("/processes")
def index() -> ResponseReturnValue:
    """List the processes in force."""
    return render_template("processes/list.html", lines=studio.process_list(db.session()))


@blueprint.get("/processes/<key>")
def show(key: str) -> ResponseReturnValue:
    """Show a process: the diagram with tokens, its problems, its instances and versions."""
    unit, definition = db.session(), _definition(key)
    newest = studio.process_version(unit, key=key)
    only = None if definition.version == newest.version else definition.id
    running = request.args.get("state") != "all"
    page = max(1, min(request.args.get("page", 1, type=int), 100_000))
    instances = studio.instances_page(unit, process_key=key, only_running=running, page=page)
    shapes = studio.shapes_of(definition)
    tokens = studio.tokens_on(unit, process_key=key, definition_id=only)
    return render_template(
        "processes/show.html",
        definition=definition,
        newest=newest,
        versions=studio.versions_of(unit, key=key),
        tokens=tokens,
        standing=[(shapes[id_], number) for id_, number in tokens.items() if id_ in shapes],
        shapes=shapes,
        problems=lint(unit, files={definition.file: definition.bpmn_xml.encode()}),
        instances=instances,
        titles=case_titles(unit, business_keys=[line.business_key for line in instances.items]),
        only_running=running,
    )


@blueprint.get("/processes/<key>/<int:version>.bpmn")
def diagram(key: str, version: int) -> ResponseReturnValue:
    """Hand out the diagram as it was deployed."""
    return diagram_response(studio.process_version(db.session(), key=key, version=version))


@blueprint.get("/processes/deploy")
def upload_form() -> ResponseReturnValue:
    """Show where to choose files."""
    return render_template("processes/deploy.html", problems=(), error="", names=[])


@blueprint.post("/processes/deploy")
def upload() -> ResponseReturnValue:
    """Check the files, and put them in force where that was asked for and nothing is wrong."""
    try:
        files = _files()
        problems = lint(db.session(), files={**studio.in_force_with(db.session(), files=files), **files})
        if request.form.get("act") != "deploy" or any(problem.severity == "error" for problem in problems):
            status = 422 if request.form.get("act") == "deploy" else 200
            return _report(problems, files), status
        with unit_of_work() as unit:
            done = deploy(unit, files=files, actor_id=session.actor().person_id, now=session.now())
    except NotDeployable as error:
        return _report(error.problems, files), 422
    except AppError as error:
        return render_template("processes/deploy.html", problems=(), error=translated(error), names=[]), status_of(
            error
        )
    flash(_said(done))
    return redirect(url_for("processes.index"), 303)


def diagram_response(definition: ProcessDefinition) -> Response:
    """Return a diagram as XML that a browser never runs as a page."""
    response = Response(definition.bpmn_xml.encode(), mimetype="application/xml")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _definition(key: str) -> ProcessDefinition:
    """Return the version that the address names, else the newest.

    Raises:
        DefinitionNotFound: there is none.
    """
    asked = request.args.get("version", "")
    version = small_int(asked)
    if asked and version is None:
        raise DefinitionNotFound(_("There is no such version of the process."))
    return studio.process_version(db.session(), key=key, version=version)


def _files() -> dict[str, bytes]:
    """Read the uploaded files; a form's folder is in its name, or chosen beside.

    Raises:
        NotOurs: there is none, or one cannot be taken.
    """
    found: dict[str, bytes] = {}
    for file in request.files.getlist("files"):
        if not file.filename:
            continue
        content = file.stream.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise NotOurs(_("“%(file)s” is larger than 2 MB.", file=file.filename))
        name = file.filename.replace("\\", "/").rpartition("/")[2]
        if not name.lower().endswith(SUFFIXES):
            raise NotOurs(_("“%(file)s” is no diagram (.bpmn), decision table (.dmn) or form (.json).", file=name))
        folder = request.form.get("folder", "").strip()
        found[f"{folder}/{name}" if name.endswith(".json") and folder else name] = content
    if not found:
        raise NotOurs(_("Choose the files: diagrams, decision tables or forms."))
    return found


def _report(problems: tuple[Problem, ...], files: dict[str, bytes]) -> str:
    return render_template("processes/deploy.html", problems=problems, error="", names=sorted(files), checked=True)


def _said(done: Deployed) -> str:
    number = len(done.created)
    if not number:
        return _("Nothing has changed: these versions are in force already.")
    new = ngettext("%(num)s new version is in force.", "%(num)s new versions are in force.", number)
    return new + " " + _("Running instances go on with theirs.")
