"""Deploying: versions, what is pinned, what is refused."""

import pytest
from sqlalchemy.orm import Session

from app.engine.definitions import operations, queries
from app.engine.definitions.problems import NotDeployable
from app.engine.instances import queries as instances
from tests.engine.diagrams import END, NOON, START, a_diagram, user_task, with_properties
from tests.engine.runs import complete, deployed, opened, run, started

CALLS = a_diagram(
    START + '<callActivity id="call" calledElement="inner"/>' + END + "\nbegun -> call\ncall -> done\n", "outer"
)


def inner(task: str) -> bytes:
    return a_diagram(START + user_task(task, form="inner/form") + END + f"\nbegun -> {task}\n{task} -> done\n", "inner")


def deploy(session: Session, resources: dict[str, object] | None = None, **files: bytes) -> operations.Deployment:
    return operations.deploy(
        session, files={f"{name}.bpmn": file for name, file in files.items()}, resources=resources or {}, now=NOON
    )


def test_unchanged_files_give_no_new_version(session: Session) -> None:
    first = deploy(session, inner=inner("write"))
    again = deploy(session, inner=inner("write"))
    changed = deploy(session, inner=inner("rewrite"))

    assert (first.created, again.created, changed.created) == (("inner",), (), ("inner",))
    assert [row.version for row in queries.versions(session, key="inner")] == [2, 1]
    assert [row.version for row in queries.latest_definitions(session)] == [2]


def test_a_call_is_pinned_to_the_version_deployed_with_it(session: Session) -> None:
    deploy(session, outer=CALLS, inner=inner("write"))
    before = started(session, "outer")
    deploy(session, inner=inner("rewrite"))
    alone = started(session, "outer")
    together = deploy(session, outer=CALLS, inner=inner("rewrite"))
    after = started(session, "outer")

    assert (opened(before), opened(alone), opened(after)) == (["write"], ["write"], ["rewrite"])
    assert together.created == ("outer",)


def test_a_running_instance_keeps_its_version(session: Session) -> None:
    deployed(
        session,
        a_diagram(START + user_task("one") + user_task("two") + END + "\nbegun -> one\none -> two\ntwo -> done\n"),
    )
    first = started(session)
    run(session, START + user_task("one") + END + "\nbegun -> one\none -> done\n")

    assert opened(complete(session, first, "one")) == ["two"]


def test_a_changed_form_makes_a_version_only_of_the_process_that_uses_it(session: Session) -> None:
    other = a_diagram(START + END + "\nbegun -> done\n", "other")
    deploy(session, {"inner/form": 1}, inner=inner("write"), other=other)

    again = deploy(session, {"inner/form": 2}, inner=inner("write"), other=other)

    assert again.created == ("inner",)
    assert queries.get_definition(session, key="inner").resources == {"inner/form": 2}


def test_a_process_that_is_not_deployed_cannot_be_called(session: Session) -> None:
    with pytest.raises(NotDeployable) as refused:
        deploy(session, outer=CALLS)
    assert [problem.code for problem in refused.value.problems if problem.severity == "error"] == ["unknown_process"]


DMN = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="risk" name="risk" namespace="http://vekha/tests">
<decision id="risk_level" name="Уровень риска"><decisionTable id="table" hitPolicy="FIRST">
<input id="i" label="Доля"><inputExpression id="ie" typeRef="number"><text>share</text></inputExpression></input>
<output id="o" name="level" typeRef="string"/>
<rule id="r1"><inputEntry id="e1"><text>&gt;= 30</text></inputEntry>
<outputEntry id="x1"><text>"high"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="e2"><text>-</text></inputEntry>
<outputEntry id="x2"><text>"low"</text></outputEntry></rule>
</decisionTable></decision></definitions>""".encode()


def test_a_business_rule_task_decides_and_leaves_its_trace(session: Session) -> None:
    rule = (
        '<businessRuleTask id="rate"><extensionElements>'
        + "<spiffworkflow:calledDecisionId>risk_level</spiffworkflow:calledDecisionId>"
        + with_properties(result="level").removeprefix("<extensionElements>")
        + "</businessRuleTask>"
    )
    body = START + rule + user_task("read") + END + "\nbegun -> rate\nrate -> read\nread -> done\n"
    deployment = operations.deploy(session, files={"a.bpmn": a_diagram(body), "risk.dmn": DMN}, resources={}, now=NOON)

    outcome = started(session, data={"share": 31})

    assert [row.key for row in deployment.decisions] == ["risk_level"]
    assert outcome.opened[0].data["level"] == "high"
    assert outcome.opened[0].data["level_trace"]
    operations.deploy(session, files={"risk.dmn": DMN.replace(b"30", b"50")}, resources={}, now=NOON)
    assert started(session, data={"share": 31}).opened[0].data["level"] == "high"
    assert instances.open_incidents(session) == []
