"""What people and time do to processes: each act is one call of the engine, carried out to its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.engine.events import operations as events
from app.engine.instances import operations as instances
from app.engine.instances import queries as instance_queries
from app.engine.instances.models import InstanceState
from app.kernel.errors import Conflict, NotAllowed
from app.kernel.i18n import _
from app.programme.consultations.operations import Question
from app.programme.cycles import operations as cycles
from app.programme.cycles import queries as cycle_queries
from app.programme.cycles.models import Case, Cycle, CycleState
from app.programme.processes.carry_out import carry_out
from app.programme.processes.checks import check_before_completing
from app.programme.processes.data import data_of
from app.programme.processes.escalate import start_escalation
from app.work.deadlines import operations as deadlines
from app.work.deadlines.models import DeadlineState, RungKind
from app.work.forms import operations as forms
from app.work.forms.operations import Answered
from app.work.history.operations import record
from app.work.people.roles import Actor, Role
from app.work.tasks import operations as tasks
from app.work.tasks import queries as task_queries
from app.work.tasks.desk import Desk
from app.work.tasks.models import Task, TaskState
from app.work.tasks.rules import TaskAlreadyDone


class CannotTakeBack(Conflict):
    """The package has been opened or decided on; it can no longer be taken back."""


class NotYourCase(NotAllowed):
    """The act belongs to another role."""


@dataclass(frozen=True)
class Completion:
    """One person's completion of one task.

    Attributes:
        task_id: the task.
        answers: clean answers of its form, JSON values by field key.
        command_key: made when the page was rendered; the same key twice is one completion.
    """

    task_id: int
    answers: Mapping[str, Any]
    command_key: str


def start_process(
    session: Session,
    *,
    process_key: str,
    about: Cycle | Case,
    data: Mapping[str, Any],
    actor_id: int | None,
    now: datetime,
) -> int:
    """Start a process about a cycle or a case and return the instance's id."""
    cycle = about if isinstance(about, Cycle) else about.cycle
    place = about.region if isinstance(about, Cycle) else about.school
    outcome = instances.start(
        session,
        process_key=process_key,
        data=data,
        business_key=about.business_key,
        scope_key=cycle.business_key,
        time_zone=place.time_zone,
        now=now,
    )
    carry_out(session, [outcome], actor_id=actor_id, now=now)
    return outcome.instance_id


def complete_task(session: Session, *, completion: Completion, actor: Actor, now: datetime) -> list[int]:
    """Complete a task with its answers and move the process on.

    The same command twice does nothing the second time.

    Returns:
        Ids of the tasks that the completion opened: whose turn it is now.

    Raises:
        TaskNotFound, NotACandidate, TaskAlreadyDone: see the rooms of tasks.
        Invalid: a rule of the programme forbids it now: an open obstacle, a new date in the past.
    """
    desk = task_queries.visible_desk(session, task_id=completion.task_id, actor=actor)
    if desk.ended_at is not None and _was_sent(session, completion, actor):
        return []
    check_before_completing(session, task=desk, actor=actor, answers=completion.answers, now=now)
    # Timers and cancellations lock the instance before its tasks; so does a person, or both would wait for ever.
    instances.lock(session, instance_id=desk.instance_id)
    try:
        tasks.finish(session, task=desk, actor=actor, now=now)
    except TaskAlreadyDone:
        # A double click, of which the other half was quicker.
        if _was_sent(session, completion, actor):
            return []
        raise
    answered = Answered(desk.id, desk.business_key, completion.answers, desk.form_id, completion.command_key)
    forms.store(session, answered=answered, actor=actor, now=now)
    _meet_deadline(session, desk, now=now)
    outcome = instances.complete_task(
        session, instance_id=desk.instance_id, task_ref=desk.task_ref, data=completion.answers, now=now
    )
    return carry_out(session, [outcome], actor_id=actor.person_id, now=now)


def _was_sent(session: Session, completion: Completion, actor: Actor) -> bool:
    """Say whether this very command was carried out before: a double click, or a reply that got lost."""
    earlier = forms.repeated(
        session,
        task_id=completion.task_id,
        actor=actor,
        answers=completion.answers,
        command_key=completion.command_key,
    )
    return earlier is not None


def _meet_deadline(session: Session, task: Desk, *, now: datetime) -> None:
    """End the task's deadline, and with it the escalation that it may have started."""
    ended = deadlines.end(session, task=task, state=DeadlineState.MET, now=now)
    if ended is None or not ended.escalated:
        return
    cycle, _case = cycle_queries.about(session, task.business_key)
    outcomes = events.deliver_message(
        session,
        name="deadline_met",
        correlation=f"task:{task.id}",
        payload={},
        business_key=task.business_key,
        scope_key=cycle.business_key,
        now=now,
    )
    carry_out(session, outcomes, actor_id=None, now=now)


def advance_timer(session: Session, *, timer_id: int, now: datetime) -> bool:
    """Fire a timer of a diagram; False when it has fired or was cancelled before."""
    outcome = instances.fire_timer(session, timer_id=timer_id, now=now)
    if outcome is None:
        return False
    carry_out(session, [outcome], actor_id=None, now=now)
    return True


def climb_rung(session: Session, *, rung_id: int, now: datetime) -> bool:
    """Fire a rung of a ladder; an escalation starts the process `escalate`. False when it had fired before."""
    fired = deadlines.fire_rung(session, rung_id=rung_id, now=now)
    if fired is None:
        return False
    if fired.kind is RungKind.ESCALATE:
        carry_out(session, start_escalation(session, task=fired.task, now=now), actor_id=None, now=now)
    return True


def ask_consultation(session: Session, *, case: Case, asked: Question, actor: Actor, now: datetime) -> None:
    """Start the process `consult` for a school's question."""
    outcomes = events.deliver_message(
        session,
        name="consultation_requested",
        correlation=case.business_key,
        payload={**data_of(case), "consultation": {**vars(asked), "source": "page"}},
        business_key=case.business_key,
        scope_key=case.cycle.business_key,
        now=now,
    )
    carry_out(session, outcomes, actor_id=actor.person_id, now=now)


def can_recall(session: Session, *, case: Case) -> bool:
    """Say whether the sent package lies unopened with the curator."""
    return _unopened_package(session, case) is not None


def recall_package(session: Session, *, case: Case, actor: Actor, now: datetime) -> None:
    """Take the package back from the curator, who has not looked at it yet.

    Raises:
        NotYourCase: the actor is not of the school.
        CannotTakeBack: the curator has opened the package, or has decided.
    """
    if not (actor.holds(Role.SCHOOL_TEAM, case.school_id) or actor.holds(Role.PRINCIPAL, case.school_id)):
        raise NotYourCase(_("Only the school can take its package back."))
    if _unopened_package(session, case) is None:
        raise CannotTakeBack(_("The curator has already opened the package; ask for it to be returned."))
    outcomes = events.deliver_message(
        session,
        name="package_recalled",
        correlation=case.business_key,
        payload={},
        business_key=case.business_key,
        scope_key=case.cycle.business_key,
        now=now,
    )
    record(
        session,
        at=now,
        person_id=actor.person_id,
        action="package.recalled",
        subject=("case", case.id),
        business_key=case.business_key,
    )
    carry_out(session, outcomes, actor_id=actor.person_id, now=now)


def _unopened_package(session: Session, case: Case) -> Task | None:
    """Return the curator's task about the package if it is open and nobody has looked at it."""
    for task in task_queries.tasks_of_case(session, business_key=case.business_key):
        waits = task.state is TaskState.OPEN and task.opened_first_at is None
        if waits and (task.process_key, task.element_id) == ("approve", "confirm_package"):
            return task
    return None


def cancel_cycle(session: Session, *, cycle: Cycle, reason: str, actor: Actor, now: datetime) -> None:
    """Cancel the cycle: the signal ends every school's year, whatever else runs in it is cancelled.

    Raises:
        CycleMovedOn: the cycle has ended already.
    """
    cycles.end_cycle(session, cycle=cycle, state=CycleState.CANCELLED, actor_id=actor.person_id, now=now)
    record(
        session,
        at=now,
        person_id=actor.person_id,
        action="cycle.cancel_reason_given",
        subject=("cycle", cycle.id),
        business_key=cycle.business_key,
        reason=reason,
    )
    outcomes = events.broadcast_signal(session, name="cycle_cancelled", scope_key=cycle.business_key, now=now)
    carry_out(session, outcomes, actor_id=actor.person_id, now=now)
    for instance in instance_queries.instances_in(session, scope_key=cycle.business_key):
        if instance.state is InstanceState.RUNNING:
            outcome = instances.cancel(session, instance_id=instance.id, now=now)
            carry_out(session, [outcome], actor_id=actor.person_id, now=now)


def retry_incident(session: Session, *, incident_id: int, actor: Actor, now: datetime) -> None:
    """Try again what failed; it either goes on or fails again with a new incident."""
    outcome = instances.retry_incident(session, incident_id=incident_id, now=now)
    record(
        session,
        at=now,
        person_id=actor.person_id,
        action="incident.retried",
        subject=("incident", incident_id),
        business_key=outcome.business_key,
    )
    carry_out(session, [outcome], actor_id=actor.person_id, now=now)


def give_up_incident(session: Session, *, incident_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """End the process of an incident that cannot be mended; it has failed then, and everybody concerned is told."""
    outcome = instances.give_up(session, incident_id=incident_id, now=now)
    record(
        session,
        at=now,
        person_id=actor.person_id,
        action="incident.given_up",
        subject=("incident", incident_id),
        business_key=outcome.business_key,
        reason=reason,
    )
    carry_out(session, [outcome], actor_id=actor.person_id, now=now)
