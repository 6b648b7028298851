"""The diagram of a school's year with where it stands, for everybody who may see the case."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.engine.definitions.models import ProcessDefinition
from app.engine.definitions.queries import DefinitionNotFound
from app.kernel.db import db
from app.programme.cycles import queries as cycles
from app.programme.cycles.models import Case
from app.studio import queries as studio
from app.web import session
from app.web.processes import diagram_response

blueprint = Blueprint("diagrams", __name__)

LIFECYCLE = "roadmap_lifecycle"


@blueprint.get("/cases/<int:case_id>/diagram")
def case(case_id: int) -> ResponseReturnValue:
    """Show the year as a diagram, or a stage of it."""
    unit, of_case = db.session(), _case(case_id)
    chosen = _process(of_case, request.args.get("process", LIFECYCLE))
    tokens = studio.tokens_on(unit, process_key=chosen.key, business_key=of_case.business_key)
    shapes = studio.shapes_of(chosen)
    return render_template(
        "processes/case.html",
        case=of_case,
        opens_case=_opens_case(of_case),
        definition=chosen,
        shapes=shapes,
        tokens=tokens,
        standing=[(shapes[id_], number) for id_, number in tokens.items() if id_ in shapes],
        others=[row for row in studio.processes_about(unit, business_key=of_case.business_key) if row.id != chosen.id],
    )


@blueprint.get("/cases/<int:case_id>/diagram/<key>.bpmn")
def xml(case_id: int, key: str) -> ResponseReturnValue:
    """Hand out a diagram that the case runs by."""
    return diagram_response(_process(_case(case_id), key))


def _case(case_id: int) -> Case:
    return cycles.drawn_case(db.session(), case_id=case_id, actor=session.actor())


def _opens_case(of_case: Case) -> bool:
    """Say whether the reader may see more of the case than its diagram."""
    try:
        cycles.visible_case(db.session(), case_id=of_case.id, actor=session.actor())
    except cycles.CaseNotFound:
        return False
    return True


def _process(of_case: Case, key: str) -> ProcessDefinition:
    """Return the version of a process that the case runs by.

    Raises:
        DefinitionNotFound: the case has nothing to do with such a process.
    """
    for row in studio.processes_about(db.session(), business_key=of_case.business_key):
        if row.key == key:
            return row
    raise DefinitionNotFound(_("The year of this school has no such diagram yet."))
