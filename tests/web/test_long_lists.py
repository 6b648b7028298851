"""Whoever looks after very many schools gets pages and a search instead of all of them at once."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.kernel.db import unit_of_work
from app.kernel.lists import PAGE_SIZE
from app.programme.cycles.models import Cycle
from app.web.account import SHOWN_MANDATES
from app.web.inbox import MOST_TO_CHOOSE
from app.work.people.models import Organisation, Person
from app.work.people.roles import Level, Role
from tests.region import a_case, a_task, grant
from tests.web.conftest import Browser

MANY = PAGE_SIZE + 10


@pytest.fixture
def many_schools(year: Flask) -> int:
    """Give Boris many schools more, each with a task of his and one of its own; return how many there are."""
    with year.app_context(), unit_of_work() as unit:
        boris = unit.query(Person).filter_by(login="boris").one()
        place = unit.query(Organisation).filter_by(slug="dubovka").one()
        cycle = unit.get_one(Cycle, 1)
        for number in range(100, 100 + MANY):
            school = Organisation(
                level=Level.SCHOOL, name=f"Лицей № {number}", slug=f"lyceum-{number}", parent_id=place.id,
                time_zone=place.time_zone,
            )  # fmt: skip
            unit.add(school)
            unit.flush()
            grant(unit, boris, Role.CURATOR, school)
            case = a_case(unit, cycle, school)
            a_task(unit, case)
            a_task(unit, case, role=Role.CURATOR)
    return MANY + 1


def schools_on(page: str) -> list[str]:
    return re.findall(r"<a href=\"/cases/[0-9]+\">([^<]+)</a>", page)


def test_the_schools_come_in_pages(signed_in: Callable[[str], Browser], many_schools: int) -> None:
    boris = signed_in("boris")

    first, last = (schools_on(boris.get(f"/cases?page={number}").text) for number in (1, 2))

    assert (len(first), len(last)) == (PAGE_SIZE, many_schools - PAGE_SIZE)
    assert set(first) & set(last) == set()


@pytest.mark.parametrize(
    ("typed", "found"), [("лицей 107", ["Лицей № 107"]), ("городищ", ["МБОУ СОШ № 1"]), ("гимназия", [])]
)
def test_schools_are_found_by_name_and_municipality(
    signed_in: Callable[[str], Browser], many_schools: int, typed: str, found: list[str]
) -> None:
    page = signed_in("boris").get(f"/cases?q={typed}")

    assert (page.status_code, schools_on(page.text)) == (200, found)


@pytest.mark.usefixtures("many_schools")
def test_nobody_finds_the_schools_of_others(signed_in: Callable[[str], Browser]) -> None:
    assert schools_on(signed_in("clara").get("/cases?q=лицей").text) == []


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "999"])
@pytest.mark.usefixtures("many_schools")
def test_a_page_that_does_not_exist_is_the_nearest(signed_in: Callable[[str], Browser], page: str) -> None:
    assert schools_on(signed_in("boris").get(f"/cases?page={page}").text)


@pytest.mark.usefixtures("many_schools")
def test_one_of_many_schools_is_searched_for_tasks_by_name(signed_in: Callable[[str], Browser]) -> None:
    boris = signed_in("boris")

    page, part = (boris.get(path).text for path in ("/tasks", "/tasks?school=лицей 107"))

    assert 'type="search" id="school"' in page
    assert "<option" not in page
    assert set(re.findall(r"Лицей № [0-9]+", part)) == {"Лицей № 107"}


def test_one_of_few_schools_is_chosen(signed_in: Callable[[str], Browser], year: Flask) -> None:
    vera = signed_in("vera")

    page = vera.get("/tasks").text

    assert page.count("<option") == 1 + 3 <= MOST_TO_CHOOSE
    assert 'id="school"' not in page


@pytest.mark.usefixtures("many_schools")
def test_very_many_mandates_are_counted(signed_in: Callable[[str], Browser]) -> None:
    page = signed_in("boris").get("/account").text

    assert re.search(rf"· {MANY + 1}\sшкол", page)
    assert page.count("Лицей № ") <= SHOWN_MANDATES
    assert re.search(rf"и ещё {MANY + 1 - SHOWN_MANDATES}\sполномочи", page)
