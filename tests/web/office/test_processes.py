"""The process designer's pages, and the diagram of a school's year."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.engine.instances.models import Incident, IncidentState, Instance, Step
from app.kernel.db import db, unit_of_work
from app.programme.cycles.models import Case
from app.programme.processes.acts import start_process
from app.studio.operations import deploy
from app.studio.queries import process_list, tokens_on
from tests.region import NOON, Region
from tests.studio.test_deploy import FORM, a_diagram, a_form
from tests.web.conftest import Browser

Opens = Callable[[str], Browser]
NASTY = "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}"


@pytest.fixture(autouse=True)
def running(app: Flask, built: Region) -> None:
    """Put a process of one task in force and start it for School 1."""
    with app.app_context(), unit_of_work() as unit:
        deploy(unit, files={"plan.bpmn": a_diagram(), FORM: a_form()}, actor_id=None, now=NOON)
        begin(unit, built)


def begin(unit: Session, built: Region) -> None:
    case = unit.get_one(Case, built.cases[0].id)
    start_process(unit, process_key="plan", about=case, data={}, actor_id=None, now=NOON)


def files(*pairs: tuple[str, bytes]) -> list[tuple[io.BytesIO, str]]:
    return [(io.BytesIO(content), name) for name, content in pairs]


def test_a_process_is_shown_with_where_its_instances_stand(sign_in: Opens) -> None:
    designer = sign_in("designer")

    assert "План" in designer.get("/processes").text
    page = designer.get("/processes/plan").text

    assert "&#34;write_concept&#34;: 1" in page or '"write_concept": 1' in page
    assert "МБОУ СОШ № 1" in page
    assert 'data-diagram="/processes/plan/1.bpmn"' in page


def test_a_called_process_counts_the_schools_that_stand_in_it(app: Flask, built: Region, sign_in: Opens) -> None:
    with app.app_context(), unit_of_work() as unit:
        deploy(unit, files={"year.bpmn": a_diagram().replace(b'"plan"', b'"year"')}, actor_id=None, now=NOON)
        for case in built.cases:
            begin_case = unit.get_one(Case, case.id)
            start_process(unit, process_key="year", about=begin_case, data={}, actor_id=None, now=NOON)
        # Each stands in the called process at one step, which was entered again after a leap back.
        for instance in unit.query(Instance).filter_by(process_key="year"):
            for seq, (element, event) in enumerate(
                [("begun", "completed"), ("begun", "completed"), ("write_concept", "entered")]
            ):
                unit.add(
                    Step(
                        instance_id=instance.id, seq=100 + seq, process_key="plan", element_id=element,
                        element_type="userTask", event=event, at=NOON,
                    )
                )  # fmt: skip

    with app.app_context():
        running = {line.key: line.running for line in process_list(db.session())}
        tokens = tokens_on(db.session(), process_key="plan")

    assert running == {"plan": 4, "year": 3}
    assert tokens["write_concept"] == running["plan"]


def test_the_diagram_is_handed_out_as_a_file_that_cannot_run(sign_in: Opens) -> None:
    answer = sign_in("designer").get("/processes/plan/1.bpmn")

    assert answer.mimetype == "application/xml"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert b"write_concept" in answer.data


@pytest.mark.parametrize(
    "path",
    ["/processes/nothing", "/processes/plan?version=99", "/processes/plan?version=x", "/processes/plan/99.bpmn",
     "/processes/plan/99999999999999999999.bpmn", f"/processes/plan?version={'9' * 5000}"],
)  # fmt: skip
def test_a_process_that_is_not_there_is_not_found(sign_in: Opens, path: str) -> None:
    assert sign_in("designer").get(path).status_code == 404


@pytest.mark.parametrize("login", ["vera", "anna", "admin"])
def test_the_pages_are_for_designers(sign_in: Opens, login: str) -> None:
    assert sign_in(login).get("/processes").status_code == 403
    assert sign_in(login).post("/processes/deploy").status_code == 403


def test_files_are_checked_and_then_deployed(sign_in: Opens) -> None:
    designer = sign_in("designer")
    designer.get("/processes/deploy")
    sent = {"folder": "plan"}

    checked = designer.post(
        "/processes/deploy",
        {"act": "check", "files": files(("plan.bpmn", a_diagram()), ("write_concept.json", a_form())), **sent},
    )
    assert (checked.status_code, "предупреждение" in checked.text) == (200, True)
    assert "версия 2" not in designer.get("/processes/plan").text
    designer.get("/processes/deploy")

    done = designer.post(
        "/processes/deploy",
        {
            "act": "deploy",
            "files": files(("plan.bpmn", a_diagram(name="Иначе")), ("write_concept.json", a_form())),
            **sent,
        },
    )
    assert done.status_code == 303
    assert "версия 2" in designer.get("/processes/plan").text


def test_the_check_speaks_russian(sign_in: Opens) -> None:
    designer = sign_in("designer")
    designer.get("/processes/deploy")
    start = b'<bpmn:startEvent id="begun">'
    wrong = a_diagram().replace(start, b'<bpmn:callChoreography id="odd"/>' + start)
    table = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d">
        <decision id="one" name="one"><literalExpression><text>1 +</text></literalExpression></decision>
        </definitions>"""

    page = designer.post("/processes/deploy", {"files": files(("plan.bpmn", wrong), ("t.dmn", table))}).text

    assert "Элемент callChoreography не поддерживается." in page
    assert "Выражение «1 +»" in page
    assert "not supported" not in page
    assert "ends too early" not in page


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.bpmn", b""),
        ("plan.bpmn", b"<html></html>"),
        ("plan.bpmn", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x/>'),
        ("plan.bpmn", a_diagram("no/where")),
        ("plan.exe", b"MZ"),
        ("x.json", b"[]"),
        ("../../plan.bpmn", b"\x89PNG"),
        ("plan.dmn", b"{}"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(sign_in: Opens, name: str, content: bytes) -> None:
    designer = sign_in("designer")
    designer.get("/processes/deploy")

    refused = designer.post("/processes/deploy", {"act": "deploy", "files": files((name, content))})

    assert refused.status_code == 422
    assert "версия 1" in designer.get("/processes/plan").text


def test_labels_of_a_diagram_are_shown_as_text(app: Flask, built: Region, sign_in: Opens) -> None:
    with app.app_context(), unit_of_work() as unit:
        deploy(unit, files={"plan.bpmn": a_diagram(name=NASTY)}, actor_id=None, now=NOON)
        begin(unit, built)

    page = sign_in("designer").get("/processes/plan").text

    assert "<script>alert" not in page
    assert f"{NASTY}</bdi>" in page


def test_the_diagram_of_a_case_is_for_those_who_see_the_case(app: Flask, built: Region, sign_in: Opens) -> None:
    case_id = built.cases[0].id
    for login, status in (("anna", 200), ("boris", 200), ("clara", 200), ("vera", 200), ("dora", 404)):
        browser = sign_in(login)
        assert browser.get(f"/cases/{case_id}/diagram?process=plan").status_code == status
        assert browser.get(f"/cases/{case_id}/diagram/plan.bpmn").status_code == status
        assert browser.get(f"/cases/{case_id}/diagram/open_cycle.bpmn").status_code == 404


def test_an_incident_is_shown_with_what_it_stops_and_tried_again(app: Flask, built: Region, sign_in: Opens) -> None:
    with app.app_context(), unit_of_work() as unit:
        instance = unit.query(Instance).first()
        assert instance is not None
        incident = Incident(
            instance_id=instance.id,
            task_ref="1",
            process_key="plan",
            element_id="write_concept",
            message="<b>ошибка</b>",
            detail="Traceback: секрет",
            state=IncidentState.OPEN,
            opened_at=NOON,
        )
        unit.add(incident)
        unit.flush()
        incident_id = incident.id
    admin = sign_in("admin")

    assert "МБОУ СОШ № 1" in admin.get("/incidents").text
    page = admin.get(f"/incidents/{incident_id}").text
    assert "&lt;b&gt;ошибка&lt;/b&gt;" in page
    assert "Traceback: секрет" in page
    for login in ("anna", "vera", "designer"):
        assert sign_in(login).get(f"/incidents/{incident_id}").status_code == 403
