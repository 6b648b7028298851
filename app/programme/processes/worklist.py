"""Opens the tasks that an outcome asks for, all together: where they are done, with their deadlines, told to people."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.engine.instances import queries as instance_queries
from app.engine.instances.outcome import OpenedTask, Outcome
from app.programme.cycles import queries as cycle_queries
from app.programme.cycles.queries import Standing
from app.programme.processes.notices import tell_candidates
from app.work.deadlines import operations as deadlines
from app.work.deadlines.models import RungKind
from app.work.deadlines.rules import RungPlan
from app.work.forms import queries as forms
from app.work.people.roles import Role
from app.work.tasks import opening as tasks
from app.work.tasks.desk import Desk, DeskPlace
from app.work.tasks.opening import NewTask


def open_tasks(session: Session, outcome: Outcome, *, actor_id: int | None, now: datetime) -> list[Desk]:
    """Make the tasks with their deadlines and tell those who may claim them."""
    standing = cycle_queries.standing(session, outcome.business_key)
    new = [_new_task(session, outcome, opened, standing, now) for opened in outcome.opened]
    desks = tasks.open_tasks(session, new=new, now=now)
    zone = standing.places[0].time_zone
    for desk in desks:
        if desk.due_on is not None:
            ladder = _ladder(standing.ladder, desk.process_key)
            deadlines.promise(session, task=desk, due_on=desk.due_on, time_zone=zone, ladder=ladder, now=now)
    tell_candidates(session, tasks=desks, actor_id=actor_id, now=now)
    return desks


def _new_task(
    session: Session, outcome: Outcome, opened: OpenedTask, standing: Standing, now: datetime
) -> tuple[NewTask, DeskPlace]:
    # A shape outside any lane is nobody's in particular; the administrator sees it and asks the designer.
    role = Role(opened.role or Role.ADMINISTRATOR)
    place = standing.place_for(role)
    new = NewTask(
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
        organisation_id=place.id,
        due_on=_due_on(opened.due, standing.places[0].time_zone, now),
    )
    return new, DeskPlace(place.id, place.name, place.time_zone)


def _ladder(ladder: Sequence[Mapping[str, Any]], process_key: str) -> list[RungPlan]:
    """Return the cycle's ladder; the steps of an escalation are not escalated again, its diagram does that."""
    plans = [RungPlan(RungKind(rung["kind"]), int(rung["offset_days"])) for rung in ladder]
    return [plan for plan in plans if process_key != "escalate" or plan.kind is not RungKind.ESCALATE]


def _form_of(session: Session, outcome: Outcome, opened: OpenedTask) -> int | None:
    """Return the form version that was deployed with the running version of the process, else the newest."""
    key = opened.properties.get("form")
    if not key:
        return None
    deployed = instance_queries.resource_of(
        session, instance_id=outcome.instance_id, process_key=opened.process_key, name=key
    )
    return forms.latest_id(session, key=key) if deployed is None else int(deployed)


def _due_on(due: date | datetime | timedelta | None, zone: str, now: datetime) -> date | None:
    """Turn what the diagram says into the last local day; a duration counts whole days from today."""
    if isinstance(due, timedelta):
        return now.astimezone(ZoneInfo(zone)).date() + timedelta(days=due.days)
    if isinstance(due, datetime):
        return due.astimezone(ZoneInfo(zone)).date()
    return due
