"""Who is told of what: new tasks, incidents, and what a diagram asks to be said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.engine.instances.outcome import Outcome
from app.programme.cycles.models import Case
from app.programme.processes.calls import Done, Work
from app.work.history.operations import record
from app.work.notifications import operations as notifications
from app.work.people import queries as people
from app.work.people.models import Organisation
from app.work.people.roles import LEVEL_OF_ROLE, Mandate, Role
from app.work.tasks.models import Task


@dataclass(frozen=True)
class Message:
    """What is said in the bell: the kind of sentence, its values, where it leads, which case it is about."""

    kind: str
    values: Mapping[str, str]
    link: str
    business_key: str


def tell_candidates(session: Session, *, task: Task, actor_id: int | None, now: datetime) -> None:
    """Tell those who may claim the task that it is there; the one who caused it is not told."""
    message = Message(
        kind="task.opened",
        values={
            "title": task.title,
            "title_en": str(task.properties.get("name_en") or ""),
            "about": task.about,
            "about_en": str(task.properties.get("about_en_text") or ""),
        },
        link=f"/tasks/{task.id}",
        business_key=task.business_key,
    )
    _tell(session, task.candidates, task.organisation, message, actor_id=actor_id, now=now)


def tell_role(session: Session, *, role: Role, place_id: int, message: Message, now: datetime) -> None:
    """Tell everyone who holds `role` for the place."""
    organisation = people.organisation_for(session, role=role, organisation_id=place_id)
    _tell(session, Mandate(role, organisation.id), organisation, message, actor_id=None, now=now)


def notify(work: Work) -> Done:
    """Tell a role what the diagram says; the text stands in the diagram, in both languages."""
    case = work.school_case
    texts = {name: str(work.parameters.get(name) or "") for name in ("subject", "subject_en", "text", "text_en")}
    message = Message(kind="process.notice", values=texts, link=f"/cases/{case.id}", business_key=case.business_key)
    role = Role(str(work.parameters["role"]))
    tell_role(work.session, role=role, place_id=case.school_id, message=message, now=work.now)
    return Done()


def tell_incident(session: Session, *, incident_id: int, business_key: str, now: datetime) -> None:
    """Tell the administrators that an instance could not go on."""
    message = Message(kind="incident.opened", values={}, link=f"/incidents/{incident_id}", business_key=business_key)
    for region in people.organisations(session, level=LEVEL_OF_ROLE[Role.ADMINISTRATOR]):
        _tell(session, Mandate(Role.ADMINISTRATOR, region.id), region, message, actor_id=None, now=now)


def tell_failure(session: Session, *, outcome: Outcome, case: Case | None, now: datetime) -> None:
    """Write down that a process has ended because of an error that nothing caught, and tell who can help.

    That is the regional coordinator, for whom the school's work has stopped, and the administrators.
    """
    record(
        session,
        at=now,
        person_id=None,
        action="process.failed",
        subject=("instance", outcome.instance_id),
        business_key=outcome.business_key,
        process=outcome.process_key,
        reason=outcome.failure,
    )
    link = f"/cases/{case.id}" if case is not None else "/incidents"
    values = {"process": outcome.process_key, "reason": outcome.failure}
    message = Message(kind="process.failed", values=values, link=link, business_key=outcome.business_key)
    if case is not None:
        tell_role(session, role=Role.REGIONAL_COORDINATOR, place_id=case.school_id, message=message, now=now)
    for region in people.organisations(session, level=LEVEL_OF_ROLE[Role.ADMINISTRATOR]):
        _tell(session, Mandate(Role.ADMINISTRATOR, region.id), region, message, actor_id=None, now=now)


def _tell(
    session: Session,
    mandate: Mandate,
    organisation: Organisation,
    message: Message,
    *,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Put the message into the bell of everyone who holds the mandate today, but not of who acted."""
    today = now.astimezone(ZoneInfo(organisation.time_zone)).date()
    for person in people.holders(session, mandate=mandate, today=today):
        if person.id != actor_id:
            notifications.notify(
                session,
                person=person,
                kind=message.kind,
                values=dict(message.values),
                link=message.link,
                business_key=message.business_key,
                now=now,
            )
