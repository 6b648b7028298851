"""Runs a model by our engine: in memory, or through the store with every step read from the stored state."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.orm import Session

from app.engine.definitions.documents import as_text, read_diagram
from app.engine.definitions.drawing import executable_processes
from app.engine.definitions.models import ProcessDefinition
from app.engine.events.operations import broadcast_signal, deliver_message
from app.engine.instances import live, operations, queries
from app.engine.instances.verify import find_violations
from app.engine.instances.waits import ref_of, waits_of
from app.engine.spiff import reading
from app.engine.spiff.build import build_process
from app.engine.spiff.codec import decode, encode
from app.engine.spiff.data import storable
from app.engine.spiff.definitions import bring_signal
from app.engine.spiff.journal import RunContext, StartedBy
from app.engine.spiff.tokens import HELD, read, write
from app.engine.spiff.workflow import LiveWorkflow
from app.engine.timers.operations import claim_due
from tests.engine.diagrams import NOON

MAIN = "main"


@dataclass(frozen=True)
class Open:
    """A task for a person, and by which items it belongs to one instance of a multi-instance."""

    element: str
    items: tuple[tuple[str, Any], ...]
    ref: str


@dataclass(frozen=True)
class Waited:
    """A timer, message or signal that something waits for."""

    ref: str
    kind: str
    name: str
    due: datetime | None


@dataclass(frozen=True)
class View:
    """Where an instance stands after a step, and what the step did."""

    state: str
    tasks: tuple[Open, ...]
    waits: tuple[Waited, ...]
    history: tuple[tuple[str, str], ...]
    data: dict[str, Any]
    held: int

    def work_done(self) -> list[str]:
        """Return the scripts and user tasks that were completed."""
        return [element for element, event in self.history if event == "work"]


class Run(Protocol):
    """One instance that is carried on step by step."""

    now: datetime

    def view(self) -> View:
        """Return where it stands."""

    def complete(self, task: Open, data: Mapping[str, Any]) -> None:
        """Complete a task."""

    def tell(self, name: str) -> None:
        """Bring a message to everybody who waits for it now."""

    def signal(self, name: str) -> None:
        """Let a signal come from outside."""

    def wait_until(self, moment: datetime) -> None:
        """Let the timers that are due until then happen."""


def in_memory_specs(xml: bytes) -> dict[str, Any]:
    """Return the executable specs of all processes of a file."""
    root = read_diagram(xml)
    specs: dict[str, Any] = {}
    for process in executable_processes(root):
        specs |= build_process(root, process.get("id"), {})
    return specs


def view_of(workflow: LiveWorkflow, history: Iterable[Any]) -> View:
    """Return what is to be seen of a live workflow."""
    tokens = list(workflow.index.tasks.values())
    manual = [task for task in tokens if task.task_spec.manual and HELD not in task.internal_data]
    state = "running" if not workflow.completed else "completed" if workflow.success else "failed"
    return View(
        state=state,
        tasks=tuple(Open(task.task_spec.bpmn_id, items_of(read(task)), str(task.id)) for task in manual),
        waits=tuple(
            Waited(ref_of(task, wait), wait.kind, wait.name, _due(wait.armed)) for task, wait in waits_of(tokens)
        ),
        history=tuple(_events(history)),
        data=dict(workflow.values),
        held=sum(HELD in task.internal_data for task in tokens),
    )


def _due(armed: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(armed["due"]) if armed.get("due") else None


def _events(history: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for change in history:
        is_work = change.event == "completed" and change.element_type in ("userTask", "scriptTask")
        yield change.element_id, "work" if is_work else change.event


def items_of(data: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Return by which items of multi-instances the data belong to one instance."""
    return tuple((name, data[name]) for name in sorted(data) if name.startswith("item_"))


class InMemory:
    """An instance that is never stored; its state is encoded and decoded after each step, and must stay the same."""

    def __init__(self, xml: bytes, data: Mapping[str, Any] | None = None) -> None:
        self.now = NOON
        self.specs = in_memory_specs(xml)
        self.workflow = LiveWorkflow(self.specs[MAIN], self.specs, self._context(), StartedBy("", dict(data or {})))
        self.workflow.values = dict.fromkeys(self.specs[MAIN].declared) | dict(data or {})
        self.history: list[Any] = []
        self._settle()

    def _context(self) -> RunContext:
        return RunContext(self.now, "UTC", "case:1")

    def _settle(self) -> None:
        self.workflow.run()
        self.history += self.workflow.index.changes
        self.workflow.begin(self._context())

    def view(self) -> View:
        seen = view_of(self.workflow, self.history)
        self.history = []
        return seen

    def state(self) -> bytes:
        """Return the stored form; reading and writing it again must change nothing."""
        blob = encode(self.workflow)
        assert encode(decode(blob, self.specs, self._context())) == blob
        return blob

    def _find(self, ref: str) -> tuple[Any, int]:
        number, _dot, definition = ref.partition(".")
        return self.workflow.index.tasks.get(int(number)), int(definition or 0)

    def complete(self, task: Open, data: Mapping[str, Any]) -> None:
        found, _number = self._find(task.ref)
        write(found, storable(data))
        self.workflow.execute(found)
        self._settle()

    def tell(self, name: str) -> None:
        for wait in [wait for wait in view_of(self.workflow, ()).waits if wait.name == name]:
            self._happen(wait)

    def signal(self, name: str) -> None:
        bring_signal(self.workflow, name)
        self._settle()

    def wait_until(self, moment: datetime) -> None:
        self.now = moment
        self.workflow.begin(self._context())
        while due := self._due():
            self._happen(min(due, key=lambda wait: (wait.due, wait.ref)))

    def _due(self) -> list[Waited]:
        return [wait for wait in view_of(self.workflow, ()).waits if wait.due is not None and wait.due <= self.now]

    def _happen(self, wait: Waited) -> None:
        token, number = self._find(wait.ref)
        if wait in view_of(self.workflow, ()).waits:
            token.task_spec.happen(token, number, {})
            self._settle()


class InStore:
    """An instance in the database; the live workflow is forgotten before every step."""

    def __init__(self, session: Session, xml: bytes, data: Mapping[str, Any] | None = None) -> None:
        self.session, self.now, self.seen = session, NOON, 0
        _store(session, xml)
        outcome = operations.start(
            session, process_key=MAIN, data=data or {}, business_key="case:1", scope_key="cycle:1", now=NOON
        )
        self.instance_id = outcome.instance_id

    def view(self) -> View:
        steps = queries.steps(self.session, instance_id=self.instance_id)
        new, self.seen = steps[self.seen :], len(steps)
        return view_of(queries.read_workflow(self.session, self.instance_id), new)

    def check(self) -> None:
        """Nothing that must never be is stored."""
        assert find_violations(self.session, now=self.now) == ()

    def complete(self, task: Open, data: Mapping[str, Any]) -> None:
        live.forget_all()
        operations.complete_task(self.session, instance_id=self.instance_id, task_ref=task.ref, data=data, now=self.now)

    def tell(self, name: str) -> None:
        waiting = [wait for wait in self.view_waits() if wait.name == name]
        for wait in waiting:
            if wait not in self.view_waits():
                continue
            live.forget_all()
            deliver_message(
                self.session,
                name=name,
                correlation="case:1",
                payload={},
                business_key="case:1",
                scope_key="cycle:1",
                now=self.now,
            )

    def view_waits(self) -> tuple[Waited, ...]:
        """Return what the instance waits for, without moving on in its history."""
        return view_of(queries.read_workflow(self.session, self.instance_id), ()).waits

    def signal(self, name: str) -> None:
        live.forget_all()
        broadcast_signal(self.session, name=name, scope_key="cycle:1", now=self.now)

    def wait_until(self, moment: datetime) -> None:
        self.now = moment
        while claimed := claim_due(self.session, now=moment, limit=1, lease=timedelta(minutes=1)):
            live.forget_all()
            operations.fire_timer(self.session, timer_id=claimed[0], now=moment)


def _store(session: Session, xml: bytes) -> None:
    """Store every process of the file as it stands; what the check of a deployment says is another test."""
    rows: dict[str, ProcessDefinition] = {}
    root = read_diagram(xml)
    processes = {process.get("id"): process for process in executable_processes(root)}

    def store(key: str) -> int:
        if key not in rows:
            called = [node.get("calledElement") for node in processes[key].iter(f"{{{reading.BPMN}}}callActivity")]
            calls = {name: store(name) for name in called if name in processes}
            rows[key] = _row(key, as_text(root), calls)
            session.add(rows[key])
            session.flush()
        return rows[key].id

    store(MAIN)


def _row(key: str, xml: str, calls: dict[str, int]) -> ProcessDefinition:
    print_of = json.dumps([key, hash(xml), calls])
    facts = {"key": key, "version": 1, "name": key, "file": "model.bpmn", "bpmn_xml": xml, "sha256": print_of}
    return ProcessDefinition(**facts, fingerprint=print_of, deployed_at=NOON, calls=calls)
