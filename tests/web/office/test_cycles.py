"""The regional coordinator prepares a cycle, uploads a list, cancels."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.kernel.db import db, unit_of_work
from app.programme.cycles.models import Case, Cycle, CycleState
from app.programme.cycles.reference import load_programme
from app.work.people.models import Organisation
from app.work.people.roles import Level, Role
from tests.region import NOON, ZONE, Region, grant
from tests.web.conftest import Browser, hidden

Opens = Callable[[str], Browser]
CLEAR = "Муниципалитет;Школа;Год\nГородищенский район;МБОУ СОШ № 1;2027\nИловлинский район;МБОУ СОШ № 9;2027\n"


@pytest.fixture
def cycle_id(app: Flask, built: Region) -> int:
    """Return a cycle of the region that waits for its list."""
    with app.app_context(), unit_of_work() as unit:
        cycle = Cycle(
            region_id=built.region.id, year=2027, title="Новый", calendar={}, factors=[], ladder=[], created_at=NOON
        )
        unit.add(cycle)
        unit.flush()
        return cycle.id


def upload(browser: Browser, cycle_id: int, text: str | bytes, name: str = "список.csv") -> TestResponse:
    data = text.encode() if isinstance(text, str) else text
    browser.get(f"/cycles/{cycle_id}/schools/upload")
    return browser.post(f"/cycles/{cycle_id}/schools/upload", {"file": (io.BytesIO(data), name)})


def decide(browser: Browser, cycle_id: int, preview: TestResponse, **fields: str) -> TestResponse:
    sent = {"list": hidden(preview.text, "list"), **{name.replace("_", "-", 1): to for name, to in fields.items()}}
    return browser.post(f"/cycles/{cycle_id}/schools/preview", dict(sent))


def counted(app: Flask) -> tuple[int, int]:
    with app.app_context():
        return db.session.query(Case).count(), db.session.query(Organisation).count()


def test_a_cycle_is_prepared_and_waits_for_its_list(built: Region, sign_in: Opens) -> None:
    browser = sign_in("vera")
    browser.get("/cycles/new")

    made = browser.post("/cycles/new", {"year": "2027", "title": ""})

    assert made.status_code == 303
    assert re.fullmatch(r"/cycles/\d+/schools/upload", made.headers["Location"])
    assert ", 2027" in browser.get("/cycles").text


def test_a_proposed_title_follows_the_year(built: Region, sign_in: Opens) -> None:
    browser = sign_in("vera")
    browser.get("/cycles/new")
    proposed = f"{load_programme().title}, 2026"

    made = browser.post("/cycles/new", {"year": "2028", "title": proposed})

    assert made.status_code == 303
    page = browser.get("/cycles").text
    assert ", 2028" in page
    assert proposed not in page


def test_a_title_of_ones_own_stays_whatever_the_year(built: Region, sign_in: Opens) -> None:
    browser = sign_in("vera")
    browser.get("/cycles/new")

    browser.post("/cycles/new", {"year": "2028", "title": "Наши школы, 2026"})

    assert "Наши школы, 2026" in browser.get("/cycles").text


@pytest.mark.parametrize("year", ["", "3031", "26", "abcd", "２０２７", "2026"])
def test_a_wrong_or_taken_year_keeps_what_was_typed(built: Region, sign_in: Opens, year: str) -> None:
    browser = sign_in("vera")
    browser.get("/cycles/new")

    refused = browser.post("/cycles/new", {"year": year, "title": "Мой цикл"})

    assert refused.status_code in {409, 422}
    assert 'value="Мой цикл"' in refused.text


def test_a_list_is_shown_before_anything_is_stored(app: Flask, sign_in: Opens, cycle_id: int) -> None:
    before = counted(app)

    preview = upload(sign_in("vera"), cycle_id, CLEAR)

    assert preview.status_code == 200
    assert "Иловлинский район" in preview.text
    assert counted(app) == before


def test_a_clear_list_is_taken_once_new_schools_are_confirmed(app: Flask, sign_in: Opens, cycle_id: int) -> None:
    browser, before = sign_in("vera"), counted(app)
    preview = upload(browser, cycle_id, CLEAR)

    unconfirmed = decide(browser, cycle_id, preview, act="take")
    taken = decide(browser, cycle_id, preview, act="take", creates="1")
    again = decide(browser, cycle_id, preview, act="take", creates="1")

    assert (unconfirmed.status_code, taken.status_code, again.status_code) == (422, 303, 303)
    assert counted(app) == (before[0] + 2, before[1] + 2)


def test_a_wrong_row_keeps_the_list_out_until_it_is_left_out(app: Flask, sign_in: Opens, cycle_id: int) -> None:
    browser, before = sign_in("vera"), counted(app)
    preview = upload(browser, cycle_id, CLEAR + "Городищенский район;МБОУ СОШ № 3;3031\n")
    assert "Указан год 3031" in preview.text

    refused = decide(browser, cycle_id, preview, act="take", creates="1")
    assert (refused.status_code, counted(app)) == (422, before)

    taken = decide(browser, cycle_id, preview, act="take", creates="1", row_4="skip")
    assert (taken.status_code, counted(app)[0]) == (303, before[0] + 2)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "Файл пуст"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "старого Excel"),
        (b"PK\x03\x04", "повреждён"),
        (b"\x00\x01", "не таблица"),
        (b"a;b\n1;2", "Заголовки не найдены"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_a_sentence(sign_in: Opens, cycle_id: int, data: bytes, says: str) -> None:
    refused = upload(sign_in("vera"), cycle_id, data)

    assert refused.status_code == 422
    assert says in refused.text


def test_nothing_chosen_is_said(sign_in: Opens, cycle_id: int) -> None:
    browser = sign_in("vera")
    browser.get(f"/cycles/{cycle_id}/schools/upload")

    assert browser.post(f"/cycles/{cycle_id}/schools/upload", {}).status_code == 422


@pytest.mark.parametrize("packed", ["", "nonsense", "eyJyb3dzIjpbXX0.aaaa.bbbb"])
def test_a_list_that_was_changed_on_the_way_is_refused(sign_in: Opens, cycle_id: int, packed: str) -> None:
    browser = sign_in("vera")
    upload(browser, cycle_id, CLEAR)

    refused = browser.post(f"/cycles/{cycle_id}/schools/preview", {"list": packed, "act": "take", "creates": "1"})

    assert refused.status_code == 422


def test_a_list_of_one_cycle_cannot_be_taken_into_another(
    app: Flask, built: Region, sign_in: Opens, cycle_id: int
) -> None:
    with app.app_context(), unit_of_work() as unit:
        other = Cycle(
            region_id=built.region.id, year=2028, title="Другой", calendar={}, factors=[], ladder=[], created_at=NOON
        )
        unit.add(other)
        unit.flush()
        other_id = other.id
    browser = sign_in("vera")
    preview = upload(browser, cycle_id, CLEAR)

    assert decide(browser, other_id, preview, act="take", creates="1").status_code == 422


def test_names_in_a_list_are_shown_as_text(sign_in: Opens, cycle_id: int) -> None:
    preview = upload(sign_in("vera"), cycle_id, "Муниципалитет;Школа\nА район;<img src=x onerror=alert(1)>\n")

    assert "<img src=x" not in preview.text


def test_a_signed_cycle_takes_no_list(built: Region, sign_in: Opens) -> None:
    assert sign_in("vera").get(f"/cycles/{built.cycle.id}/schools/upload").status_code == 409


@pytest.mark.parametrize("path", ["", "/cancel", "/schools/upload"])
def test_a_cycle_of_another_region_is_not_there(app: Flask, built: Region, sign_in: Opens, path: str) -> None:
    with app.app_context(), unit_of_work() as unit:
        region = Organisation(level=Level.REGION, name="Чужая область", slug="other", time_zone=ZONE)
        unit.add(region)
        unit.flush()
        cycle = Cycle(region_id=region.id, year=2026, title="X", calendar={}, factors=[], ladder=[], created_at=NOON)
        unit.add(cycle)
        # A consultant of the other region sees much there, but does not coordinate it.
        grant(unit, unit.merge(built.people["vera"]), Role.CONSULTANT, region)
        unit.flush()
        cycle_id = cycle.id

    browser = sign_in("vera")

    assert browser.get(f"/cycles/{cycle_id}{path}").status_code == 404
    assert browser.post(f"/cycles/{cycle_id}/open").status_code == 404
    assert browser.post(f"/cycles/{cycle_id}/cancel", {"reason": "x", "confirmation": "2026"}).status_code == 404
    assert f"/cycles/{cycle_id}" not in browser.get("/cycles").text


@pytest.mark.parametrize(
    "fields", [{}, {"reason": "Причина"}, {"confirmation": "2026"}, {"reason": " ", "confirmation": "2026"}]
)
def test_a_cycle_is_not_cancelled_without_reason_and_confirmation(
    app: Flask, built: Region, sign_in: Opens, fields: dict[str, object]
) -> None:
    browser = sign_in("vera")
    browser.get(f"/cycles/{built.cycle.id}/cancel")

    assert browser.post(f"/cycles/{built.cycle.id}/cancel", fields).status_code == 422
    with app.app_context():
        assert db.session.get_one(Cycle, built.cycle.id).state is CycleState.RUNNING


def test_a_cycle_is_cancelled_with_its_reason(app: Flask, built: Region, sign_in: Opens) -> None:
    browser, path = sign_in("vera"), f"/cycles/{built.cycle.id}"
    browser.get(f"{path}/cancel")

    done = browser.post(f"{path}/cancel", {"reason": "Изменён приказ", "confirmation": "2026"})

    assert done.status_code == 303
    assert "Изменён приказ" in browser.get(path).text
    assert browser.post(f"{path}/cancel", {"reason": "x", "confirmation": "2026"}).status_code == 409


@pytest.mark.parametrize("login", ["clara", "anna", "boris", "admin", "designer"])
def test_others_prepare_nothing(built: Region, sign_in: Opens, login: str) -> None:
    assert sign_in(login).get("/cycles").status_code == 403
