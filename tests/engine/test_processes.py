"""The processes of the programme: they pass the check, are deployed as one act, and can be started."""

from pathlib import Path

from sqlalchemy.orm import Session

from app.engine.definitions.check import lint
from app.engine.definitions.operations import deploy
from app.engine.instances import queries
from tests.engine.diagrams import NOON
from tests.engine.runs import opened, started

FOLDER = Path(__file__).parents[2] / "workflows"
FILES = {path.name: path.read_bytes() for path in sorted(FOLDER.rglob("*")) if path.suffix in {".bpmn", ".dmn"}}


def test_every_diagram_passes_the_check() -> None:
    assert len(FILES) > 10
    assert [str(problem) for problem in lint(FILES)] == []


def test_a_school_year_is_deployed_and_begins(session: Session) -> None:
    deployment = deploy(session, files=FILES, resources={}, now=NOON)
    calendar = dict.fromkeys(("questionnaire_due", "questionnaire_remind", "visit_due"), "2026-03-20")

    outcome = started(session, "roadmap_lifecycle", {"calendar": calendar, "factors": [], "school": {}})

    assert {row.key for row in deployment.processes} == {name.removesuffix(".bpmn") for name in FILES if "bpmn" in name}
    assert set(opened(outcome)) == {"fill_questionnaire", "visit_school"}
    assert {task.role for task in outcome.opened} == {"school_team", "curator"}
    assert {token.process_key for token in queries.tokens(session, instance_id=outcome.instance_id)} == {"diagnose"}
    assert deploy(session, files=FILES, resources={}, now=NOON).created == ()
