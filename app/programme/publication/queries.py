"""Decides what everybody may read about a school: what was published, as it was published, and nothing else.

Everything is handed out as plain values, so that no page can reach further than what is listed here. Names of
people are not among them: responsible people, performers, files, remarks and reports stay inside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from app.kernel.days import local_date
from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.kernel.lists import PAGE_SIZE, Page, page_number, search_text
from app.programme.cycles.models import Case, Outcome
from app.programme.diagnosis.queries import profile_of
from app.programme.publication.rules import Section, public_sections
from app.programme.roadmaps.models import Measure, MeasureState
from app.programme.roadmaps.queries import figures, measures_of
from app.programme.roadmaps.rules import Light, light
from app.work.documents.models import Document, DocumentState, DocumentVersion
from app.work.people.models import Organisation
from app.work.people.roles import Level

# The frozen package repeats what its papers say; the papers themselves are shown.
SHOWN_KINDS = ("concept", "programme", "anti_risk_programme")


class NotPublished(NotFound):
    """There is no such school, or nothing of it is published; a stranger cannot tell which."""


@dataclass(frozen=True)
class ListedSchool:
    """A line of the public list."""

    name: str
    slug: str
    municipality: str


@dataclass(frozen=True)
class PublicDocument:
    """A document in force, as it was when it was published."""

    kind: str
    title: str
    order_number: str
    order_on: date | None
    published_on: date
    version: int
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class PublicMeasure:
    """A row of the roadmap without people; `risk` is the name of the factor it works against."""

    number: int
    risk: str
    title: str
    begins_on: date
    ends_on: date
    indicator: str
    unit: str
    baseline: float | None
    target: float | None
    actual: float | None
    light: Light


@dataclass(frozen=True)
class PublicSchool:
    """Everything that everybody may read about a school's year.

    Attributes:
        goals: sections of the concept that say in plain words what the school wants.
        progress: figures of the roadmap, see `roadmaps.queries.figures`.
        outcome: how the year ended, once an order says so.
    """

    name: str
    slug: str
    municipality: str
    programme: str
    year: int
    goals: tuple[Section, ...]
    measures: tuple[PublicMeasure, ...]
    progress: Mapping[str, Any]
    documents: tuple[PublicDocument, ...]
    outcome: Outcome | None
    outcome_order: str
    outcome_on: date | None


def published_schools(session: Session, *, search: str = "", page: int = 1) -> Page[ListedSchool]:
    """Return a page of the schools with something published, by municipality and name."""
    place = aliased(Organisation)
    wanted = (
        select(Organisation.name, Organisation.slug, place.name)
        .join(place, place.id == Organisation.parent_id)
        .where(Organisation.level == Level.SCHOOL, Organisation.id.in_(_published_ids()))
    )
    for word in search_text(search).split():
        wanted = wanted.where(or_(*(name.icontains(word, autoescape=True) for name in (Organisation.name, place.name))))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    number = page_number(page, total=total)
    ordered = wanted.order_by(place.name, Organisation.name, Organisation.id)
    rows = session.execute(ordered.offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE))
    return Page([ListedSchool(name, slug, municipality) for name, slug, municipality in rows], number, total)


def published_school(session: Session, *, slug: str, now: datetime) -> PublicSchool:
    """Return what is published of the school, of its newest published year.

    Raises:
        NotPublished: there is no such school, or nothing of it is published.
    """
    school = session.scalar(
        select(Organisation)
        .where(Organisation.slug == slug, Organisation.level == Level.SCHOOL)
        .options(joinedload(Organisation.parent))
    )
    case = _published_case(session, school) if school is not None else None
    if school is None or case is None:
        raise NotPublished(_("There is no such page."))
    papers = _papers_of(session, case)
    today = local_date(now, school.time_zone)
    measures = [measure for measure in measures_of(session, case_id=case.id) if _is_public(measure)]
    names = {risk.code: risk.name for risk in profile_of(session, case_id=case.id)}
    documents = tuple(found for paper in papers if (found := _document(paper, school.time_zone)) is not None)
    return PublicSchool(
        name=school.name,
        slug=school.slug,
        municipality=school.parent.name if school.parent else "",
        programme=case.cycle.title,
        year=case.cycle.year,
        goals=tuple(s for d in documents if d.kind == "concept" for s in d.sections if s.is_goal),
        measures=tuple(_measure(measure, names, today) for measure in measures),
        progress=figures(measures, today),
        documents=documents,
        outcome=case.outcome if case.outcome_on is not None else None,
        outcome_order=case.outcome_order,
        outcome_on=case.outcome_on,
    )


def _in_force() -> tuple[Any, ...]:
    return (
        Document.state == DocumentState.PUBLISHED,
        Document.published_at.is_not(None),
        Document.kind.in_(SHOWN_KINDS),
    )


def _published_ids() -> Select[Any]:
    return select(Document.organisation_id).where(*_in_force())


def _published_case(session: Session, school: Organisation) -> Case | None:
    """Return the newest case of the school with a document in force."""
    keys = set(
        session.scalars(select(Document.business_key).where(*_in_force(), Document.organisation_id == school.id))
    )
    cases = session.scalars(
        select(Case).where(Case.school_id == school.id).order_by(Case.id.desc()).options(joinedload(Case.cycle))
    )
    return next((case for case in cases if case.business_key in keys), None)


def _papers_of(session: Session, case: Case) -> Sequence[Document]:
    papers = session.scalars(
        select(Document)
        .where(*_in_force(), Document.business_key == case.business_key)
        .options(selectinload(Document.versions))
    ).all()
    return sorted(papers, key=lambda paper: (SHOWN_KINDS.index(paper.kind), paper.id))


def _document(paper: Document, time_zone: str) -> PublicDocument | None:
    version = _version_in_force(paper)
    if version is None or paper.published_at is None:
        return None
    return PublicDocument(
        kind=paper.kind,
        title=paper.title,
        order_number=paper.order_number,
        order_on=paper.order_on,
        published_on=local_date(paper.published_at, time_zone),
        version=version.number,
        sections=public_sections(version.content),
    )


def _version_in_force(paper: Document) -> DocumentVersion | None:
    """Return the version that was published; what was written afterwards is not yet public."""
    published_at = paper.published_at
    if published_at is None:
        return None
    return next((version for version in reversed(paper.versions) if version.created_at <= published_at), None)


def _is_public(measure: Measure) -> bool:
    return measure.state is not MeasureState.CANCELLED


def _measure(measure: Measure, names: Mapping[str, str], today: date) -> PublicMeasure:
    return PublicMeasure(
        number=measure.number,
        risk=names.get(measure.risk_code, ""),
        title=measure.title,
        begins_on=measure.begins_on,
        ends_on=measure.ends_on,
        indicator=measure.indicator,
        unit=measure.unit,
        baseline=measure.baseline,
        target=measure.target,
        # What was reported counts once the curator has confirmed it.
        actual=measure.actual if measure.state is MeasureState.CONFIRMED else None,
        light=light(measure, today),
    )
