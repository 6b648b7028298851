"""Who is told of what: new tasks, incidents, and what a diagram asks to be said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.engine.instances.outcome import Outcome
from app.kernel.days import local_date
from app.programme.cycles import queries as cycle_queries
from app.programme.processes.calls import Done, Work
from app.work.history.operations import record
from app.work.notifications import operations as notifications
from app.work.notifications import queries as notice_queries
from app.work.notifications.queries import Reader
from app.work.people import queries as people
from app.work.people.models import Organisation
from app.work.people.roles import LEVEL_OF_ROLE, Mandate, Role
from app.work.tasks.desk import Desk

OPENED = "task.opened"


@dataclass(frozen=True)
class Message:
    """What is said in the bell: the kind of sentence, its values, where it leads, which case it is about."""

    kind: str
    values: Mapping[str, str]
    link: str
    business_key: str


def tell_candidates(session: Session, *, tasks: Sequence[Desk], actor_id: int | None, now: datetime) -> None:
    """Tell those who may claim the tasks that they are there; the one who caused it is not told."""
    told: dict[Mandate, list[Reader]] = {}
    for task in tasks:
        if task.candidates not in told:
            today = local_date(now, task.organisation.time_zone)
            told[task.candidates] = notice_queries.readers(
                session,
                mandate=task.candidates,
                today=today,
                kind=OPENED,
                business_key=task.business_key,
                now=now,
            )
        values = {
            "title": task.title,
            "title_en": str(task.properties.get("name_en") or ""),
            "about": task.about,
            "about_en": str(task.properties.get("about_en_text") or ""),
        }
        for reader in told[task.candidates]:
            if reader.id != actor_id:
                link, key = f"/tasks/{task.id}", task.business_key
                notifications.tell(
                    session, reader=reader, kind=OPENED, values=values, link=link, business_key=key, now=now
                )
        # Of several tasks that open together only the first is mailed.
        told[task.candidates] = [replace(reader, was_told=True) for reader in told[task.candidates]]


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


def tell_failure(session: Session, *, outcome: Outcome, now: datetime) -> None:
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
    _cycle, case = cycle_queries.about(session, outcome.business_key)
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
