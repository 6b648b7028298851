"""Carries out what the engine says: opens and cancels tasks, calls handlers, delivers messages.

The engine never calls upward; it returns an `Outcome`, and all of it is done here, in the same
transaction, until nothing is left to do.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.engine.definitions import queries as definitions
from app.engine.events import operations as events
from app.engine.instances import queries as instance_queries
from app.engine.instances.models import InstanceState
from app.engine.instances.outcome import OpenedTask, Outcome
from app.kernel.errors import Conflict
from app.kernel.i18n import _
from app.programme.cycles import operations as cycles
from app.programme.cycles import queries as cycle_queries
from app.programme.cycles.models import Case, CaseState, Cycle
from app.programme.processes.notices import tell_candidates, tell_failure, tell_incident
from app.programme.processes.performing import Attempt, perform
from app.work.deadlines import operations as deadlines
from app.work.deadlines.models import RungKind
from app.work.deadlines.rules import RungPlan
from app.work.forms import operations as form_operations
from app.work.forms import queries as forms
from app.work.people import queries as people
from app.work.people.models import Organisation
from app.work.people.roles import Role
from app.work.tasks import operations as tasks
from app.work.tasks.models import Task
from app.work.tasks.operations import NewTask

LIFECYCLE = "roadmap_lifecycle"


class EndlessProcesses(Conflict):
    """Processes start or move each other without end; nothing of the act is stored."""


@dataclass(frozen=True)
class Place:
    """Where an outcome is carried out: the cycle and case that it is about, who acted, and when."""

    session: Session
    cycle: Cycle
    case: Case | None
    actor_id: int | None
    now: datetime

    @property
    def organisation(self) -> Organisation:
        """The school, or the region for what is about the whole cycle."""
        return self.case.school if self.case is not None else self.cycle.region


def carry_out(session: Session, outcomes: Iterable[Outcome], *, actor_id: int | None, now: datetime) -> list[Task]:
    """Do everything that the outcomes ask for, and what comes of that, until all is quiet.

    Returns:
        The tasks that were opened and are still open, in order.

    Raises:
        EndlessProcesses: messages or signals lead to each other without end.
    """
    waiting = deque((outcome, 0) for outcome in outcomes)
    opened: list[Task] = []
    gone: set[tuple[int, str]] = set()
    while waiting:
        outcome, depth = waiting.popleft()
        if depth > events.MOST_IN_A_ROW:
            raise EndlessProcesses(_("Processes lead to each other by messages or signals without end."))
        gone |= {(outcome.instance_id, ref) for ref in outcome.cancelled}
        opened += _carry_out_tasks(session, outcome, actor_id=actor_id, now=now)
        waiting.extend((following, depth + 1) for following in _send(session, outcome, now=now))
        for call in outcome.calls:
            if (outcome.instance_id, call.task_ref) not in gone:
                attempt = Attempt(outcome.instance_id, outcome.business_key, call, actor_id, now)
                waiting.extend((following, depth) for following in perform(session, attempt))
    return [task for task in opened if task.ended_at is None]


def _carry_out_tasks(session: Session, outcome: Outcome, *, actor_id: int | None, now: datetime) -> list[Task]:
    """Open and close people's tasks, follow the stages and tell of incidents."""
    cycle, case = cycle_queries.about(session, outcome.business_key)
    _close_tasks(session, outcome, now=now)
    if case is not None:
        _follow_stages(session, outcome, case, now=now)
    place = Place(session=session, cycle=cycle, case=case, actor_id=actor_id, now=now)
    opened = [_open_task(place, outcome, task) for task in outcome.opened]
    for incident_id in outcome.incidents:
        tell_incident(session, incident_id=incident_id, business_key=outcome.business_key, now=now)
    if outcome.state is InstanceState.FAILED:
        tell_failure(session, outcome=outcome, case=case, now=now)
    return opened


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


def _follow_stages(session: Session, outcome: Outcome, case: Case, *, now: datetime) -> None:
    """Keep the line of stages: each call activity of the lifecycle is one stage of the year."""
    if outcome.process_key != LIFECYCLE:
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


def _open_task(place: Place, outcome: Outcome, opened: OpenedTask) -> Task:
    """Make the task with its deadline and tell those who may claim it."""
    session, now = place.session, place.now
    # A shape outside any lane is nobody's in particular; the administrator sees it and asks the designer.
    role = Role(opened.role or Role.ADMINISTRATOR)
    organisation = people.organisation_for(session, role=role, organisation_id=place.organisation.id)
    zone = place.organisation.time_zone
    task = tasks.open_task(
        session,
        new=NewTask(
            instance_id=outcome.instance_id,
            task_ref=opened.task_ref,
            process_key=opened.process_key,
            element_id=opened.element_id,
            title=opened.name,
            about=opened.about or "",
            properties=dict(opened.properties),
            form_id=_form_of(session, outcome, opened),
            business_key=outcome.business_key,
            role=role,
            organisation_id=organisation.id,
            due_on=_due_on(opened.due, zone, now),
        ),
        now=now,
    )
    if task.due_on is not None:
        ladder = _ladder(place.cycle, opened.process_key)
        deadlines.set_deadline(session, task=task, due_on=task.due_on, time_zone=zone, ladder=ladder, now=now)
    tell_candidates(session, task=task, actor_id=place.actor_id, now=now)
    return task


def _ladder(cycle: Cycle, process_key: str) -> list[RungPlan]:
    """Return the cycle's ladder; the steps of an escalation are not escalated again, its diagram does that."""
    plans = [RungPlan(RungKind(rung["kind"]), int(rung["offset_days"])) for rung in cycle.ladder]
    return [plan for plan in plans if process_key != "escalate" or plan.kind is not RungKind.ESCALATE]


def _form_of(session: Session, outcome: Outcome, opened: OpenedTask) -> int | None:
    """Return the form version that was deployed with the running version of the process, else the newest."""
    key = opened.properties.get("form")
    if not key:
        return None
    instance = instance_queries.get_instance(session, instance_id=outcome.instance_id)
    top = definitions.get_definition_by_id(session, instance.definition_id)
    running = definitions.called_version(session, top, key=opened.process_key)
    if running is not None and key in running.resources:
        return int(running.resources[key])
    newest = forms.latest(session, key=key)
    return newest.id if newest is not None else None


def _due_on(due: date | datetime | timedelta | None, zone: str, now: datetime) -> date | None:
    """Turn what the diagram says into the last local day; a duration counts whole days from today."""
    if isinstance(due, timedelta):
        return now.astimezone(ZoneInfo(zone)).date() + timedelta(days=due.days)
    if isinstance(due, datetime):
        return due.astimezone(ZoneInfo(zone)).date()
    return due
