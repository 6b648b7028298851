"""Questions that hang on an answer come with a script, with a button, and at the latest with the sending."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.kernel.db import unit_of_work
from app.work.forms import queries as forms
from app.work.people.models import Organisation
from app.work.people.roles import Role
from app.work.tasks import opening as tasks
from app.work.tasks.opening import NewTask
from tests.conftest import NOON
from tests.web.conftest import Browser

RETURN = {"risks_decision": "return"}
REMARK = 'name="risks_remark"'


@pytest.fixture
def decision(year: Flask) -> int:
    """Return the id of a task of the curator: returning asks why."""
    with year.app_context(), unit_of_work() as unit:
        school = unit.scalars(select(Organisation).where(Organisation.slug == "school-1")).one()
        new = NewTask(
            instance_id=1,
            task_ref="none",
            process_key="diagnose",
            element_id="confirm_risks",
            title="Подтвердить риски",
            business_key="case:1",
            role=Role.CURATOR,
            organisation_id=school.id,
            form_id=forms.latest_id(unit, key="diagnose/confirm_risks"),
        )
        return tasks.open_task(unit, new=new, now=NOON).id


def test_a_script_gets_the_questions_alone(signed_in: Callable[[str], Browser], decision: int) -> None:
    boris = signed_in("boris")
    page = boris.get(f"/tasks/{decision}").text

    part = boris.post(f"/tasks/{decision}/questions", RETURN, **{"X-Requested-With": "fetch"})

    assert "data-steers" in page
    assert REMARK not in page
    assert part.status_code == 200
    assert REMARK in part.text
    assert "<html" not in part.text


def test_the_questions_are_not_for_those_who_only_look(signed_in: Callable[[str], Browser], decision: int) -> None:
    for login in ("clara", "dora"):
        assert signed_in(login).post(f"/tasks/{decision}/questions", RETURN).status_code == 404


def test_the_questions_need_the_token_of_the_page(year: Flask, decision: int) -> None:
    assert year.test_client().post(f"/tasks/{decision}/questions", data=RETURN).status_code in (400, 401)


def test_a_button_brings_them_without_a_script(signed_in: Callable[[str], Browser], decision: int) -> None:
    boris = signed_in("boris")
    page = boris.get(f"/tasks/{decision}").text

    shown = boris.post(f"/tasks/{decision}", RETURN | {"_show": "risks_decision", "draft_revision": "0"})

    assert "<noscript>" in page
    assert "Показать вопросы по выбранному" in page
    assert shown.headers["Location"].endswith("#f-risks_decision")
    assert REMARK in boris.get(f"/tasks/{decision}").text


def test_a_sending_that_brings_questions_says_so_kindly(signed_in: Callable[[str], Browser], decision: int) -> None:
    boris = signed_in("boris")
    boris.get(f"/tasks/{decision}")

    asked = boris.post(f"/tasks/{decision}", RETURN | {"_shown": ""})

    assert asked.status_code == 422
    assert "Появились ещё вопросы – ответьте на них" in asked.text
    assert 'href="#f-risks_remark"' in asked.text
    assert "error-summary" not in asked.text
    assert 'name="_shown" value="risks_remark"' in asked.text


def test_what_was_shown_and_left_empty_is_a_mistake(signed_in: Callable[[str], Browser], decision: int) -> None:
    boris = signed_in("boris")
    boris.get(f"/tasks/{decision}")

    wrong = boris.post(f"/tasks/{decision}", RETURN | {"_shown": "risks_remark", "risks_remark": ""})

    assert wrong.status_code == 422
    assert "Появились ещё вопросы" not in wrong.text
    assert "error-summary" in wrong.text
