"""A workflow in memory: SpiffWorkflow's own, with an index of what is ready, and a bounded run to quiescence."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import CallActivity
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.specs.Join import Join
from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.data import Data
from app.engine.spiff.failures import StepFailure
from app.engine.spiff.limits import MAX_CALL_DEPTH, MAX_STEPS, MAX_TOKENS
from app.kernel.i18n import _

LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED
HELD = "held"


@dataclass
class RunContext:
    """What the run is told from outside: the time, the zone of local dates, and what the instance is about."""

    now: datetime
    time_zone: str
    business_key: str


class Change(NamedTuple):
    """A step of the diagram was entered, completed or cancelled."""

    process_key: str
    element_id: str
    element_type: str
    event: str


class Thrown(NamedTuple):
    """A message sent by the diagram; whoever runs the instance delivers it."""

    name: str
    correlation: str
    payload: Data


class Failed(NamedTuple):
    """A task that is held because its step failed."""

    task: Any
    failure: StepFailure


@dataclass(frozen=True)
class StartedBy:
    """The message that an instance was started by; None in place of this means the plain start event."""

    message: str
    payload: Data


def process_key_of(task: Any) -> str:
    """Return the key of the process whose diagram holds this task."""
    name: str = task.workflow.spec.name
    return name.partition(":")[0]


class Index:
    """Tasks of the instance and its subprocesses by number, and those that are ready or waiting."""

    def __init__(self) -> None:
        self.number = 0
        self.tasks: dict[int, Any] = {}
        self.live: dict[int, Any] = {}
        self.automatic: OrderedDict[int, Any] = OrderedDict()
        self.joins: dict[int, Any] = {}
        self.changes: list[Change] = []

    def next_number(self) -> int:
        self.number += 1
        return self.number

    def add(self, task: Any) -> None:
        self.tasks[task.id] = task
        self._place(task)

    def change(self, task: Any, before: int) -> None:
        self._place(task)
        self._record(task, before)

    def remove(self, task: Any) -> None:
        self.tasks.pop(task.id, None)
        for group in (self.live, self.automatic, self.joins):
            group.pop(task.id, None)
        if task._state & LIVE:
            self._note(task, "cancelled")

    def _place(self, task: Any) -> None:
        state, number = task._state, task.id
        _keep(self.live, number, task, bool(state & LIVE))
        held = HELD in task.internal_data
        _keep(self.automatic, number, task, state == TaskState.READY and not task.task_spec.manual and not held)
        _keep(self.joins, number, task, state == TaskState.WAITING and isinstance(task.task_spec, Join))

    def _record(self, task: Any, before: int) -> None:
        state = task._state
        if state & LIVE and not before & LIVE:
            self._note(task, "entered")
        elif state == TaskState.COMPLETED:
            self._note(task, "completed")
        elif state == TaskState.CANCELLED and before & LIVE:
            self._note(task, "cancelled")

    def _note(self, task: Any, event: str) -> None:
        spec = task.task_spec
        element_type = getattr(spec, "element_type", None)
        if element_type is None or isinstance(spec, LoopTask):
            return
        if event != "completed" and (element_type == "boundaryEvent" or element_type.endswith("Gateway")):
            return
        self.changes.append(Change(process_key_of(task), spec.bpmn_id, element_type, event))

    def note_completed(self, task: Any) -> None:
        """Record an event that goes on waiting after it has happened."""
        self._note(task, "completed")


def _keep(group: dict[int, Any], number: int, task: Any, belongs: bool) -> None:
    if belongs:
        group[number] = task
    else:
        group.pop(number, None)


@dataclass
class Outbox:
    """What the run wants from outside, in order."""

    messages: list[Thrown] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    failures: list[Failed] = field(default_factory=list)


class _Level:
    """What the instance and each of its subprocesses have in common."""

    def update_waiting_tasks(self: Any) -> None:
        """Look again at joins only: messages and timers are brought from outside."""
        for task in list(self.top_workflow.index.joins.values()):
            if task.workflow is self and task._state == TaskState.WAITING:
                task.task_spec._update(task)

    def _remove_task(self: Any, task_id: int) -> None:
        root = self.tasks[task_id]
        order = [root]
        for task in order:
            order.extend(task.children)
        if root.parent is not None:
            root.parent._children.remove(root.id)
        for task in reversed(order):
            self.tasks.pop(task.id)
            self.top_workflow.drop_subprocess(task)
            self.top_workflow.index.remove(task)

    def collect_log_extras(self: Any, dct: Any = None) -> dict[str, Any]:
        """Give the log nothing; upstream builds a dictionary for each change of state."""
        return {}


class SubWorkflow(_Level, BpmnSubWorkflow):
    """A subprocess or called process that is being carried out."""

    def _calculate_depth(self) -> int:
        parent = self.top_workflow.index.tasks[self.parent_task_id]
        self.parent_level = parent.workflow
        calls: int = parent.workflow.call_depth + isinstance(parent.task_spec, CallActivity)
        self.call_depth = calls
        depth: int = parent.workflow.depth + 1
        return depth

    @property
    def parent_workflow(self) -> Any:
        return self.parent_level


class LiveWorkflow(_Level, BpmnWorkflow):
    """One instance in memory. `run` carries out what is automatic; what waits stays, what fails is held."""

    call_depth = 0

    def __init__(
        self,
        spec: Any,
        specs: Mapping[str, Any],
        context: RunContext,
        started_by: StartedBy | None = None,
        restoring: bool = False,
    ) -> None:
        self.index = Index()
        self.outbox = Outbox()
        self.context = context
        self.started_by = started_by
        self.steps = 0
        super().__init__(spec, specs, script_engine=_NoScripts(), deserializing=restoring)

    def begin(self, context: RunContext) -> None:
        """Forget what the last run reported and take the new time."""
        self.context = context
        self.outbox = Outbox()
        self.index.changes = []
        self.steps = 0

    def get_task_from_id(self, task_id: int) -> Any:
        return self.index.tasks[task_id]

    def create_subprocess(self, my_task: Any, spec_name: str) -> SubWorkflow:
        level = my_task.workflow
        if level.call_depth + isinstance(my_task.task_spec, CallActivity) > MAX_CALL_DEPTH:
            raise StepFailure(_("The processes call each other too deeply."), f"limit {MAX_CALL_DEPTH}")
        subprocess = SubWorkflow(self.subprocess_specs[spec_name], my_task.id, self)
        self.subprocesses[my_task.id] = subprocess
        return subprocess

    def drop_subprocess(self, task: Any) -> None:
        """End everything inside this task's subprocess, and inside the subprocesses in it."""
        subprocess = self.subprocesses.pop(task.id, None)
        if subprocess is None:
            return
        for inner in list(subprocess.tasks.values()):
            self.drop_subprocess(inner)
            self.index.remove(inner)
        subprocess.completed = True

    def run(self) -> None:
        """Carry out automatic steps until none is left that can be."""
        automatic = self.index.automatic
        while automatic:
            limit = self._limit_reached()
            if limit:
                for task in list(automatic.values()):
                    self.hold(task, StepFailure(_("The instance does too much at once."), limit))
                return
            _number, task = automatic.popitem(last=False)
            self.execute(task)
        self._prune()

    def execute(self, task: Any) -> None:
        """Carry out one step; a step that fails is held."""
        self.steps += 1
        try:
            result = task.task_spec._run_hook(task)
        except StepFailure as failure:
            self.hold(task, failure)
            return
        if task._state != TaskState.READY:
            return  # The step has ended its own surroundings: an error or a terminating end event.
        if result is None:
            task._set_state(TaskState.STARTED)
        else:
            task.complete()

    def hold(self, task: Any, failure: StepFailure) -> None:
        """Leave the task where it is, until somebody looks at the incident."""
        task.internal_data[HELD] = True
        self.index.automatic.pop(task.id, None)
        self.outbox.failures.append(Failed(task, failure))

    def release(self, task: Any) -> None:
        """Let a held task try again."""
        task.internal_data.pop(HELD, None)
        if task._state == TaskState.READY:
            self.index._place(task)
        else:
            task.task_spec._update(task)

    def cancel_all(self) -> None:
        """End the instance and everything in it."""
        for task in list(self.index.live.values()):
            task._set_state(TaskState.CANCELLED)
        self.success = False
        self.completed = True

    def _limit_reached(self) -> str:
        if self.steps >= MAX_STEPS:
            return f"limit of {MAX_STEPS} automatic steps"
        if len(self.index.live) > MAX_TOKENS and self._tokens() > MAX_TOKENS:
            return f"limit of {MAX_TOKENS} tokens"
        return ""

    def _tokens(self) -> int:
        return sum(1 for task in self.index.live.values() if is_token(task))

    def _prune(self) -> None:
        """Forget the inside of subprocesses that have ended: the engine never looks at them again."""
        for number, subprocess in list(self.subprocesses.items()):
            parent = self.index.tasks.get(number)
            if parent is None or (subprocess.completed and parent.has_state(TaskState.FINISHED_MASK)):
                self.subprocesses.pop(number, None)
                for task in subprocess.tasks.values():
                    self.index.remove(task)


def is_token(task: Any) -> bool:
    """Whether the task is a place where the instance stands, and not a frame around such places."""
    spec = task.task_spec
    if isinstance(spec, LoopTask) or task.id in task.workflow.top_workflow.subprocesses:
        return False
    return getattr(spec, "element_type", "boundaryEvent") != "boundaryEvent"


class _NoScripts:
    """Stands where SpiffWorkflow keeps its Python engine: whatever still reached for it would fail loudly."""

    @property
    def environment(self) -> Any:
        raise RuntimeError("No Python from a diagram is ever evaluated.")

    evaluate = execute = call_service = environment
