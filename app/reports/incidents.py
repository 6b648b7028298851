"""Incidents with what they stop, and how the installation is: for the administrator."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, select
from sqlalchemy.orm import Session, joinedload

from app.engine.calls.models import CallState, ServiceCall
from app.engine.calls.queries import find_call
from app.engine.definitions.models import ProcessDefinition
from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState
from app.engine.starts.models import StartTimer, StartTimerState
from app.engine.timers.models import MAX_ATTEMPTS, Timer, TimerState
from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.kernel.lists import PAGE_SIZE, Page, page_number
from app.programme.cycles.models import Case, Cycle
from app.studio.queries import shapes_of
from app.work.deadlines.models import Rung, RungState
from app.work.notifications.models import Mail, MailState
from app.work.people.models import Organisation


class IncidentNotFound(NotFound):
    """There is no such incident, or it is in another region."""


@dataclass(frozen=True)
class IncidentLine:
    """An incident with what it stops.

    Attributes:
        place: the school, or the region for what is about a whole cycle.
        call: the service task's row, where one was looked for and the step is one.
        process: the process and step by their names in the diagram; name_en where the designer gave one.
    """

    incident: Incident
    instance: Instance
    cycle: Cycle
    case: Case | None
    place: str
    process: str
    process_en: str
    step: str
    step_en: str
    call: ServiceCall | None = None


@dataclass(frozen=True)
class Health:
    """How the installation is.

    Attributes:
        late_timers: timers, reminders and calls that should have been acted on by now: the ticker does not run.
        failed_mails: mails that were given up.
    """

    running: int
    open_incidents: int
    late_timers: int
    oldest_late: datetime | None
    waiting_mails: int
    failed_mails: int
    last_mail_error: str
    processes: int


def incidents(
    session: Session, *, region_ids: Collection[int], resolved: bool = False, page: int = 1
) -> Page[IncidentLine]:
    """Return a page of the regions' incidents: open ones, the oldest first, or resolved ones, the newest first."""
    state = IncidentState.RESOLVED if resolved else IncidentState.OPEN
    wanted = _in_regions(region_ids).where(Incident.state == state)
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Incident.id).subquery())) or 0
    number = page_number(page, total=total)
    order = Incident.resolved_at.desc() if resolved else Incident.opened_at
    rows = session.execute(wanted.order_by(order, Incident.id).offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE))
    return Page([_line(session, incident, run, cycle) for incident, run, cycle in rows.all()], number, total)


def get_incident(session: Session, *, incident_id: int, region_ids: Collection[int]) -> IncidentLine:
    """Return one incident of the regions.

    Raises:
        IncidentNotFound: there is none.
    """
    row = session.execute(_in_regions(region_ids).where(Incident.id == incident_id)).one_or_none()
    if row is None:
        raise IncidentNotFound(_("There is no such incident."))
    incident, instance, cycle = row
    call = find_call(session, instance_id=incident.instance_id, task_ref=incident.task_ref)
    return replace(_line(session, incident, instance, cycle), call=call)


def health(session: Session, *, now: datetime, late_before: datetime) -> Health:
    """Look at what waits: the rows tell whether ticker and mail work.

    Args:
        session: the caller's session.
        now: the program's time.
        late_before: what was due before this instant should have been done.
    """
    late = [
        session.execute(select(func.count(), func.min(due, type_=due.type)).where(waits, due < late_before)).one()
        for due, waits in (
            (Timer.due_at, (Timer.state == TimerState.WAITING) & (Timer.attempts < MAX_ATTEMPTS)),
            (Rung.due_at, Rung.state == RungState.WAITING),
            (StartTimer.due_at, StartTimer.state == StartTimerState.WAITING),
            (ServiceCall.next_attempt_at, ServiceCall.state == CallState.WAITING),
        )
    ]
    mails = {row[0]: row[1] for row in session.execute(select(Mail.state, func.count()).group_by(Mail.state))}
    error = select(Mail.last_error).where(Mail.last_error != "").order_by(Mail.id.desc()).limit(1)
    return Health(
        running=_count(session, select(Instance.id).where(Instance.state == InstanceState.RUNNING)),
        open_incidents=_count(session, select(Incident.id).where(Incident.state == IncidentState.OPEN)),
        late_timers=sum(number for number, _oldest in late),
        oldest_late=min((oldest for number, oldest in late if number), default=None),
        waiting_mails=mails.get(MailState.PENDING, 0),
        failed_mails=mails.get(MailState.FAILED, 0),
        last_mail_error=session.scalar(error) or "",
        processes=_count(session, select(ProcessDefinition.key).distinct()),
    )


def case_titles(session: Session, *, business_keys: Collection[str]) -> Mapping[str, str]:
    """Return what the business keys speak of: the school of a case, the title of a cycle."""
    titles: dict[str, str] = {}
    for kind, wanted in (
        ("case", select(Case.id, Organisation.name).join(Organisation, Organisation.id == Case.school_id)),
        ("cycle", select(Cycle.id, Cycle.title)),
    ):
        ids = [int(key.partition(":")[2]) for key in business_keys if key.startswith(f"{kind}:")]
        column = Case.id if kind == "case" else Cycle.id
        titles |= {f"{kind}:{id_}": name for id_, name in session.execute(wanted.where(column.in_(ids)))}
    return titles


def _in_regions(region_ids: Collection[int]) -> Select[Incident, Instance, Cycle]:
    """Return the select of incidents with instance and cycle; the scope of an instance names its cycle."""
    scope: ColumnElement[str] = literal("cycle:") + cast(Cycle.id, String)
    return (
        select(Incident, Instance, Cycle)
        .join(Instance, Instance.id == Incident.instance_id)
        .join(Cycle, scope == Instance.scope_key)
        .where(Cycle.region_id.in_(region_ids))
        .options(joinedload(Cycle.region))
    )


def _line(session: Session, incident: Incident, instance: Instance, cycle: Cycle) -> IncidentLine:
    case = _case_of(session, instance)
    definition = _definition_of(session, incident, instance)
    shapes = shapes_of(definition) if definition is not None else {}
    process, step = shapes.get(incident.process_key), shapes.get(incident.element_id)
    return IncidentLine(
        incident=incident,
        instance=instance,
        cycle=cycle,
        case=case,
        place=case.school.name if case is not None else cycle.region.name,
        process=process.name if process else incident.process_key,
        process_en=process.name_en if process else "",
        step=step.name if step else incident.element_id,
        step_en=step.name_en if step else "",
    )


def _case_of(session: Session, instance: Instance) -> Case | None:
    kind, _sep, number = instance.business_key.partition(":")
    if kind != "case" or not number.isdecimal():
        return None
    return session.get(Case, int(number), options=[joinedload(Case.school).joinedload(Organisation.parent)])


def _definition_of(session: Session, incident: Incident, instance: Instance) -> ProcessDefinition | None:
    """Return the version whose diagram holds the step: the instance's own, or the newest of a called process."""
    if incident.process_key == instance.process_key:
        return session.get(ProcessDefinition, instance.definition_id)
    return session.scalar(
        select(ProcessDefinition)
        .where(ProcessDefinition.key == incident.process_key)
        .order_by(ProcessDefinition.version.desc())
        .limit(1)
    )


def _count(session: Session, rows: Select[int] | Select[str]) -> int:
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def open_again(session: Session, *, incident: Incident) -> int | None:
    """Return the open incident at the same step of the same instance, the newest one, or None."""
    same = (Incident.instance_id == incident.instance_id) & (Incident.element_id == incident.element_id)
    wanted = select(Incident.id).where(same, Incident.state == IncidentState.OPEN)
    return session.scalar(wanted.order_by(Incident.id.desc()).limit(1))
