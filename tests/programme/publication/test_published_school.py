"""What everybody may read about a school."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.programme.cycles.models import Outcome
from app.programme.publication.queries import NotPublished, published_school, published_schools
from app.programme.roadmaps.models import Measure, MeasureState
from app.work.documents.models import Document, DocumentState, DocumentVersion
from tests.region import NOON, Region, a_region


def a_document(built: Region, *, kind: str = "concept", published: bool = True, **content: object) -> Document:
    """Return a document of School 1, approved and published the day before NOON unless said otherwise."""
    case = built.cases[0]
    paper = Document(
        business_key=case.business_key,
        organisation_id=case.school_id,
        kind=kind,
        title="Концепция развития",
        state=DocumentState.PUBLISHED if published else DocumentState.APPROVED,
        order_number="45-о",
        order_on=date(2026, 2, 20),
        published_at=NOON - timedelta(days=1) if published else None,
        created_at=NOON - timedelta(days=9),
    )
    paper.versions.append(DocumentVersion(number=1, content=content, created_at=NOON - timedelta(days=8)))
    built.session.add(paper)
    built.session.flush()
    return paper


def a_measure(built: Region, **changes: object) -> Measure:
    """Return a planned row of School 1's roadmap."""
    values: dict[str, object] = {
        "case_id": built.cases[0].id, "risk_code": "staff", "number": 1, "objective": "Задача", "title": "Курсы",
        "begins_on": date(2026, 2, 1), "ends_on": date(2026, 4, 1), "indicator": "Доля", "unit": "%",
        "baseline": 20.0, "target": 60.0, "responsible": "Иванова М. П., 8-905-000-00-00",
    }  # fmt: skip
    measure = Measure(**(values | changes))
    built.session.add(measure)
    built.session.flush()
    return measure


def test_a_school_without_anything_published_is_not_there(session: Session) -> None:
    built = a_region(session)
    a_document(built, published=False, concept_goals="Цели")

    for slug in ("school-1", "school-2", "gorod", "nobody"):
        with pytest.raises(NotPublished):
            published_school(session, slug=slug, now=NOON)
    assert published_schools(session).total == 0


def test_the_goals_are_those_of_the_published_version(session: Session) -> None:
    built = a_region(session)
    paper = a_document(built, concept_goals="Поднять мотивацию")
    paper.versions.append(DocumentVersion(number=2, content={"concept_goals": "Черновик"}, created_at=NOON))
    session.flush()

    seen = published_school(session, slug="school-1", now=NOON)

    assert [(section.heading, section.text) for section in seen.goals] == [("Goals", "Поднять мотивацию")]
    assert (seen.documents[0].version, seen.documents[0].order_number) == (1, "45-о")


def test_people_files_and_inner_matters_stay_inside(session: Session) -> None:
    built = a_region(session)
    a_document(
        built,
        concept_goals="Цели",
        concept_responsible="Сидорова А. А.",
        concept_files=[{"id": 7, "name": "приказ.pdf"}],
        anything_else="Тайна",
    )
    a_document(built, kind="package", roadmap_rows=[{"responsible": "Сидорова А. А."}])
    a_measure(built)
    built.cases[0].outcome = Outcome.LEAVES

    told = repr(asdict(published_school(session, slug="school-1", now=NOON)))

    for secret in ("Сидорова", "Иванова", "8-905", "приказ.pdf", "Тайна", "Outcome.LEAVES"):
        assert secret not in told


def test_a_figure_is_shown_once_the_curator_has_confirmed_it(session: Session) -> None:
    built = a_region(session)
    a_document(built, concept_goals="Цели")
    a_measure(built, number=1, actual=70.0, state=MeasureState.REPORTED)
    a_measure(built, number=2, actual=65.0, state=MeasureState.CONFIRMED)
    a_measure(built, number=3, state=MeasureState.CANCELLED)
    a_measure(built, number=4, removed_at=NOON)

    seen = published_school(session, slug="school-1", now=NOON)

    assert [(measure.number, measure.actual) for measure in seen.measures] == [(1, None), (2, 65.0)]
    assert (seen.progress["total"], seen.progress["confirmed"]) == (2, 1)


def test_the_outcome_is_told_with_its_order(session: Session) -> None:
    built = a_region(session)
    a_document(built, concept_goals="Цели")
    case = built.cases[0]
    case.outcome, case.outcome_order, case.outcome_on = Outcome.CONTINUES, "99", date(2026, 12, 20)
    session.flush()

    seen = published_school(session, slug="school-1", now=NOON)

    assert (seen.outcome, seen.outcome_order) == (Outcome.CONTINUES, "99")


def test_the_list_holds_published_schools_and_can_be_searched(session: Session) -> None:
    built = a_region(session)
    a_document(built, concept_goals="Цели")

    assert [school.slug for school in published_schools(session).items] == ["school-1"]
    assert published_schools(session, search="ГОРОДИЩЕНСКИЙ сош").total == 1
    assert published_schools(session, search="дубовский").total == 0
