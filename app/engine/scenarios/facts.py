"""What is the case in a scenario at one moment: where its instances stand, what they did, what they hold."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState
from app.engine.instances.outcome import Reached
from app.engine.instances.queries import read_workflow
from app.engine.instances.reporting import is_call, is_open
from app.engine.spiff.tokens import FRAME, HELD, is_token, process_key_of
from app.engine.spiff.workflow import LiveWorkflow

_WORDS = ("open:", "calls:", "waiting:", "for other branches:")

# A step of an instance, and its number.
Trace = Sequence[tuple[int, Reached]]


@dataclass(frozen=True)
class Place:
    """A task of an instance.

    Attributes:
        index: which turn of the innermost loop or multi-instance around it this is, from 1; 0 where there is none.
    """

    instance_id: int
    task_ref: str
    process_key: str
    element_id: str
    operation: str = ""
    index: int = 0


@dataclass(frozen=True)
class Standing:
    """What instances wait for: people, results of service tasks, events, other branches."""

    open: tuple[Place, ...] = ()
    calls: tuple[Place, ...] = ()
    waiting: tuple[Place, ...] = ()
    joins: tuple[Place, ...] = ()

    def __str__(self) -> str:
        parts = [
            f"{word} {', '.join(place.element_id for place in places)}"
            for word, places in zip(_WORDS, (self.open, self.calls, self.waiting, self.joins), strict=True)
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


def reached(trace: Trace) -> tuple[str, ...]:
    """Return the elements that were reached, in order, each as often as it was.

    What a token can stand at is entered and then completed; of the rest it is only told that it happened.
    """
    entered: Counter[tuple[int, str, str]] = Counter()
    found = []
    for instance_id, step in trace:
        place = (instance_id, step.process_key, step.element_id)
        if step.event == "entered":
            entered[place] += 1
        elif entered[place]:
            entered[place] -= 1
            continue
        if step.event != "cancelled":
            found.append(step.element_id)
    return tuple(found)


def instances(session: Session) -> list[Instance]:
    """Return all instances of the scenario, the first one first."""
    return list(session.scalars(select(Instance).order_by(Instance.id)))


def standing(session: Session) -> Standing:
    """Return what all instances wait for, each kind in the order in which it began."""
    return _standing(_running(session, instances(session)))


def _running(session: Session, rows: Iterable[Instance]) -> dict[int, LiveWorkflow]:
    return {row.id: read_workflow(session, row.id) for row in rows if row.state == InstanceState.RUNNING}


def _standing(workflows: Mapping[int, LiveWorkflow]) -> Standing:
    found: dict[str, list[Place]] = {"open": [], "calls": [], "waiting": [], "joins": []}
    for instance_id, workflow in workflows.items():
        for _number, task in sorted(workflow.index.tasks.items()):
            kind = _kind(task)
            if kind:
                found[kind].append(_place(instance_id, task))
    return Standing(**{kind: tuple(places) for kind, places in found.items()})


def _kind(task: Any) -> str:
    if is_open(task):
        return "open"
    if is_call(task):
        return "calls"
    if not is_token(task) or not task.task_spec.element_type or HELD in task.internal_data:
        return ""
    return "joins" if task.task_spec.is_join else "waiting"


def _place(instance_id: int, task: Any) -> Place:
    spec = task.task_spec
    return Place(
        instance_id, str(task.id), process_key_of(task), spec.bpmn_id, getattr(spec, "operation", ""), _turn(task)
    )


def _turn(task: Any) -> int:
    """Return the turn of the innermost loop around a token, also when that is around the level it is in."""
    while task is not None:
        if FRAME in task.internal_data:
            return int(task.internal_data["number"]) + 1
        task = task.workflow.container
    return 0


def open_incidents(session: Session) -> list[Incident]:
    """Return the incidents that nobody has resolved, the oldest first."""
    return list(session.scalars(select(Incident).where(Incident.state == IncidentState.OPEN).order_by(Incident.id)))


def count_instances(rows: Iterable[Instance], trace: Trace, called: Mapping[tuple[str, str], str]) -> dict[str, int]:
    """Return how many instances of each process there were; what a call activity runs counts as one."""
    numbers = Counter(row.process_key for row in rows)
    for _instance_id, step in trace:
        key = called.get((step.process_key, step.element_id))
        if key is not None and step.event == "entered":
            numbers[key] += 1
    return dict(numbers)


def gather(
    session: Session,
    trace: Trace,
    called: Mapping[tuple[str, str], str],
    at: datetime,
    about: Instance | None = None,
) -> Facts:
    """Return what is the case now; state and data are those of `about`, or of the first instance."""
    rows = instances(session)
    first = about or (rows[0] if rows else None)
    running = _running(session, rows)
    return Facts(
        state=None if first is None else first.state.value,
        data={} if first is None else dict((running.get(first.id) or read_workflow(session, first.id)).values),
        reached=reached(trace),
        standing=_standing(running),
        incidents=tuple(
            {"element": incident.element_id, "message": incident.message, "detail": incident.detail}
            for incident in open_incidents(session)
        ),
        instances=count_instances(rows, trace, called),
        at=at,
    )
