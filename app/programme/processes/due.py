"""What is due now, and the way to any later moment: for the demo's clock and for tests of a whole year."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.engine.instances import queries as instance_queries
from app.engine.instances.failing_timers import open_incidents_of_failing
from app.engine.timers import operations as timers
from app.engine.timers import queries as timer_queries
from app.programme.processes.acts import advance_timer, climb_rung
from app.programme.processes.notices import tell_incident
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


def run_due(session: Session, *, now: datetime) -> int:
    """Fire every timer and rung that is due; return how many did something."""
    acted = 0
    while True:
        timer_ids = claim_timers(session, now=now, limit=BATCH, lease=LEASE)
        rung_ids = deadlines.claim_due_rungs(session, now=now, limit=BATCH, lease=LEASE)
        if not timer_ids and not rung_ids:
            return acted
        acted += sum(advance_timer(session, timer_id=timer_id, now=now) for timer_id in timer_ids)
        acted += sum(climb_rung(session, rung_id=rung_id, now=now) for rung_id in rung_ids)


def next_due_at(session: Session) -> datetime | None:
    """Return when the next timer or rung falls due, if anything waits at all."""
    moments = [timer_queries.next_due_at(session), deadline_queries.next_rung_at(session)]
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
