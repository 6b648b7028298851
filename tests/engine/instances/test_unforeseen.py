"""What goes wrong inside a step is an incident of one instance: with the values, and with the stack."""

from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.engine.instances import operations, queries
from app.engine.instances.models import InstanceState
from app.engine.instances.verify import find_violations
from app.engine.spiff import activities, gateways
from app.engine.timers.models import Timer
from tests.engine.diagrams import END, NOON, START, after, boundary, script, user_task
from tests.engine.runs import complete, opened, run, started

BODY = f"""{START}{END}{user_task("write")}{script("count", "{number: 1}")}{user_task("last")}
begun -> write
write -> count
count -> last
last -> done
"""
CHOICE = f"""{START}{END}{user_task("write")}<exclusiveGateway id="which"/>{user_task("good")}
begun -> write
write -> which
which -> good : text
good -> done
"""


def broken(*_given: Any) -> None:
    raise ZeroDivisionError("nobody has thought of this")


def test_a_fault_of_a_step_is_an_incident_with_the_stack(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    first, other = run(session, BODY), started(session)
    with monkeypatch.context() as patched:
        patched.setattr(activities.ScriptTask, "_run_hook", broken)
        outcome = complete(session, first, "write", text="kept")

    (incident,) = queries.open_incidents(session)
    assert (outcome.state, incident.element_id) == (InstanceState.RUNNING, "count")
    assert "in broken" in incident.detail
    assert "nobody has thought of this" in incident.detail
    assert find_violations(session, now=NOON) == ()
    assert opened(complete(session, other, "write")) == ["last"]
    assert opened(operations.retry_incident(session, incident_id=incident.id, now=NOON)) == ["last"]
    assert queries.instance_data(session, instance_id=first.instance_id) == {"text": "kept", "number": 1}


def test_a_fault_on_the_way_out_of_a_step_keeps_what_the_person_gave(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(session, CHOICE)
    with monkeypatch.context() as patched:
        patched.setattr(gateways.ExclusiveGateway, "choose", broken)
        (incident_id,) = complete(session, first, "write", text=True).incidents

    assert find_violations(session, now=NOON) == ()
    assert opened(operations.retry_incident(session, incident_id=incident_id, now=NOON)) == ["good"]


def test_a_fault_before_a_step_holds_it(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(session, BODY)
    with monkeypatch.context() as patched:
        patched.setattr(activities.ScriptTask, "prepare", broken)
        (incident_id,) = complete(session, first, "write").incidents

    assert find_violations(session, now=NOON) == ()
    assert opened(operations.retry_incident(session, incident_id=incident_id, now=NOON)) == ["last"]


def test_a_database_that_cannot_be_used_is_no_incident(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_given: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    first = run(session, BODY)
    monkeypatch.setattr(activities.ScriptTask, "_run_hook", away)

    with pytest.raises(OperationalError):
        complete(session, first, "write")


def test_an_incident_says_the_values_of_the_names(session: Session) -> None:
    long = "ы" * 5_000
    complete(session, run(session, CHOICE), "write", text=long, other="not used")

    (incident,) = queries.open_incidents(session)
    expression, *values = incident.detail.split("\n")
    assert expression.startswith("text = ")
    assert [line[:10] for line in values] == ["text = 'ыы"]
    assert len(incident.detail) < 2_000
    assert "not used" not in incident.detail


def test_an_error_that_nothing_catches_says_which(session: Session) -> None:
    body = f"""{START}<endEvent id="wrong"><errorEventDefinition errorRef="bad"/></endEvent>{user_task("write")}
    begun -> write
    write -> wrong
    """
    outcome = run(session, body, before='<error id="bad" name="Нет приказа" errorCode="E1"/>')

    done = complete(session, outcome, "write")

    assert (done.state, done.failure) == (InstanceState.FAILED, "Нет приказа E1")


def test_a_timer_of_an_instance_in_trouble_does_not_hold_up_the_others(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = boundary("late", "write", after("P1D")) + script("count_late", "{n: 2}")
    run(session, BODY + late + "\nlate -> count_late\ncount_late -> last\n")
    started(session)
    due = session.scalars(select(Timer).order_by(Timer.id)).all()
    with monkeypatch.context() as patched:
        patched.setattr(activities.ScriptTask, "_run_hook", broken)
        first = operations.fire_timer(session, timer_id=due[0].id, now=due[0].due_at)
    second = operations.fire_timer(session, timer_id=due[1].id, now=due[1].due_at)

    assert first is not None
    assert second is not None
    assert (len(first.incidents), opened(second)) == (1, ["last"])
    session.execute(update(Timer).values(attempts=0))
    assert find_violations(session, now=NOON) == ()
