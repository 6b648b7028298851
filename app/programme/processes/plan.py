"""Handlers of `plan`: the papers of the school's plan and its roadmap, stored part by part."""

from collections.abc import Mapping
from typing import Any

from app.kernel.errors import Invalid
from app.programme.diagnosis import queries as diagnosis
from app.programme.processes.calls import Done, Work
from app.programme.roadmaps import operations as roadmaps
from app.programme.roadmaps import queries as roadmap_queries
from app.programme.roadmaps.models import Measure
from app.work.documents import operations as documents
from app.work.documents import queries as document_queries
from app.work.documents.models import Document

# Each paper: its kind, its title, and how its fields begin in the forms.
PAPERS = {"concept": "Концепция развития", "programme": "Среднесрочная программа"}
ANTI_RISK = "anti_risk_programme"
PACKAGE = "package"
PACKAGE_TITLE = "Пакет документов"


class UnknownPart(Invalid):
    """The diagram names a part of the plan that does not exist."""


def store_document(work: Work) -> Done:
    """Store one part of the plan as the form sent it: `concept`, `programme`, `roadmap`, or `all` of them."""
    part = str(work.parameters["part"])
    parts = ["concept", "programme", "roadmap"] if part == "all" else [part]
    for name in parts:
        if name in PAPERS:
            _store_paper(work, name)
        elif name == "roadmap":
            _store_roadmap(work)
        else:
            raise UnknownPart("The plan has no part %(name)s.", name=name)
    return Done()


def _store_paper(work: Work, kind: str) -> None:
    """Store the concept or the programme; the same content makes no new version."""
    content = {key: value for key, value in work.data.items() if key.startswith(f"{kind}_")}
    case = work.school_case
    documents.write_document(
        work.session,
        paper=documents.Paper(
            business_key=case.business_key,
            organisation_id=case.school_id,
            kind=kind,
            about="",
            title=PAPERS[kind],
        ),
        content=content,
        actor_id=work.actor_id,
        now=work.now,
    )


def _store_roadmap(work: Work) -> None:
    """Store the rows of the whole roadmap; rows that were left out are removed."""
    roadmaps.store_rows(
        work.session,
        case=work.school_case,
        rows=work.data.get("roadmap_rows") or [],
        risk_code=None,
        actor_id=work.actor_id,
        now=work.now,
    )


def store_programme(work: Work) -> Done:
    """Store the anti-risk programme of one risk, and its rows as measures."""
    case, code = work.school_case, str(work.parameters["risk_code"])
    names = {risk.code: risk.name for risk in diagnosis.profile_of(work.session, case_id=case.id)}
    documents.write_document(
        work.session,
        paper=documents.Paper(
            business_key=case.business_key,
            organisation_id=case.school_id,
            kind=ANTI_RISK,
            about=code,
            title=f"Антирисковая программа: {names.get(code, code)}",
        ),
        content=dict(work.parameters["programme"]),
        actor_id=work.actor_id,
        now=work.now,
    )
    roadmaps.store_rows(
        work.session,
        case=case,
        rows=work.parameters.get("rows") or [],
        risk_code=code,
        actor_id=work.actor_id,
        now=work.now,
    )
    return Done()


def gather_package(work: Work) -> Done:
    """Hand on what is stored last: the papers' fields, the roadmap's rows, and a summary of the package."""
    case = work.school_case
    papers = document_queries.documents_of(work.session, business_key=case.business_key)
    fields: dict[str, Any] = {}
    for paper in papers:
        if paper.kind in PAPERS and paper.versions:
            fields |= paper.versions[-1].content
    measures = roadmap_queries.measures_of(work.session, case_id=case.id)
    return Done({**fields, "roadmap_rows": [row_of(measure) for measure in measures], **describe_package(work)})


def describe_package(work: Work) -> dict[str, Any]:
    """Return the package's title, its number and what lies in it, for the forms of those who decide."""
    case = work.school_case
    papers = document_queries.documents_of(work.session, business_key=case.business_key)
    package = next((paper for paper in papers if paper.kind == PACKAGE), None)
    version = package.versions[-1].number if package is not None and package.versions else 1
    measures = roadmap_queries.measures_of(work.session, case_id=case.id)
    return {
        "package_title": f"{PACKAGE_TITLE}: {case.school.name}",
        "package_version": version,
        "package": {
            "version": version,
            "documents": [_line(paper) for paper in papers if paper.kind != PACKAGE],
            "measures": len(measures),
        },
    }


def _line(paper: Document) -> Mapping[str, Any]:
    """Return what the package says about one paper."""
    number = paper.versions[-1].number if paper.versions else 0
    return {"kind": paper.kind, "title": paper.title, "version": number}


def row_of(measure: Measure) -> dict[str, Any]:
    """Return a measure as a row of the roadmap's form."""
    return {
        "number": measure.number,
        "risk_code": measure.risk_code,
        "objective": measure.objective,
        "measure": measure.title,
        "begins_on": measure.begins_on.isoformat(),
        "ends_on": measure.ends_on.isoformat(),
        "indicator": measure.indicator,
        "unit": measure.unit,
        "baseline": measure.baseline,
        "target": measure.target,
        "method": measure.method,
        "evidence_kind": measure.evidence_kind,
        "responsible": measure.responsible,
        "participants": measure.participants,
        "resources": measure.resources,
    }


HANDLERS = {
    "store_document": store_document,
    "store_programme": store_programme,
    "gather_package": gather_package,
}
