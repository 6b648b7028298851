"""Which version a call activity calls."""

from sqlalchemy.orm import Session

from app.engine.definitions.check import lint
from app.engine.definitions.queries import get_definition
from app.engine.instances import queries
from app.engine.spiff.limits import MAX_CALL_DEPTH
from tests.engine.diagrams import END, START, a_diagram, user_task, with_properties
from tests.engine.runs import complete, deployed, opened, started

PINNED = '<callActivity id="ask" calledElement="called"/>'
LATEST = f'<callActivity id="ask" calledElement="called">{with_properties(binding="latest")}</callActivity>'
ZEEBE = (
    '<callActivity id="ask"><extensionElements xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">'
    '<zeebe:calledElement processId="called" bindingType="latest"/></extensionElements></callActivity>'
)
CAMUNDA = (
    '<callActivity id="ask" calledElement="called" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'camunda:calledElementBinding="latest"/>'
)


def a_called(*tasks: str) -> bytes:
    flow = "".join(f"\n{one} -> {other}" for one, other in zip(("begun", *tasks), (*tasks, "done"), strict=True))
    return a_diagram(START + END + "".join(map(user_task, tasks)) + flow + "\n", key="called")


def a_caller(call: str) -> bytes:
    return a_diagram(f"{START}{END}{call}{user_task('last')}\nbegun -> ask\nask -> last\nlast -> done\n")


def test_a_call_is_bound_to_the_version_of_the_deployment(session: Session) -> None:
    deployed(session, a_called("old"), a_caller(PINNED))
    deployed(session, a_called("new"))

    assert opened(started(session)) == ["old"]


def test_a_call_can_take_the_newest_version_each_time(session: Session) -> None:
    for number, call in enumerate((LATEST, ZEEBE, CAMUNDA)):
        deployed(session, a_called(f"old_{number}"), a_caller(call))
        first = started(session)
        deployed(session, a_called(f"new_{number}"))

        assert opened(first) == [f"old_{number}"]
        assert opened(started(session)) == [f"new_{number}"]
        assert get_definition(session, key="simple").calls == {}
        assert opened(complete(session, first, f"old_{number}")) == ["last"]


def test_a_running_call_stays_in_its_version(session: Session) -> None:
    deployed(session, a_called("first", "second"), a_caller(LATEST))
    outcome = started(session)
    deployed(session, a_called("other"))

    outcome = complete(session, outcome, "first")

    assert opened(outcome) == ["second"]
    assert opened(complete(session, outcome, "second")) == ["last"]


def test_processes_that_call_each_other_without_end_are_stopped_at_run_time(session: Session) -> None:
    deployed(session, a_called("old"), a_caller(LATEST))
    calls_back = f'{START}{END}<callActivity id="back" calledElement="simple">{with_properties(binding="latest")}'
    deployed(session, a_diagram(calls_back + "</callActivity>\nbegun -> back\nback -> done\n", key="called"))

    outcome = started(session)

    (incident,) = queries.open_incidents(session)
    assert "too deeply" in incident.message
    assert len(queries.tokens(session, instance_id=outcome.instance_id)) == 1
    assert len([one for one in outcome.reached if one.event == "entered"]) == MAX_CALL_DEPTH + 1


def test_a_version_that_is_named_by_a_tag_is_refused() -> None:
    (problem,) = [
        one for one in lint({"a.bpmn": a_caller(ZEEBE.replace("latest", "versionTag"))}) if one.severity == "error"
    ]

    assert (problem.code, problem.element_id) == ("called_version", "ask")
