"""Timers that cannot be fired: after some attempts a person looks at them, and nobody tries in vain for ever."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.engine.instances.live import note_incident
from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState
from app.engine.timers.models import MAX_ATTEMPTS, Timer, TimerState
from app.kernel.i18n import _

_FAILING = (Timer.state == TimerState.WAITING, Timer.attempts >= MAX_ATTEMPTS)


def open_incidents_of_failing(session: Session, *, now: datetime) -> tuple[Incident, ...]:
    """Open an incident for every timer whose last attempt has ended in vain; it waits until that is retried."""
    told = select(Incident.id).where(
        Incident.instance_id == Timer.instance_id,
        Incident.task_ref == Timer.task_ref,
        Incident.state == IncidentState.OPEN,
    )
    wanted = (
        select(Timer)
        .join(Instance, Instance.id == Timer.instance_id)
        .where(*_FAILING, Timer.leased_until <= now, Instance.state == InstanceState.RUNNING, ~told.exists())
        .order_by(Timer.id)
    )
    opened = tuple(
        Incident(
            instance_id=timer.instance_id,
            task_ref=timer.task_ref,
            process_key=timer.process_key,
            element_id=timer.element_id,
            message=_("The time has come, but what follows from it failed several times."),
            detail=f"timer {timer.id}, due {timer.due_at.isoformat()}, in vain {timer.attempts} times: see the log",
            state=IncidentState.OPEN,
            opened_at=now,
        )
        for timer in session.scalars(wanted)
    )
    session.add_all(opened)
    session.flush()
    for incident in opened:
        note_incident(session, incident.instance_id)
    return opened


def failing_refs(session: Session, *, instance_id: int) -> frozenset[str]:
    """Return the tasks of the instance whose timers are not tried any more."""
    return frozenset(session.scalars(select(Timer.task_ref).where(*_FAILING, Timer.instance_id == instance_id)))


def try_again(session: Session, *, instance_id: int, task_ref: str) -> None:
    """Let the task's timer be fired at the next tick."""
    same = (Timer.instance_id == instance_id) & (Timer.task_ref == task_ref)
    session.execute(update(Timer).where(*_FAILING, same).values(attempts=0, leased_until=None))
