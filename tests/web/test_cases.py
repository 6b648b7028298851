"""The page of a school's case, the bell, help and the demo's clock."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.kernel.db import unit_of_work
from app.work.people.models import Organisation
from app.work.people.roles import Level, Role
from tests.region import a_person, grant
from tests.web.conftest import Browser, hidden, task_id


def test_the_case_says_where_the_year_is_and_whose_turn(signed_in: Callable[[str], Browser]) -> None:
    page = signed_in("anna").get("/cases/1").text

    assert "Диагностика" in page
    assert "Чья очередь" in page
    assert "Борисов Б. О." in page
    assert "Дорожной карты ещё нет" in page


@pytest.mark.parametrize("login", ["team", "anna", "boris", "clara", "vera"])
def test_those_who_look_after_the_school_see_its_case(signed_in: Callable[[str], Browser], login: str) -> None:
    assert signed_in(login).get("/cases/1").status_code == 200


def test_a_question_starts_a_consultation(signed_in: Callable[[str], Browser]) -> None:
    team = signed_in("team")
    asked = {"topic": "Наставничество", "question": "С чего начать?", "urgency": "usual"}

    sent = team.post("/cases/1/questions", asked)

    assert sent.status_code == 303
    assert "С чего начать?" in team.get("/cases/1").text


def test_a_question_without_a_text_comes_back_with_what_was_typed(signed_in: Callable[[str], Browser]) -> None:
    refused = signed_in("team").post("/cases/1/questions", {"topic": "Наставничество", "urgency": "usual"})

    assert refused.status_code == 422
    assert "Наставничество" in refused.text


def test_a_sending_is_one_line_of_the_history(signed_in: Callable[[str], Browser], year: Flask) -> None:
    boris, visit = signed_in("boris"), task_id(year, "visit_school")
    seen = {"visit_on": "02.03.2026", "visit_people": "Все", "visit_seen": "Видели", "visit_agreed": "Вместе"}
    key = hidden(boris.get(f"/tasks/{visit}").text, "command_key")

    sent = boris.post(f"/tasks/{visit}", {**seen, "command_key": key})

    page = boris.get("/cases/1/history").text
    assert sent.status_code == 303
    assert page.count("Задание выполнено: Посетить школу") == 1
    assert "Форма отправлена" not in page


def test_there_is_no_package_to_take_back(signed_in: Callable[[str], Browser]) -> None:
    assert signed_in("team").post("/cases/1/recall").status_code == 409


def test_the_bell_tells_of_new_tasks_and_forgets_them_when_read(signed_in: Callable[[str], Browser]) -> None:
    team = signed_in("team")

    page = team.get("/notices").text
    team.post("/notices/read")

    assert "Новое задание: «Заполнить анкету школы»" in page
    assert "Отметить всё прочитанным" not in team.get("/notices").text


def test_the_clock_stands_outside_the_demo(signed_in: Callable[[str], Browser]) -> None:
    team = signed_in("team")

    assert "Демо: сегодня" not in team.get("/tasks").text
    assert team.post("/clock", {"step": "day"}).status_code == 404


def test_help_is_there_for_everybody(app: Flask) -> None:
    page = app.test_client().get("/help")

    assert page.status_code == 200
    assert "Ctrl" in page.text


@pytest.mark.parametrize("login", ["designer", "admin"])
@pytest.mark.parametrize("path", ["/cases/1", "/cases/1/history", "/cases/1/documents/1"])
def test_who_looks_after_the_program_reads_no_school(
    signed_in: Callable[[str], Browser], login: str, path: str
) -> None:
    assert signed_in(login).get(path).status_code == 404


@pytest.mark.parametrize("login", ["designer", "admin"])
def test_who_looks_after_the_program_has_no_cases(signed_in: Callable[[str], Browser], login: str) -> None:
    assert "СОШ № 1" not in signed_in(login).get("/cases").text


@pytest.mark.parametrize(("login", "status"), [("designer", 200), ("admin", 404), ("dora", 404), ("anna", 200)])
def test_a_designer_sees_the_diagram_of_a_case_and_no_way_into_it(
    signed_in: Callable[[str], Browser], login: str, status: int
) -> None:
    page = signed_in(login).get("/cases/1/diagram?process=diagnose")

    assert page.status_code == status
    assert ('href="/cases/1"' in page.text) == (login == "anna")


@pytest.fixture
def consultant(year: Flask, signed_in: Callable[[str], Browser]) -> Browser:
    """Return the browser of a consultant of the region, whom nobody has asked yet."""
    with year.app_context(), unit_of_work() as unit:
        region = unit.scalars(select(Organisation).where(Organisation.level == Level.REGION)).one()
        grant(unit, a_person(unit, "consultant", "Косова Ксения Кирилловна"), Role.CONSULTANT, region)
    return signed_in("consultant")


def test_a_consultant_sees_the_schools_that_ask(consultant: Browser, signed_in: Callable[[str], Browser]) -> None:
    assert consultant.get("/cases/1").status_code == 404
    assert "Мои школы" not in consultant.get("/tasks").text

    asked = {"topic": "Наставничество", "question": "С чего начать?", "urgency": "usual"}
    assert signed_in("team").post("/cases/1/questions", asked).status_code == 303

    assert "С чего начать?" in consultant.get("/cases/1").text
    assert "Мои школы" in consultant.get("/tasks").text
    assert consultant.get("/cases/2").status_code == 404
    assert consultant.get("/cases").headers["Location"] == "/cases/1"
