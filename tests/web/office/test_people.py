"""The administrator's pages about people."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.kernel.db import db, unit_of_work
from app.work.people.models import HeldMandate, Organisation, Person
from app.work.people.roles import Level, Role
from tests.region import ZONE, Region, a_person, grant
from tests.web.conftest import Browser

Opens = Callable[[str], Browser]


def test_a_person_is_added_and_the_password_is_shown_once(app: Flask, built: Region, sign_in: Opens) -> None:
    admin = sign_in("admin")
    admin.get("/people/new")

    made = admin.post("/people/new", {"login": "novikova", "full_name": "Новикова Нина Ильинична", "post": "завуч"})

    found = re.search(r'class="password">([a-z0-9-]{19})<', made.text)
    assert (made.status_code, found is not None) == (201, True)
    assert found is not None
    assert "no-store" in made.headers["Cache-Control"]
    newcomer = Browser(app.test_client())
    newcomer.get("/login")
    assert newcomer.post("/login", {"login": "novikova", "password": found[1]}).status_code == 303


@pytest.mark.parametrize(
    "given",
    [
        {"login": "anna", "full_name": "Другая Анна"},
        {"login": "", "full_name": "Без Логина"},
        {"login": "x y", "full_name": "С Пробелом"},
        {"login": "new", "full_name": ""},
        {"login": "new", "full_name": "Почта", "email": "a\r\nBcc: b@c"},
    ],
)
def test_a_person_who_cannot_be_added_is_said_why(
    app: Flask, built: Region, sign_in: Opens, given: dict[str, object]
) -> None:
    admin = sign_in("admin")
    admin.get("/people/new")

    refused = admin.post("/people/new", given)

    assert refused.status_code in {409, 422}
    assert "error-summary" in refused.text
    with app.app_context():
        assert db.session.query(Person).count() == len(built.people)


def test_disabling_signs_the_person_out_at_once(built: Region, sign_in: Opens) -> None:
    anna, admin = sign_in("anna"), sign_in("admin")
    person_id = built.people["anna"].id

    assert admin.post(f"/people/{person_id}/disable").status_code == 303

    assert anna.get("/tasks").status_code == 302
    assert admin.post(f"/people/{person_id}/disable").status_code == 409
    assert admin.post(f"/people/{person_id}/enable").status_code == 303


def test_a_new_password_signs_the_person_out(built: Region, sign_in: Opens) -> None:
    anna, admin = sign_in("anna"), sign_in("admin")

    assert "password" in admin.post(f"/people/{built.people['anna'].id}/password").text

    assert anna.get("/tasks").status_code == 302


def test_nobody_locks_himself_out(built: Region, sign_in: Opens) -> None:
    admin = sign_in("admin")
    me = built.people["admin"].id
    with_mandate = re.search(rf"/people/{me}/mandates/(\d+)/end", admin.get(f"/people/{me}").text)
    assert with_mandate is not None

    assert admin.post(f"/people/{me}/disable").status_code == 403
    assert admin.post(with_mandate[0], {"until_on": "2026-03-01"}).status_code == 403


def test_a_mandate_is_given_and_ended(app: Flask, built: Region, sign_in: Opens) -> None:
    admin, boris = sign_in("admin"), built.people["boris"].id
    path = f"/people/{boris}/mandates/new"
    assert "СОШ № 2" in admin.get(f"{path}?role=curator&q=2").text

    given = {"role": "curator", "place": str(built.schools[1].id), "since_on": "2026-03-01", "until_on": ""}
    assert admin.post(path, dict(given)).status_code == 303
    assert admin.post(path, dict(given)).status_code == 409

    with app.app_context():
        held = db.session.query(HeldMandate).filter_by(person_id=boris, organisation_id=built.schools[1].id).one()
        mandate_id = held.id
    end = f"/people/{boris}/mandates/{mandate_id}/end"
    assert admin.post(end, {"until_on": "31.02.2026"}).status_code == 422
    assert admin.post(end, {"until_on": "2026-02-01"}).status_code == 422
    assert admin.post(end, {"until_on": "2026-03-02"}).status_code == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"role": ""},
        {"role": "king"},
        {"place": ""},
        {"place": "x"},
        {"place": "9" * 5000},
        {"since_on": "31.02.2026"},
        {"until_on": "soon"},
    ],
)
def test_a_mandate_that_makes_no_sense_is_refused(
    app: Flask, built: Region, sign_in: Opens, changes: dict[str, object]
) -> None:
    admin, boris = sign_in("admin"), built.people["boris"].id
    given: dict[str, object] = {"role": "curator", "place": str(built.schools[1].id), "since_on": "2026-03-01"}

    assert admin.post(f"/people/{boris}/mandates/new", given | changes).status_code == 422


def test_places_and_mandates_of_another_region_are_not_there(app: Flask, built: Region, sign_in: Opens) -> None:
    with app.app_context(), unit_of_work() as unit:
        region = Organisation(level=Level.REGION, name="Чужая область", slug="other", time_zone=ZONE)
        unit.add(region)
        unit.flush()
        held = grant(unit, unit.merge(built.people["clara"]), Role.CONSULTANT, region)
        region_id, mandate_id = region.id, held.id
    admin, clara = sign_in("admin"), built.people["clara"].id

    given: dict[str, object] = {"role": "consultant", "place": str(region_id), "since_on": "2026-03-01"}
    assert admin.post(f"/people/{clara}/mandates/new", given).status_code == 404
    assert admin.post(f"/people/{clara}/mandates/{mandate_id}/end", {"until_on": "2026-03-02"}).status_code == 404
    other = built.people["boris"].id
    assert admin.post(f"/people/{other}/mandates/{mandate_id}/end", {"until_on": "2026-03-02"}).status_code == 404
    assert "Чужая" not in admin.get(f"/people/{clara}/mandates/new?role=consultant").text


@pytest.fixture
def foreigner(app: Flask, built: Region) -> int:
    """Return the id of somebody who works in another region only."""
    with app.app_context(), unit_of_work() as unit:
        region = Organisation(level=Level.REGION, name="Чужая область", slug="other", time_zone=ZONE)
        unit.add(region)
        unit.flush()
        person = a_person(unit, "foreigner", "Чужаков Чеслав Чеславович")
        grant(unit, person, Role.ADMINISTRATOR, region)
        return person.id


@pytest.mark.parametrize("act", ["password", "disable", "enable", "mandates/new", "mandates/1/end"])
def test_nothing_can_be_done_to_people_of_another_region(foreigner: int, sign_in: Opens, act: str) -> None:
    admin = sign_in("admin")

    assert admin.post(f"/people/{foreigner}/{act}", {"until_on": "2026-03-02"}).status_code == 404
    assert admin.post(f"/people/999999/{act}", {"until_on": "2026-03-02"}).status_code == 404


def test_people_of_another_region_are_not_shown(foreigner: int, sign_in: Opens) -> None:
    admin = sign_in("admin")

    assert admin.get(f"/people/{foreigner}").status_code == 404
    assert admin.get(f"/people/{foreigner}/mandates/new").status_code == 404
    assert "Чужаков" not in admin.get("/people").text
    assert "Чужаков" not in admin.get("/people?q=foreigner").text


def test_who_has_no_mandate_yet_can_be_given_one(app: Flask, built: Region, sign_in: Opens) -> None:
    with app.app_context(), unit_of_work() as unit:
        newcomer = a_person(unit, "newcomer", "Новиков Никита Ильич").id
    admin = sign_in("admin")

    assert admin.get(f"/people/{newcomer}").status_code == 200
    assert "Новиков" in admin.get("/people?q=newcomer").text


@pytest.mark.parametrize("path", ["/people/999999", "/people/99999999999999999999", "/people/999999/mandates/new"])
def test_a_person_who_is_not_there_is_not_found(built: Region, sign_in: Opens, path: str) -> None:
    assert sign_in("admin").get(path).status_code == 404


@pytest.mark.parametrize("login", ["vera", "anna", "designer"])
@pytest.mark.parametrize("path", ["/people", "/incidents", "/installation"])
def test_these_pages_are_for_administrators(built: Region, sign_in: Opens, login: str, path: str) -> None:
    assert sign_in(login).get(path).status_code == 403


def test_the_state_of_the_installation_can_be_read(built: Region, sign_in: Opens) -> None:
    admin = sign_in("admin")

    assert "Состояние установки" in admin.get("/installation").text
    assert "Сбоев нет" in admin.get("/incidents").text
    assert admin.get("/incidents/1").status_code == 404
