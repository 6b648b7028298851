"""Carries out what the engine says: opens and cancels tasks, calls handlers, delivers messages.

The engine never calls upward; it returns an `Outcome`, and all of it is done here, in the same
transaction, until nothing is left to do.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from app.engine.events import operations as events
from app.engine.instances.models import InstanceState
from app.engine.instances.outcome import Outcome
from app.kernel.errors import Conflict
from app.kernel.i18n import _
from app.programme.cycles import operations as cycles
from app.programme.cycles import queries as cycle_queries
from app.programme.cycles.models import CaseState
from app.programme.processes.notices import tell_failure, tell_incident
from app.programme.processes.performing import Attempt, perform
from app.programme.processes.worklist import open_tasks
from app.work.deadlines import operations as deadlines
from app.work.forms import operations as form_operations
from app.work.tasks import operations as tasks

LIFECYCLE = "roadmap_lifecycle"


class EndlessProcesses(Conflict):
    """Processes start or move each other without end; nothing of the act is stored."""


def carry_out(session: Session, outcomes: Iterable[Outcome], *, actor_id: int | None, now: datetime) -> list[int]:
    """Do everything that the outcomes ask for, and what comes of that, until all is quiet.

    Returns:
        Ids of the tasks that were opened and are still open, in order.

    Raises:
        EndlessProcesses: messages or signals lead to each other without end.
    """
    waiting = deque((outcome, 0) for outcome in outcomes)
    opened: dict[tuple[int, str], int] = {}
    gone: set[tuple[int, str]] = set()
    while waiting:
        outcome, depth = waiting.popleft()
        if depth > events.MOST_IN_A_ROW:
            raise EndlessProcesses(_("Processes lead to each other by messages or signals without end."))
        gone |= {(outcome.instance_id, ref) for ref in outcome.cancelled}
        _close_tasks(session, outcome, now=now)
        if outcome.process_key == LIFECYCLE:
            _follow_stages(session, outcome, now=now)
        if outcome.opened:
            desks = open_tasks(session, outcome, actor_id=actor_id, now=now)
            opened |= {(desk.instance_id, desk.task_ref): desk.id for desk in desks}
        for incident_id in outcome.incidents:
            tell_incident(session, incident_id=incident_id, business_key=outcome.business_key, now=now)
        if outcome.state is InstanceState.FAILED:
            tell_failure(session, outcome=outcome, now=now)
        waiting.extend((following, depth + 1) for following in _send(session, outcome, now=now))
        for call in outcome.calls:
            if (outcome.instance_id, call.task_ref) not in gone:
                attempt = Attempt(outcome.instance_id, outcome.business_key, call, actor_id, now)
                waiting.extend((following, depth) for following in perform(session, attempt))
    return [number for place, number in opened.items() if place not in gone]


def _send(session: Session, outcome: Outcome, *, now: datetime) -> Iterator[Outcome]:
    """Bring the messages and signals that the instance throws to the others."""
    about = {"business_key": outcome.business_key, "scope_key": outcome.scope_key}
    for thrown in outcome.messages:
        yield from events.deliver_message(
            session, name=thrown.name, correlation=thrown.correlation, payload=thrown.payload, **about, now=now
        )
    for signal in outcome.signals:
        yield from events.broadcast_signal(session, name=signal, **about, except_instance=outcome.instance_id, now=now)


def _close_tasks(session: Session, outcome: Outcome, *, now: datetime) -> None:
    """Cancel the tasks that the process no longer waits for, with their deadlines and drafts."""
    cancelled = tasks.cancel(session, instance_id=outcome.instance_id, task_refs=outcome.cancelled, now=now)
    for task in cancelled:
        deadlines.drop(session, task_id=task.id, now=now)
    form_operations.drop_drafts(session, task_ids=[task.id for task in cancelled])


def _follow_stages(session: Session, outcome: Outcome, *, now: datetime) -> None:
    """Keep the line of stages: each call activity of the lifecycle is one stage of the year."""
    _cycle, case = cycle_queries.about(session, outcome.business_key)
    if case is None:
        return
    for reached in outcome.reached:
        if reached.process_key == LIFECYCLE and reached.element_type == "callActivity":
            if reached.event == "entered":
                cycles.enter_stage(session, case=case, stage=reached.element_id, now=now)
            else:
                cycles.leave_stage(session, case=case, stage=reached.element_id, now=now)
    if outcome.state is not InstanceState.RUNNING:
        ended = CaseState.COMPLETED if case.outcome is not None else CaseState.CANCELLED
        cycles.end_case(session, case=case, state=ended, now=now)
