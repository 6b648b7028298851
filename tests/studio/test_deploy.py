"""Putting processes and forms in force together."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.engine.definitions.problems import NotDeployable
from app.engine.definitions.queries import get_definition
from app.studio.diagrams import shapes
from app.studio.files import files_below, form_key
from app.studio.lint import lint
from app.studio.operations import deploy
from app.work.forms.queries import latest_ids
from app.work.history.models import Entry
from tests.region import NOON

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (ROOT / "workflows", ROOT / "forms")
FORM = "forms/plan/write_concept.json"


def a_diagram(form: str = "plan/write_concept", name: str = "Написать") -> bytes:
    """Return a process of one user task that asks `form`."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="http://vekha/plan">
  <bpmn:process id="plan" name="План" isExecutable="true">
    <bpmn:laneSet id="lanes"><bpmn:lane id="school_team" name="Школьная команда">
      <bpmn:flowNodeRef>begun</bpmn:flowNodeRef><bpmn:flowNodeRef>write_concept</bpmn:flowNodeRef>
      <bpmn:flowNodeRef>done</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>
    <bpmn:startEvent id="begun"><bpmn:outgoing>a</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="write_concept" name="{name}">
      <bpmn:extensionElements><spiffworkflow:properties>
        <spiffworkflow:property name="form" value="{form}"/><spiffworkflow:property name="name_en" value="Write"/>
      </spiffworkflow:properties></bpmn:extensionElements>
      <bpmn:incoming>a</bpmn:incoming><bpmn:outgoing>b</bpmn:outgoing></bpmn:userTask>
    <bpmn:endEvent id="done"><bpmn:incoming>b</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="a" sourceRef="begun" targetRef="write_concept"/>
    <bpmn:sequenceFlow id="b" sourceRef="write_concept" targetRef="done"/>
  </bpmn:process>
</bpmn:definitions>""".encode()


def a_form(label: str = "Цели") -> bytes:
    """Return a form of one field."""
    field = f'{{"type": "textarea", "key": "concept_goals", "id": "f1", "label": "{label}"}}'
    return f'{{"type": "default", "id": "f", "schemaVersion": 18, "components": [{field}]}}'.encode()


def version(session: Session) -> int:
    return get_definition(session, key="plan").version


def test_what_ships_with_the_program_can_be_deployed_and_twice_changes_nothing(session: Session) -> None:
    files = files_below(SHIPPED)

    first = deploy(session, files=files, actor_id=None, now=NOON)
    second = deploy(session, files=files, actor_id=None, now=NOON)

    assert {row.key for row in first.created} >= {"roadmap_lifecycle", "diagnose", "plan", "approve"}
    assert second.created == ()


def test_a_version_keeps_the_form_that_came_with_it(session: Session) -> None:
    deploy(session, files={"plan.bpmn": a_diagram(), FORM: a_form()}, actor_id=None, now=NOON)

    assert get_definition(session, key="plan").resources == {
        "plan/write_concept": latest_ids(session)["plan/write_concept"]
    }


def test_a_form_alone_makes_a_new_version_of_the_process_that_asks_it(session: Session) -> None:
    deploy(session, files={"plan.bpmn": a_diagram(), FORM: a_form()}, actor_id=None, now=NOON)

    done = deploy(session, files={FORM: a_form("Наши цели")}, actor_id=7, now=NOON)

    assert [(row.key, row.version) for row in done.created] == [("plan", 2)]
    entry = session.query(Entry).filter_by(action="process.deployed").order_by(Entry.id.desc()).first()
    assert entry is not None
    assert (entry.person_id, entry.detail["version"]) == (7, 2)


def test_a_form_with_its_diagram_makes_one_new_version(session: Session) -> None:
    deploy(session, files={"workflows/plan.bpmn": a_diagram(), FORM: a_form()}, actor_id=None, now=NOON)

    deploy(session, files={"plan.bpmn": a_diagram(name="Иначе"), FORM: a_form("Иначе")}, actor_id=None, now=NOON)

    assert version(session) == 2


@pytest.mark.parametrize(
    "files",
    [
        {"plan.bpmn": a_diagram("plan/nowhere"), FORM: a_form()},
        {"plan.bpmn": a_diagram(), FORM: b"{"},
        {"plan.bpmn": b"<html/>"},
        {"plan.bpmn": b""},
        {"table.dmn": b"not xml"},
    ],
)
def test_one_wrong_file_keeps_everything_out(session: Session, files: dict[str, bytes]) -> None:
    with pytest.raises(NotDeployable):
        deploy(session, files=files, actor_id=None, now=NOON)

    assert latest_ids(session) == {}


def test_the_check_says_where_a_form_is_missing(session: Session) -> None:
    found = lint(session, files={"plan.bpmn": a_diagram("plan/nowhere"), FORM: a_form()})

    assert ("plan.bpmn", "write_concept", "error") in [(p.file, p.element_id, p.severity) for p in found]


def test_labels_are_read_as_people_see_them() -> None:
    nasty = "&lt;script&gt;alert(1)&lt;/script&gt;&#10;{{7*7}}"

    seen = {shape.id: shape for shape in shapes(a_diagram(name=nasty))}

    assert seen["write_concept"].name == "<script>alert(1)</script> {{7*7}}"
    assert (seen["write_concept"].name_en, seen["write_concept"].form) == ("Write", "plan/write_concept")
    assert seen["plan"].kind == "process"


@pytest.mark.parametrize(
    "path", ["forms/plan/write_concept.json", "plan/write_concept.json", "a/b/plan/write_concept.json"]
)
def test_the_key_of_a_form_is_its_folder_and_name(path: str) -> None:
    assert form_key(path) == "plan/write_concept"
