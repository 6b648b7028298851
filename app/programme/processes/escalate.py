"""Handlers of `escalate`: a deadline passed and the next role up the ladder is asked."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from app.engine.events import operations as events
from app.engine.instances.outcome import Outcome
from app.programme.cycles import operations as cycles
from app.programme.cycles import queries as cycle_queries
from app.programme.processes.calls import Done, Work
from app.programme.processes.data import data_of, id_of
from app.work.deadlines import operations as deadlines
from app.work.history.operations import record
from app.work.people.roles import Role
from app.work.tasks import queries as task_queries
from app.work.tasks.models import Task


def start_escalation(session: Session, *, task: Task, now: datetime) -> tuple[Outcome, ...]:
    """Start `escalate` for a task whose deadline passed, except the region's own: nobody is above it."""
    cycle, case = cycle_queries.about(session, task.business_key)
    if case is None or task.candidate_role is Role.REGIONAL_COORDINATOR:
        return ()
    late = {
        "task_id": task.id,
        "title": f"{task.title}. {task.about}" if task.about else task.title,
        "role": task.candidate_role.value,
        "due_on": task.due_on.isoformat() if task.due_on else None,
    }
    return events.deliver_message(
        session,
        name="deadline_missed",
        correlation=f"task:{task.id}",
        payload={**data_of(case), "escalated": late},
        business_key=case.business_key,
        scope_key=cycle.business_key,
        now=now,
    )


def note_escalation(work: Work) -> Done:
    """Write into the history that help was called, and hand the late task to the forms."""
    late = work.data["escalated"]
    _record(work, "escalation.started", title=late["title"], due_on=late["due_on"])
    return Done(
        {
            "escalation_id": work.parameters["task_id"],
            "late_title": late["title"],
            "late_role": late["role"],
            "late_due_on": late["due_on"],
        }
    )


def put_on_red_list(work: Work) -> Done:
    """Show the case on the region's red list."""
    why = str(work.data["escalated"]["title"])
    cycles.put_on_red_list(work.session, case=work.school_case, now=work.now, why=why)
    return Done()


def move_deadline(work: Work) -> Done:
    """Move the late task's deadline; the history keeps old, new, who and why."""
    task = task_queries.get_task(work.session, task_id=id_of(work.parameters["task_id"]))
    new_due_on = date.fromisoformat(work.parameters["new_due_on"])
    reason = str(work.parameters.get("reason") or "")
    if task.ended_at is None:
        deadlines.move(
            work.session, task_id=task.id, due_on=new_due_on, reason=reason, actor_id=work.actor_id, now=work.now
        )
    return Done()


def close_escalation(work: Work) -> Done:
    """End the escalation; what is done at last comes off the red list."""
    if work.parameters["outcome"] == "met":
        cycles.take_off_red_list(work.session, case=work.school_case, now=work.now)
    _record(work, "escalation.closed", outcome=work.parameters["outcome"])
    return Done()


def _record(work: Work, action: str, **detail: object) -> None:
    """Add a line about the escalated task to the case's history."""
    record(
        work.session,
        at=work.now,
        person_id=work.actor_id,
        action=action,
        subject=("task", id_of(work.parameters["task_id"])),
        business_key=work.school_case.business_key,
        **detail,
    )


HANDLERS = {
    "note_escalation": note_escalation,
    "put_on_red_list": put_on_red_list,
    "move_deadline": move_deadline,
    "close_escalation": close_escalation,
}
