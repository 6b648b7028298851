"""What is the case in a scenario at one moment: where its instances stand, what they did, what they hold."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.instances import queries
from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState
from app.engine.instances.outcome import Reached
from app.engine.instances.queries import read_workflow
from app.engine.instances.settle import before
from app.engine.spiff.workflow import is_token, process_key_of


@dataclass(frozen=True)
class Place:
    """A task of an instance."""

    instance_id: int
    task_ref: str
    process_key: str
    element_id: str
    operation: str = ""


@dataclass(frozen=True)
class Standing:
    """What instances wait for: people, results of service tasks, events."""

    open: tuple[Place, ...] = ()
    calls: tuple[Place, ...] = ()
    waiting: tuple[Place, ...] = ()

    def __str__(self) -> str:
        parts = [
            f"{word} {', '.join(place.element_id for place in places)}"
            for word, places in (("open:", self.open), ("calls:", self.calls), ("waiting:", self.waiting))
            if places
        ]
        return "; ".join(parts) or "nothing waits"


@dataclass(frozen=True)
class Facts:
    """What a scenario is compared with.

    Attributes:
        state: of the first instance; None before there is one.
        reached: ids of the elements that were reached, in order, over all instances.
        instances: how many of each process were started, called ones included.
    """

    state: str | None
    data: Mapping[str, Any]
    reached: tuple[str, ...]
    standing: Standing
    incidents: tuple[Mapping[str, str], ...]
    instances: Mapping[str, int]
    at: datetime


def is_reached(step: Reached) -> bool:
    """Whether the step says that its element was reached.

    A token enters a task or an event; a start or boundary event is reached when it happens, a gateway when it opens.
    """
    happens = step.element_type in ("startEvent", "boundaryEvent") or step.element_type.endswith("Gateway")
    return step.event == ("completed" if happens else "entered")


def instances(session: Session) -> list[Instance]:
    """Return all instances of the scenario, the first one first."""
    return list(session.scalars(select(Instance).order_by(Instance.id)))


def standing(session: Session) -> Standing:
    """Return what all instances wait for, each kind in the order in which it opened."""
    found: tuple[list[Place], list[Place], list[Place]] = ([], [], [])
    for row in instances(session):
        if row.state == InstanceState.RUNNING:
            for kept, new in zip(found, _standing_of(session, row.id), strict=True):
                kept.extend(new)
    return Standing(*map(tuple, found))


def _standing_of(session: Session, instance_id: int) -> tuple[list[Place], list[Place], list[Place]]:
    workflow = read_workflow(session, instance_id)
    was = before(workflow)
    open_tasks, calls, waiting = [], [], []
    for number, task in sorted(workflow.index.live.items()):
        spec = task.task_spec
        place = Place(
            instance_id, str(number), process_key_of(task), getattr(spec, "bpmn_id", ""), getattr(spec, "operation", "")
        )
        if number in was.open_tasks:
            open_tasks.append(place)
        elif number in was.calls:
            calls.append(place)
        elif is_token(task) and getattr(spec, "element_type", None):
            waiting.append(place)
    return open_tasks, calls, waiting


def open_incidents(session: Session) -> list[Incident]:
    """Return the incidents that nobody has resolved, the oldest first."""
    return list(session.scalars(select(Incident).where(Incident.state == IncidentState.OPEN).order_by(Incident.id)))


def data_of(session: Session, instance_id: int) -> dict[str, Any]:
    """Return the data of an instance, also when it has ended."""
    return queries.instance_data(session, instance_id=instance_id)


def count_instances(
    rows: Iterable[Instance], trace: Iterable[Reached], called: Mapping[tuple[str, str], str]
) -> dict[str, int]:
    """Return how many instances of each process there were; what a call activity runs counts as one."""
    numbers = Counter(row.process_key for row in rows)
    for step in trace:
        key = called.get((step.process_key, step.element_id))
        if key is not None and step.event == "entered":
            numbers[key] += 1
    return dict(numbers)


def gather(
    session: Session,
    trace: Iterable[Reached],
    called: Mapping[tuple[str, str], str],
    at: datetime,
    about: Instance | None = None,
) -> Facts:
    """Return what is the case now; state and data are those of `about`, or of the first instance."""
    rows = instances(session)
    first = about or (rows[0] if rows else None)
    steps = tuple(trace)
    return Facts(
        state=None if first is None else first.state.value,
        data={} if first is None else data_of(session, first.id),
        reached=tuple(step.element_id for step in steps if is_reached(step)),
        standing=standing(session),
        incidents=tuple(
            {"element": incident.element_id, "message": incident.message, "detail": incident.detail}
            for incident in open_incidents(session)
        ),
        instances=count_instances(rows, steps, called),
        at=at,
    )
