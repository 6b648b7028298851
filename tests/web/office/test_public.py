"""The public pages need no login and tell nothing that is not published."""

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.db import unit_of_work
from app.work.documents.models import Document, DocumentState, DocumentVersion
from tests.region import NOON, Region


def publish(app: Flask, built: Region, text: str = "Поднять мотивацию") -> None:
    case = built.cases[0]
    with app.app_context(), unit_of_work() as unit:
        paper = Document(
            business_key=case.business_key,
            organisation_id=case.school_id,
            kind="concept",
            title="Концепция развития",
            state=DocumentState.PUBLISHED,
            order_number="45-о",
            order_on=date(2026, 2, 20),
            published_at=NOON,
            created_at=NOON,
        )
        content = {"concept_goals": text, "concept_responsible": "Сидорова А. А."}
        paper.versions.append(DocumentVersion(number=1, content=content, created_at=NOON))
        unit.add(paper)


def test_before_anything_is_published_the_list_says_so(built: Region, client: FlaskClient) -> None:
    assert "Пока ничего не опубликовано" in client.get("/schools").text


@pytest.mark.parametrize("slug", ["school-1", "school-2", "gorod", "nobody", "%D1%88", "x" * 3000, "%27or"])
def test_a_school_without_a_publication_is_not_there(built: Region, client: FlaskClient, slug: str) -> None:
    assert client.get(f"/schools/{slug}").status_code == 404


def test_a_published_school_can_be_read_by_everybody(app: Flask, built: Region, client: FlaskClient) -> None:
    publish(app, built)

    page = client.get("/schools/school-1").text

    assert "Поднять мотивацию" in page
    assert "приказ № 45-о от 20 февраля 2026" in page
    assert "Сидорова" not in page
    assert "/cases/" not in page
    assert "school-1" in client.get("/schools?q=СОШ").text


def test_what_the_school_wrote_is_shown_as_text(app: Flask, built: Region, client: FlaskClient) -> None:
    publish(app, built, "</p><script>alert(1)</script>{{7*7}}")

    page = client.get("/schools/school-1").text

    assert "<script>alert" not in page
    assert "{{7*7}}" in page
