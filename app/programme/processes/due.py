"""What is due now, and the way to any later moment: for the demo's clock and for tests of a whole year."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.engine.calls import operations as calls
from app.engine.calls import queries as call_queries
from app.engine.instances import queries as instance_queries
from app.engine.instances.failing_timers import open_incidents_of_failing
from app.engine.starts import operations as starts
from app.engine.starts import queries as start_queries
from app.engine.timers import operations as timers
from app.engine.timers import queries as timer_queries
from app.programme.processes.acts import advance_timer, climb_rung
from app.programme.processes.handlers import REMOTE
from app.programme.processes.notices import tell_incident
from app.programme.processes.unattended import give_up_spent_calls, start_by_timer, try_call
from app.work.deadlines import operations as deadlines
from app.work.deadlines import queries as deadline_queries

LEASE = timedelta(minutes=5)
BATCH = 100


def claim_timers(session: Session, *, now: datetime, limit: int, lease: timedelta) -> tuple[int, ...]:
    """Claim due timers; administrators are told of those that failed too often, which are left to them."""
    for incident in open_incidents_of_failing(session, now=now):
        business_key = instance_queries.get_instance(session, instance_id=incident.instance_id).business_key
        tell_incident(session, incident_id=incident.id, business_key=business_key, now=now)
    return timers.claim_due(session, now=now, limit=limit, lease=lease)


def claim_calls(
    session: Session, *, now: datetime, limit: int, lease: timedelta, without: Collection[str] = ()
) -> tuple[int, ...]:
    """Claim calls that are due, but none of the operations `without`; those that are spent become incidents."""
    give_up_spent_calls(session, now=now)
    return calls.claim_due(session, now=now, limit=limit, lease=lease, without=without)


def run_due(session: Session, *, now: datetime) -> int:
    """Do everything that is due in the database; return how many rows did something.

    What acts outside of it is left to the ticker and the workers.
    """
    acted = 0
    while True:
        of_time: dict[str, Any] = {"now": now, "limit": BATCH, "lease": LEASE}
        start_ids = starts.claim_due(session, **of_time)
        timer_ids = claim_timers(session, **of_time)
        rung_ids = deadlines.claim_due_rungs(session, **of_time)
        call_ids = claim_calls(session, **of_time, without=REMOTE)
        if not (start_ids or timer_ids or rung_ids or call_ids):
            return acted
        acted += sum(start_by_timer(session, start_timer_id=start_id, now=now) for start_id in start_ids)
        acted += sum(advance_timer(session, timer_id=timer_id, now=now) for timer_id in timer_ids)
        acted += sum(climb_rung(session, rung_id=rung_id, now=now) for rung_id in rung_ids)
        for call_id in call_ids:
            try_call(session, call_id=call_id, now=now)
        acted += len(call_ids)


def next_due_at(session: Session) -> datetime | None:
    """Return when the next row falls due that `run_due` would act on, if anything waits at all."""
    moments = [
        timer_queries.next_due_at(session),
        deadline_queries.next_rung_at(session),
        start_queries.next_due_at(session),
        call_queries.next_attempt_at(session, without=REMOTE),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def moments_until(session: Session, *, now: datetime, until: datetime) -> Iterator[datetime]:
    """Yield every moment after `now` at which something is due, up to `until`, and `until` itself.

    Whoever iterates acts at each moment before taking the next: what is done there makes new moments.
    """
    moment = now
    while (upcoming := next_due_at(session)) is not None and upcoming <= until:
        # Something overdue is done at once; time never goes back.
        moment = max(moment, upcoming)
        yield moment
    yield until
