"""Handlers of `approve`: the package goes from the school to the curator, the founder, and into force."""

from datetime import date

from app.programme.processes.calls import Done, Work
from app.programme.processes.data import files_of
from app.programme.processes.plan import PACKAGE, PACKAGE_TITLE, describe_package, row_of
from app.programme.roadmaps import queries as roadmaps
from app.work.documents import operations as documents
from app.work.documents import queries as document_queries
from app.work.documents.models import DocumentState
from app.work.history.operations import record

STATE_OF = {
    "confirmed": DocumentState.CONFIRMED,
    "agreed": DocumentState.AGREED,
    "returned": DocumentState.RETURNED,
    "recalled": DocumentState.DRAFT,
}


def submit_package(work: Work) -> Done:
    """Freeze the package as the school sends it, and put it with the curator."""
    case = work.school_case
    case.returns = int(work.parameters.get("returns") or 0)
    papers = document_queries.documents_of(work.session, business_key=case.business_key)
    measures = roadmaps.measures_of(work.session, case_id=case.id)
    documents.write_document(
        work.session,
        paper=documents.Paper(
            business_key=case.business_key,
            organisation_id=case.school_id,
            kind=PACKAGE,
            about="",
            title=PACKAGE_TITLE,
        ),
        content={
            "papers": {f"{p.kind}:{p.about}": p.versions[-1].number for p in papers if p.kind != PACKAGE},
            "roadmap_rows": [row_of(measure) for measure in measures],
        },
        actor_id=work.actor_id,
        now=work.now,
    )
    _move(work, DocumentState.WITH_CURATOR)
    record(
        work.session,
        at=work.now,
        person_id=work.actor_id,
        action="package.submitted",
        subject=("case", case.id),
        business_key=case.business_key,
    )
    return Done(describe_package(work))


def mark_package(work: Work) -> Done:
    """Put the package into the state that was decided, with the reason."""
    case, state = work.school_case, str(work.parameters["state"])
    _move(work, STATE_OF[state])
    record(
        work.session,
        at=work.now,
        person_id=work.actor_id,
        action=f"package.{state}",
        subject=("case", case.id),
        business_key=case.business_key,
        reason=str(work.parameters.get("reason") or ""),
    )
    return Done()


def publish_package(work: Work) -> Done:
    """Put the papers in force by the principal's order, and make them public."""
    case, given = work.school_case, work.parameters
    order = documents.Order(number=str(given["order_number"]), signed_on=date.fromisoformat(given["order_on"]))
    for paper in document_queries.documents_of(work.session, business_key=case.business_key):
        documents.approve(work.session, document=paper, order=order, actor_id=work.actor_id, now=work.now)
        documents.publish(work.session, document=paper, actor_id=work.actor_id, now=work.now)
    record(
        work.session,
        at=work.now,
        person_id=work.actor_id,
        action="package.published",
        subject=("case", case.id),
        business_key=case.business_key,
        order_number=order.number,
        order_on=order.signed_on.isoformat(),
        protocol_number=str(given.get("protocol_number") or ""),
        protocol_on=str(given.get("protocol_on") or ""),
        files=list(files_of(given.get("files"))),
    )
    return Done()


def _move(work: Work, state: DocumentState) -> None:
    """Move every paper of the package to one state."""
    for paper in document_queries.documents_of(work.session, business_key=work.school_case.business_key):
        documents.set_state(work.session, document=paper, state=state, actor_id=work.actor_id, now=work.now)


HANDLERS = {
    "submit_package": submit_package,
    "mark_package": mark_package,
    "publish_package": publish_package,
}
