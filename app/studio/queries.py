"""Reading processes: what is in force, where their instances stand, which of them could not go on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Select, case, distinct, func, select
from sqlalchemy.orm import Session, undefer

from app.engine.definitions.documents import NotReadable
from app.engine.definitions.models import ProcessDefinition
from app.engine.definitions.queries import DefinitionNotFound, latest_definitions, versions
from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState, Step
from app.kernel.i18n import _
from app.kernel.lists import PAGE_SIZE, Page, page_number
from app.studio.diagrams import Shape, shapes
from app.studio.files import diagrams, forms

# Where an instance stands is shown at shapes that wait: not at what is only passed, nor at a frame around others.
_PASSING = ("sequenceFlow", "boundaryEvent", "process", "subProcess")


@dataclass(frozen=True)
class ProcessLine:
    """A process in force.

    Attributes:
        running: instances of any version that are under way; of a called process, instances that stand in it.
        incidents: open ones at its steps.
    """

    key: str
    name: str
    name_en: str
    version: int
    deployed_at: datetime
    running: int
    incidents: int


@dataclass(frozen=True)
class InstanceLine:
    """One run of a process."""

    id: int
    version: int
    business_key: str
    state: InstanceState
    started_at: datetime
    ended_at: datetime | None
    incidents: int


def process_list(session: Session) -> Sequence[ProcessLine]:
    """Return the processes in force, by name."""
    running = _standing(session)
    open_ones = select(Incident.process_key, func.count()).where(Incident.state == IncidentState.OPEN)
    incidents = {row[0]: row[1] for row in session.execute(open_ones.group_by(Incident.process_key))}
    lines = [
        ProcessLine(
            key=row.key,
            name=row.name,
            name_en=name_of(row).name_en,
            version=row.version,
            deployed_at=row.deployed_at,
            running=running.get(row.key, 0),
            incidents=incidents.get(row.key, 0),
        )
        for row in latest_definitions(session)
    ]
    return sorted(lines, key=lambda line: line.name)


def process_version(session: Session, *, key: str, version: int | None = None) -> ProcessDefinition:
    """Return one version of a process with its diagram, the newest if none is named.

    Raises:
        DefinitionNotFound: there is none.
    """
    wanted = select(ProcessDefinition).where(ProcessDefinition.key == key)
    if version is not None:
        wanted = wanted.where(ProcessDefinition.version == version)
    newest = wanted.order_by(ProcessDefinition.version.desc()).limit(1).options(undefer(ProcessDefinition.bpmn_xml))
    found = session.scalar(newest)
    if found is None:
        raise DefinitionNotFound(_("The process %(key)s is not deployed."), key=key)
    return found


def versions_of(session: Session, *, key: str) -> Sequence[ProcessDefinition]:
    """Return every version of a process, the newest first."""
    return versions(session, key=key)


def in_force_with(session: Session, *, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the diagrams in force, by file, that ask a form among the files and are not among the files themselves."""
    asked = set(forms(files))
    if not asked:
        return {}
    handed_in = {shape.id for content in diagrams(files).values() for shape in _readable(content)}
    found = {}
    for row in latest_definitions(session):
        uses = {shape.form for shape in shapes_of(row).values()}
        if row.key not in handed_in and uses & asked:
            found[row.file] = row.bpmn_xml.encode()
    return found


def _readable(content: bytes) -> tuple[Shape, ...]:
    """Return the processes of a file; of one that is no diagram, nothing: the check says so."""
    try:
        return tuple(shape for shape in shapes(content) if shape.kind == "process")
    except NotReadable:
        return ()


def shapes_of(definition: ProcessDefinition) -> Mapping[str, Shape]:
    """Return the shapes of a version by id."""
    return {shape.id: shape for shape in _shapes(definition.bpmn_xml)}


def name_of(definition: ProcessDefinition) -> Shape:
    """Return the process itself as a shape: its name, also in English."""
    return shapes_of(definition)[definition.key]


def tokens_on(
    session: Session, *, process_key: str, definition_id: int | None = None, business_key: str | None = None
) -> Mapping[str, int]:
    """Return how many tokens of running instances stand at which element.

    Args:
        session: the caller's session.
        process_key: the diagram that is looked at; instances that called it count too.
        definition_id: count only instances of this version; of called processes the caller's version is not known.
        business_key: count only instances about this.
    """
    wanted = _balances().where(Step.process_key == process_key)
    if definition_id is not None:
        wanted = wanted.where(Instance.definition_id == definition_id)
    if business_key is not None:
        wanted = wanted.where(Instance.business_key == business_key)
    counts: dict[str, int] = defaultdict(int)
    for row in session.execute(wanted):
        counts[row.element_id] += max(0, row.balance)
    return {element_id: number for element_id, number in counts.items() if number > 0}


def instances_page(
    session: Session, *, process_key: str, only_running: bool = False, page: int = 1
) -> Page[InstanceLine]:
    """Return a page of the instances that were started of a process, the newest first."""
    incidents = (
        select(Incident.instance_id, func.count().label("number"))
        .where(Incident.state == IncidentState.OPEN)
        .group_by(Incident.instance_id)
        .subquery()
    )
    wanted = (
        select(Instance, ProcessDefinition.version, func.coalesce(incidents.c.number, 0))
        .join(ProcessDefinition, ProcessDefinition.id == Instance.definition_id)
        .outerjoin(incidents, incidents.c.instance_id == Instance.id)
        .where(Instance.process_key == process_key)
    )
    if only_running:
        wanted = wanted.where(Instance.state == InstanceState.RUNNING)
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Instance.id).subquery())) or 0
    number = page_number(page, total=total)
    rows = session.execute(wanted.order_by(Instance.id.desc()).offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE))
    return Page([_line(row, version, count) for row, version, count in rows], number, total)


def processes_about(session: Session, *, business_key: str) -> Sequence[ProcessDefinition]:
    """Return the versions that the instances about something run by, with those they call, the callers first."""
    wanted = select(Instance.definition_id).where(Instance.business_key == business_key).order_by(Instance.id)
    pending = list(dict.fromkeys(session.scalars(wanted)))
    found: dict[str, ProcessDefinition] = {}
    while pending:
        row = session.get(ProcessDefinition, pending.pop(0), options=[undefer(ProcessDefinition.bpmn_xml)])
        if row is not None and row.key not in found:
            found[row.key] = row
            pending.extend(row.calls.values())
    return list(found.values())


def _line(row: Instance, version: int, incidents: int) -> InstanceLine:
    return InstanceLine(row.id, version, row.business_key, row.state, row.started_at, row.ended_at, incidents)


def _balances() -> Select[int, str, int]:
    """Return the select of entered minus left, for each element of each running instance."""
    change = case((Step.event == "entered", 1), else_=-1)
    return (
        select(Step.instance_id, Step.element_id, func.sum(change).label("balance"))
        .join(Instance, Instance.id == Step.instance_id)
        .where(Instance.state == InstanceState.RUNNING, Step.element_type.not_in(_PASSING))
        .group_by(Step.instance_id, Step.element_id)
    )


def _standing(session: Session) -> Mapping[str, int]:
    """Return how many running instances stand in which process, called or started."""
    change = case((Step.event == "entered", 1), else_=-1)
    # By element, as the page of a process counts: what left one element twice must not hide what stands at another.
    inside = (
        _balances().add_columns(Step.process_key).group_by(Step.process_key).having(func.sum(change) > 0).subquery()
    )
    rows = session.execute(
        select(inside.c.process_key, func.count(distinct(inside.c.instance_id))).group_by(inside.c.process_key)
    )
    return {row[0]: row[1] for row in rows}


@lru_cache(maxsize=64)
def _shapes(bpmn_xml: str) -> tuple[Shape, ...]:
    return shapes(bpmn_xml.encode())
