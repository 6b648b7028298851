"""The coordinators' pages."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from openpyxl import load_workbook

from app.kernel.db import unit_of_work
from app.programme.cycles.models import Cycle
from tests.region import NOON, Region, a_task
from tests.web.conftest import Browser

Opens = Callable[[str], Browser]


def overdue_task(app: Flask, built: Region, number: int = 0, title: str = "Заполнить анкету") -> None:
    with app.app_context(), unit_of_work() as unit:
        task = a_task(unit, built.cases[number], days=-3)
        task.title = title


@pytest.mark.parametrize(
    ("login", "seen"), [("vera", [1, 2, 3]), ("clara", [1, 3]), ("boris", [1]), ("anna", None), ("designer", None)]
)
@pytest.mark.parametrize("path", ["/matrix", "/matrix.xlsx", "/today"])
def test_everybody_sees_only_the_schools_he_watches(
    app: Flask, built: Region, sign_in: Opens, login: str, seen: list[int] | None, path: str
) -> None:
    for number in range(3):
        overdue_task(app, built, number)

    response = sign_in(login).client.get(path)

    if seen is None:
        assert response.status_code == 403
    else:
        page = _text(response.data) if path.endswith("xlsx") else response.text
        assert [number for number in (1, 2, 3) if f"СОШ № {number}" in page] == seen


def test_a_cycle_of_others_is_not_there(app: Flask, built: Region, sign_in: Opens) -> None:
    with app.app_context(), unit_of_work() as unit:
        other = Cycle(
            region_id=built.region.id, year=2025, title="Чужой", calendar={}, factors=[], ladder=[], created_at=NOON
        )
        unit.add(other)
        unit.flush()
        other_id = other.id

    for path in ("/matrix", "/matrix.xlsx", "/today"):
        assert sign_in("clara").get(f"{path}?cycle={other_id}").status_code == 404
        assert sign_in("clara").get(f"{path}?cycle=x").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "page=-1", "page=1000000000000", "municipality=x", "municipality=99999999999999999999", "curator=0",
        "stage=%27%3BDROP", "order=x", "q=%25", "q=" + "a" * 5000, "late=2", "order=nothing&red=1",
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_does_no_harm(built: Region, sign_in: Opens, query: str) -> None:
    assert sign_in("vera").get(f"/matrix?{query}").status_code == 200


def test_htmx_gets_the_table_alone(built: Region, sign_in: Opens) -> None:
    page = sign_in("vera").get("/matrix", **{"HX-Request": "true", "HX-Target": "table"}).text

    assert "СОШ № 1" in page
    assert "<html" not in page


def test_what_a_designer_or_school_wrote_is_shown_as_text(app: Flask, built: Region, sign_in: Opens) -> None:
    nasty = "<script>alert(1)</script>{{7*7}}\u202e"
    overdue_task(app, built, title=nasty)

    for path in ("/matrix", "/today"):
        page = sign_in("vera").get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page


def test_the_export_is_saved_and_holds_no_formula(app: Flask, built: Region, sign_in: Opens) -> None:
    overdue_task(app, built, title="=cmd|' /C calc'!A0")

    response = sign_in("vera").client.get("/matrix.xlsx?late=1")

    assert response.headers["Content-Disposition"].startswith("attachment; filename")
    assert response.headers["Content-Security-Policy"].startswith("sandbox")
    sheet = load_workbook(io.BytesIO(response.data)).worksheets[0]
    assert sheet.max_row == 2
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_english_is_complete(app: Flask, built: Region, sign_in: Opens) -> None:
    overdue_task(app, built)

    assert "Schools and stages" in sign_in("vera").get("/matrix?lang=en").text
    assert "1 school is late" in sign_in("vera").get("/today?lang=en").text


def _text(data: bytes) -> str:
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    return " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
