"""Every service task that waits has a row, which is claimed by one, tried with pauses and given up at last."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.calls import operations as calls
from app.engine.calls import queries
from app.engine.calls.models import CallState, ServiceCall
from app.engine.calls.rules import DEFAULT_ATTEMPTS, attempts_of, is_temporary, pause_after
from app.engine.instances import operations
from app.engine.instances.outcome import Outcome
from app.engine.spiff.data import DataNotStorable
from app.engine.timers.models import Timer
from app.kernel.errors import Invalid, Unavailable
from tests.engine.diagrams import END, NOON, START, a_diagram, after, boundary, service_task, user_task
from tests.engine.runs import deployed, run, started

LEASE = timedelta(minutes=3)
CALL = START + service_task("count", "count_rows", rows="[1, 2]") + END + "\nbegun -> count\ncount -> done\n"


def the_row(session: Session) -> ServiceCall:
    return session.scalars(select(ServiceCall).execution_options(populate_existing=True)).one()


def place(outcome: Outcome) -> dict[str, Any]:
    return {"instance_id": outcome.instance_id, "task_ref": outcome.calls[0].task_ref}


def test_a_service_task_is_a_row_as_soon_as_it_is_started(session: Session) -> None:
    outcome = run(session, CALL)

    row = the_row(session)
    assert (row.instance_id, row.task_ref) == (outcome.instance_id, outcome.calls[0].task_ref)
    assert (row.process_key, row.element_id, row.operation) == ("simple", "count", "count_rows")
    assert (row.parameters, row.state, row.attempts) == ({"rows": [1, 2]}, CallState.WAITING, 1)
    assert (row.max_attempts, row.next_attempt_at) == (DEFAULT_ATTEMPTS, NOON + timedelta(minutes=1))


def test_a_result_ends_the_row(session: Session) -> None:
    outcome = run(session, CALL)

    operations.complete_call(session, **place(outcome), result={"rows": 2}, now=NOON)

    assert (the_row(session).state, the_row(session).done_at) == (CallState.DONE, NOON)


def test_a_result_without_a_name_is_an_object(session: Session) -> None:
    outcome = run(session, CALL)

    with pytest.raises(DataNotStorable, match="no object"):
        operations.complete_call(session, **place(outcome), result=[1, 2], now=NOON)  # type: ignore[arg-type]

    assert the_row(session).state is CallState.WAITING


def test_what_the_diagram_leaves_is_cancelled(session: Session) -> None:
    body = (
        START + service_task("count", "count_rows") + END + user_task("ask") + boundary("late", "count", after("P1D"))
    )
    outcome = run(session, body + "\nbegun -> count\ncount -> done\nlate -> ask\nask -> done\n")
    assert outcome.calls
    tomorrow = NOON + timedelta(days=1)

    operations.fire_timer(session, timer_id=session.scalars(select(Timer.id)).one(), now=tomorrow)

    assert (the_row(session).state, the_row(session).done_at) == (CallState.CANCELLED, tomorrow)
    assert calls.claim_due(session, now=tomorrow, limit=10, lease=LEASE) == ()


def test_an_incident_holds_the_row_until_it_is_retried(session: Session) -> None:
    outcome = run(session, CALL)

    failed = operations.fail_call(session, **place(outcome), message="No such table", detail="", now=NOON)
    given_up = the_row(session).state
    again = operations.retry_incident(session, incident_id=failed.incidents[0], now=NOON + timedelta(hours=1))

    assert (given_up, [call.task_ref for call in again.calls]) == (CallState.FAILED, [outcome.calls[0].task_ref])
    row = the_row(session)
    assert (row.state, row.attempts, row.next_attempt_at) == (
        CallState.WAITING,
        1,
        NOON + timedelta(hours=1, minutes=1),
    )


def test_attempts_come_after_growing_pauses_until_none_is_left(session: Session) -> None:
    where = place(run(session, CALL))
    moment, pauses = NOON, []

    while calls.postpone(session, **where, error="away", now=moment):
        row = the_row(session)
        pauses.append(row.next_attempt_at - moment)
        assert calls.claim_due(session, now=row.next_attempt_at - timedelta(seconds=1), limit=9, lease=LEASE) == ()
        moment = row.next_attempt_at
        assert calls.claim_due(session, now=moment, limit=9, lease=LEASE) == (row.id,)

    assert [pause.total_seconds() / 60 for pause in pauses] == [1, 5, 25]
    assert (the_row(session).attempts, the_row(session).last_error) == (DEFAULT_ATTEMPTS, "away")
    assert queries.next_attempt_at(session) is None


def test_of_two_who_claim_one_wins_until_the_lease_ends(session: Session) -> None:
    run(session, CALL)
    due = NOON + timedelta(minutes=1)

    (first,) = calls.claim_due(session, now=due, limit=9, lease=LEASE)

    assert calls.claim_due(session, now=due, limit=9, lease=LEASE) == ()
    assert not calls.claim(session, call_id=first, now=due, lease=LEASE)
    assert calls.claim(session, call_id=first, now=due + LEASE, lease=LEASE)


def test_a_last_attempt_that_never_came_back_is_spent(session: Session) -> None:
    run(session, CALL)
    moment = NOON + timedelta(minutes=1)
    for _attempt in range(DEFAULT_ATTEMPTS - 1):
        assert queries.spent_calls(session, now=moment) == []
        assert calls.claim_due(session, now=moment, limit=9, lease=LEASE) != ()
        moment += LEASE

    assert calls.claim_due(session, now=moment, limit=9, lease=LEASE) == ()
    assert [row.attempts for row in queries.spent_calls(session, now=moment)] == [DEFAULT_ATTEMPTS]


def test_a_call_left_to_a_worker_is_due_at_once(session: Session) -> None:
    outcome = run(session, CALL)

    call_id = calls.leave_to_worker(session, **place(outcome), now=NOON)

    assert calls.claim_due(session, now=NOON, limit=9, lease=LEASE, without=["count_rows"]) == ()
    assert calls.claim_due(session, now=NOON, limit=9, lease=LEASE) == (call_id,)
    assert the_row(session).attempts == 1


def test_each_instance_has_rows_of_its_own(session: Session) -> None:
    deployed(session, a_diagram(CALL))
    first, second = started(session), started(session)

    operations.complete_call(session, **place(first), result=None, now=NOON)

    states = [queries.calls_of(session, instance_id=one.instance_id)[0].state for one in (first, second)]
    assert states == [CallState.DONE, CallState.WAITING]


@pytest.mark.parametrize("error", [Unavailable("away"), ConnectionRefusedError(), TimeoutError()])
def test_what_may_pass_by_itself_is_tried_again(error: Exception) -> None:
    assert is_temporary(error)


@pytest.mark.parametrize("error", [Invalid("wrong"), KeyError("rows"), ValueError()])
def test_what_is_wrong_is_not_tried_again(error: Exception) -> None:
    assert not is_temporary(error)


def test_the_last_pause_is_the_longest() -> None:
    assert pause_after(20) == timedelta(minutes=25)


@pytest.mark.parametrize(("text", "number"), [("", DEFAULT_ATTEMPTS), ("1", 1), ("20", 20)])
def test_the_diagram_says_how_often(text: str, number: int) -> None:
    assert attempts_of(text) == number


@pytest.mark.parametrize("text", ["0", "-1", "21", "many", "1.5", "٣", "9" * 5000])
def test_a_number_of_attempts_is_a_small_whole_number(text: str) -> None:
    assert attempts_of(text) is None
