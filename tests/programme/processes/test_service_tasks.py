"""Service tasks: what fails for a while is tried again, what is wrong becomes an incident, each effect happens once."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.engine.calls import operations as calls
from app.engine.calls.errors import BpmnError
from app.engine.calls.models import CallState, ServiceCall
from app.engine.events.operations import broadcast_signal
from app.engine.instances import operations as instances
from app.engine.instances import queries as instance_queries
from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState
from app.engine.instances.verify import find_violations
from app.kernel.errors import Invalid, Unavailable
from app.programme.processes import performing, unattended
from app.programme.processes.acts import retry_incident, start_process
from app.programme.processes.calls import Done, Errand, Work
from app.programme.processes.carry_out import EndlessProcesses, carry_out
from app.programme.processes.due import next_due_at, run_due
from app.programme.processes.handlers import HANDLERS, REMOTE
from app.work.history.models import Entry
from app.work.history.operations import record
from app.work.tasks.models import Task
from tests.engine.diagrams import END, NOON, START, a_diagram, boundary, service_task, user_task
from tests.engine.runs import deployed
from tests.region import Region, a_region

CALL = START + service_task("reach", "reach_out") + END + "\nbegun -> reach\nreach -> done\n"
LEASE = timedelta(minutes=3)


class Service:
    """A service that is away for the first calls; what it is asked to do is written into the history."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.asked = 0

    def __call__(self, work: Work) -> Done:
        self.asked += 1
        record(
            work.session,
            at=work.now,
            person_id=None,
            action="service.reached",
            subject=("cycle", work.cycle.id),
            business_key=work.cycle.business_key,
        )
        if self.failures:
            raise self.failures.pop(0)
        return Done({"reached": True})


@pytest.fixture
def region(session: Session) -> Region:
    return a_region(session)


def begin(session: Session, region: Region, monkeypatch: pytest.MonkeyPatch, service: Callable[[Work], Done]) -> int:
    """Start an instance that calls the service, and return its id."""
    monkeypatch.setitem(HANDLERS, "reach_out", service)
    deployed(session, a_diagram(CALL))
    return start_process(session, process_key="simple", about=region.cycle, data={}, actor_id=None, now=NOON)


def the_call(session: Session) -> ServiceCall:
    return session.scalars(select(ServiceCall).execution_options(populate_existing=True)).one()


def state(session: Session, instance_id: int) -> InstanceState:
    return instance_queries.get_instance(session, instance_id=instance_id).state


def open_incidents(session: Session) -> list[str]:
    return list(session.scalars(select(Incident.message).where(Incident.state == IncidentState.OPEN)))


def effects(session: Session) -> int:
    return len(session.scalars(select(Entry.id).where(Entry.action == "service.reached")).all())


def test_what_works_is_done_at_once(session: Session, region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    instance_id = begin(session, region, monkeypatch, Service())

    assert (state(session, instance_id), the_call(session).state) == (InstanceState.COMPLETED, CallState.DONE)
    assert effects(session) == 1


@pytest.mark.parametrize("failure", [Unavailable("The register is away."), ConnectionResetError("away")])
def test_what_is_away_is_tried_again_and_leaves_nothing_behind(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    service = Service(failure, Unavailable("away"))
    instance_id = begin(session, region, monkeypatch, service)
    assert (state(session, instance_id), effects(session), open_incidents(session)) == (InstanceState.RUNNING, 0, [])
    assert next_due_at(session) == NOON + timedelta(minutes=1)

    assert run_due(session, now=NOON) == 0
    run_due(session, now=NOON + timedelta(minutes=1))
    assert next_due_at(session) == NOON + timedelta(minutes=6)
    run_due(session, now=NOON + timedelta(minutes=6))

    assert (state(session, instance_id), the_call(session).state) == (InstanceState.COMPLETED, CallState.DONE)
    assert (service.asked, effects(session), open_incidents(session)) == (3, 1, [])
    assert instance_queries.instance_data(session, instance_id=instance_id)["reached"] is True


def test_after_the_last_attempt_an_incident_opens(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(*(Unavailable("The register is away.") for _number in range(4)))
    instance_id = begin(session, region, monkeypatch, service)

    while (due := next_due_at(session)) is not None:
        run_due(session, now=due)

    assert (service.asked, open_incidents(session)) == (4, ["The register is away."])
    assert (state(session, instance_id), the_call(session).state) == (InstanceState.RUNNING, CallState.FAILED)
    retry_incident(
        session,
        incident_id=session.scalars(select(Incident.id)).one(),
        actor=region.actor("anna"),
        now=NOON + timedelta(days=1),
    )
    assert (state(session, instance_id), effects(session), open_incidents(session)) == (InstanceState.COMPLETED, 1, [])


@pytest.mark.parametrize("failure", [Invalid("The number is wrong."), KeyError("number")])
def test_what_is_wrong_is_an_incident_at_once(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    service = Service(failure)
    begin(session, region, monkeypatch, service)

    assert (the_call(session).state, len(open_incidents(session))) == (CallState.FAILED, 1)
    assert (service.asked, effects(session), next_due_at(session)) == (1, 0, None)


def test_a_result_that_cannot_be_stored_is_an_incident(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(session, region, monkeypatch, lambda _work: Done({"reached": object()}))

    assert (the_call(session).state, len(open_incidents(session))) == (CallState.FAILED, 1)


def test_an_attempt_that_never_came_back_is_made_again(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance_id = begin(session, region, monkeypatch, Service(Unavailable("away")))
    due = NOON + timedelta(minutes=1)
    (lost,) = calls.claim_due(session, now=due, limit=9, lease=LEASE)

    run_due(session, now=due)
    before = state(session, instance_id)
    run_due(session, now=due + LEASE)

    assert (before, state(session, instance_id)) == (InstanceState.RUNNING, InstanceState.COMPLETED)
    assert unattended.try_call(session, call_id=lost, now=due + LEASE) is None
    assert effects(session) == 1


def test_attempts_that_all_die_become_an_incident(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(session, region, monkeypatch, Service(Unavailable("away")))
    moment = NOON + timedelta(minutes=1)
    while calls.claim_due(session, now=moment, limit=9, lease=LEASE):
        moment += LEASE

    assert unattended.give_up_spent_calls(session, now=moment) == 1

    assert open_incidents(session) == ["The operation was begun several times and never ended."]
    assert unattended.give_up_spent_calls(session, now=moment) == 0


def test_a_call_of_a_damaged_instance_does_not_hold_up_the_others(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = begin(session, region, monkeypatch, Service(Unavailable("away")))
    begin(session, region, monkeypatch, Service(Unavailable("away")))
    moment = NOON + timedelta(minutes=1)
    while calls.claim_due(session, now=moment, limit=9, lease=LEASE):
        moment += LEASE
    session.execute(update(Instance).where(Instance.id == damaged).values(engine_state=b"\x02damaged"))

    assert unattended.give_up_spent_calls(session, now=moment) == 2

    assert open_incidents(session) == ["The operation was begun several times and never ended."]
    assert unattended.give_up_spent_calls(session, now=moment) == 0


class Remote:
    """A server outside; it remembers the keys of what it was asked."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.keys: list[str] = []

    def __call__(self, errand: Errand) -> Mapping[str, Any]:
        self.keys.append(errand.key)
        if self.failures:
            raise self.failures.pop(0)
        return {"answer": errand.operation}


def send(session: Session, now: datetime) -> None:
    """Do what the ticker and a worker do with calls that are due."""
    for call_id in calls.claim_due(session, now=now, limit=9, lease=LEASE):
        errand = unattended.try_call(session, call_id=call_id, now=now)
        assert errand is not None
        unattended.answer_call(session, errand=errand, answer=performing.run_errand(errand), now=now)


def begin_remote(session: Session, region: Region, monkeypatch: pytest.MonkeyPatch, remote: Remote) -> int:
    monkeypatch.setitem(REMOTE, "reach_out", remote)
    deployed(session, a_diagram(CALL))
    return start_process(session, process_key="simple", about=region.cycle, data={}, actor_id=None, now=NOON)


def test_what_acts_outside_waits_for_a_worker(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = Remote()
    instance_id = begin_remote(session, region, monkeypatch, remote)
    assert (remote.keys, state(session, instance_id)) == ([], InstanceState.RUNNING)

    # What moves only the database leaves it alone.
    assert (run_due(session, now=NOON), next_due_at(session), remote.keys) == (0, None, [])
    send(session, NOON)

    assert (state(session, instance_id), len(remote.keys)) == (InstanceState.COMPLETED, 1)
    assert instance_queries.instance_data(session, instance_id=instance_id)["answer"] == "reach_out"


def test_every_attempt_at_an_errand_has_the_same_key(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = Remote(TimeoutError("no answer"), Unavailable("busy"))
    instance_id = begin_remote(session, region, monkeypatch, remote)

    for minutes in (0, 1, 6):
        send(session, NOON + timedelta(minutes=minutes))

    assert state(session, instance_id) == InstanceState.COMPLETED
    assert remote.keys == [f"call:{the_call(session).id}"] * 3


def test_an_answer_after_the_lease_is_not_taken_twice(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = Remote()
    instance_id = begin_remote(session, region, monkeypatch, remote)
    (call_id,) = calls.claim_due(session, now=NOON, limit=9, lease=LEASE)
    slow = unattended.try_call(session, call_id=call_id, now=NOON)
    assert slow is not None

    assert calls.claim_due(session, now=NOON + LEASE, limit=9, lease=LEASE) == (call_id,)
    unattended.answer_call(session, errand=slow, answer=performing.run_errand(slow), now=NOON + LEASE)
    ignored = state(session, instance_id)
    quick = unattended.try_call(session, call_id=call_id, now=NOON + LEASE)
    assert quick is not None
    unattended.answer_call(session, errand=quick, answer=performing.run_errand(quick), now=NOON + LEASE)

    assert (ignored, state(session, instance_id)) == (InstanceState.RUNNING, InstanceState.COMPLETED)


def test_an_errand_that_is_wrong_is_an_incident(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_remote(session, region, monkeypatch, Remote(Invalid("Nobody lives there.")))

    send(session, NOON)

    assert open_incidents(session) == ["Nobody lives there."]


def test_an_instance_that_ended_meanwhile_gets_no_answer(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance_id = begin_remote(session, region, monkeypatch, Remote())
    (call_id,) = calls.claim_due(session, now=NOON, limit=9, lease=LEASE)
    errand = unattended.try_call(session, call_id=call_id, now=NOON)
    assert errand is not None
    instances.cancel(session, instance_id=instance_id, now=NOON)

    unattended.answer_call(session, errand=errand, answer=performing.run_errand(errand), now=NOON)

    assert (state(session, instance_id), the_call(session).state) == (InstanceState.CANCELLED, CallState.CANCELLED)
    assert session.scalars(select(Instance.id)).all() == [instance_id]


CAUGHT = (
    START
    + service_task("reach", "reach_out")
    + user_task("repair")
    + END
    + boundary("unknown_here", "reach", '<errorEventDefinition errorRef="unknown"/>')
    + "\nbegun -> reach\nreach -> done\nunknown_here -> repair\nrepair -> done\n"
)
ERROR = '<error id="unknown" name="unknown" errorCode="UNKNOWN"/>'


def test_the_diagram_catches_an_error_of_its_kind(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(BpmnError("UNKNOWN", "Nobody of this name"))
    monkeypatch.setitem(HANDLERS, "reach_out", service)
    deployed(session, a_diagram(CAUGHT, before=ERROR))

    start_process(session, process_key="simple", about=region.cycle, data={}, actor_id=None, now=NOON)

    assert session.scalars(select(Task.element_id)).all() == ["repair"]
    assert (the_call(session).state, effects(session), open_incidents(session)) == (CallState.DONE, 0, [])
    assert find_violations(session, now=NOON) == ()


def test_an_error_that_nobody_catches_fails_the_instance(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance_id = begin(session, region, monkeypatch, Service(BpmnError("UNKNOWN")))

    assert (state(session, instance_id), the_call(session).state) == (InstanceState.FAILED, CallState.DONE)


def test_an_errand_can_end_with_an_error_of_the_diagram(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REMOTE, "reach_out", Remote(BpmnError("UNKNOWN")))
    deployed(session, a_diagram(CAUGHT, before=ERROR))
    start_process(session, process_key="simple", about=region.cycle, data={}, actor_id=None, now=NOON)

    send(session, NOON)

    assert session.scalars(select(Task.element_id)).all() == ["repair"]


def test_the_diagram_says_how_often_it_is_tried(
    session: Session, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HANDLERS, "reach_out", Service(Unavailable("away"), Unavailable("away")))
    once = service_task("reach", "reach_out").replace(
        "<spiffworkflow:serviceTaskOperator",
        '<spiffworkflow:properties><spiffworkflow:property name="retries" value="1"/></spiffworkflow:properties>'
        "<spiffworkflow:serviceTaskOperator",
    )
    deployed(session, a_diagram(START + once + END + "\nbegun -> reach\nreach -> done\n"))

    start_process(session, process_key="simple", about=region.cycle, data={}, actor_id=None, now=NOON)

    assert (the_call(session).max_attempts, open_incidents(session)) == (1, ["away"])


def test_a_call_without_a_row_is_found(session: Session, region: Region, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(session, region, monkeypatch, Service(Unavailable("away")))
    assert find_violations(session, now=NOON) == ()

    late = NOON + timedelta(minutes=3)
    assert [one.invariant for one in find_violations(session, now=late)] == [16]
    session.delete(the_call(session))
    session.flush()
    assert [one.invariant for one in find_violations(session, now=NOON)] == [15]


def test_signals_that_start_each_other_end_with_a_refusal(session: Session, region: Region) -> None:
    again = '<endEvent id="done"><signalEventDefinition signalRef="again"/></endEvent>'
    start = '<startEvent id="begun"><signalEventDefinition signalRef="again"/></startEvent>'
    signal = '<signal id="again" name="again"/>'
    deployed(session, a_diagram(start + again + "\nbegun -> done\n", before=signal))
    heard = broadcast_signal(session, name="again", scope_key=region.cycle.business_key, now=NOON)

    with pytest.raises(EndlessProcesses):
        carry_out(session, heard, actor_id=None, now=NOON)
