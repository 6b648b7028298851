"""An instance in memory: SpiffWorkflow's workflows and tasks, of which every task is one token, run to rest.

A token stands at a node of the diagram and leaves the workflow as soon as it is done. Variables belong to levels (the
process, a called process, a subprocess), so that parallel branches see and change the same ones.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.data import Data
from app.engine.spiff.failures import StepFailure, unexpected
from app.engine.spiff.index import Index
from app.engine.spiff.journal import Failed, Outbox, RunContext, StartedBy
from app.engine.spiff.limits import MAX_CALL_DEPTH, MAX_STEPS, MAX_TOKENS
from app.engine.spiff.tokens import COMPENSATES, FRAME, HELD, LEAVING, is_guard, is_token, read, write
from app.kernel.errors import NotFound
from app.kernel.i18n import _


class _Level:
    """What the instance and each of its subprocesses have in common."""

    def prepare(self: Any) -> None:
        self.values: Data = {}
        self.given: dict[str, str] = {}
        self.memory: dict[str, Any] = {}
        self.records: list[dict[str, Any]] = []
        self.interrupted = False
        self.fragment: bytes | None = None

    def variables(self: Any) -> Data:
        """Return what is visible in this level; shared, not to be changed."""
        if self.is_isolated:
            values: Data = self.values
            return values
        outer = read(self.container)
        return {**outer, **self.values} if self.values else outer

    def change(self: Any, changes: Mapping[str, Any]) -> None:
        """Change variables: those declared here, or all where the level is isolated; the rest belongs outside."""
        if not changes:
            return
        if self.is_isolated:
            self.values = {**self.values, **changes}
            self.touch()
            return
        declared = self.spec.declared
        mine = {name: value for name, value in changes.items() if name in declared} if declared else {}
        if mine:
            self.values = {**self.values, **mine}
            self.touch()
        write(self.container, {name: value for name, value in changes.items() if name not in mine})

    def touch(self: Any) -> None:
        """Remember that the level has changed."""
        self.fragment = None

    def put(self: Any, name: str, internal: Mapping[str, Any] | None = None, data: Data | None = None) -> Any:
        """Let a token arrive at a node; `data` is a layer of variables of its own."""
        task = Task(self, self.spec.task_specs[name], None, TaskState.FUTURE)
        if internal:
            task.internal_data.update(internal)
        if data:
            task.data = dict(data)
        task.task_spec._update(task)
        return task

    def forget(self: Any, task: Any) -> None:
        """Take a token that is done out of the level."""
        self.tasks.pop(task.id, None)
        self.top_workflow.index.remove(task)

    def is_empty(self: Any) -> bool:
        """Whether no token keeps the level from ending."""
        return all(is_guard(task) for task in self.tasks.values())

    def end_if_empty(self: Any) -> None:
        """End the level when its last token is gone."""
        if not self.completed and self.container is not None and self.container.task_spec.is_ad_hoc:
            self.container.task_spec.inner_step_ended(self.container, self)
        if not self.completed and self.is_empty():
            self.end()

    def clear(self: Any, keep: Sequence[Any] = ()) -> None:
        """Cancel every token of the level but those to keep."""
        for task in list(self.tasks.values()):
            if not any(task is one for one in keep) and task.id in self.tasks:
                task.cancel()

    def collect_log_extras(self: Any, dct: Any = None) -> dict[str, Any]:
        """Give the log nothing; upstream builds a dictionary for each change of state."""
        return {}


class SubWorkflow(_Level, BpmnSubWorkflow):
    """A subprocess or called process that is being carried out. `container` is its token in the level outside."""

    def __init__(self, spec: Any, container: Any, restoring: bool = False) -> None:
        self.container = container
        self.is_isolated: bool = container.task_spec.calls
        self.parent_level = container.workflow
        self.call_depth: int = self.parent_level.call_depth + self.is_isolated
        self.prepare()
        super().__init__(spec, container.id, container.workflow.top_workflow, deserializing=restoring)

    def _calculate_depth(self) -> int:
        depth: int = self.parent_level.depth + 1
        return depth

    @property
    def parent_workflow(self) -> Any:
        return self.parent_level

    def end(self) -> None:
        """Close the level; its container goes on."""
        self.clear()
        self.completed = True
        self.top_workflow.subprocesses.pop(self.container.id, None)
        self.container.task_spec.inner_ended(self.container, self)


class LiveWorkflow(_Level, BpmnWorkflow):
    """One instance in memory. `run` carries out what is automatic; what waits stays, what fails is held."""

    call_depth = 0
    is_isolated = True
    container = None

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
        self.failed_with = ""
        self.prepare()
        super().__init__(spec, specs, script_engine=_NoScripts(), deserializing=restoring)

    def begin(self, context: RunContext) -> None:
        """Forget what the last run reported and take the new time."""
        self.context = context
        self.outbox = Outbox()
        self.index.begin()
        self.index.data_changed = bool(self.index.conditions)
        self.steps = 0

    def get_task_from_id(self, task_id: int) -> Any:
        return self.index.tasks[task_id]

    def open_level(self, container: Any, spec_name: str) -> SubWorkflow:
        """Begin the inside of a subprocess or a call.

        Raises:
            StepFailure: calls go too deep, or what is called is not deployed.
        """
        if container.workflow.call_depth + container.task_spec.calls > MAX_CALL_DEPTH:
            raise StepFailure(_("The processes call each other too deeply."), f"limit {MAX_CALL_DEPTH}")
        try:
            spec = self.subprocess_specs[spec_name]
        except NotFound as error:
            raise StepFailure(str(error), spec_name) from error
        level = SubWorkflow(spec, container)
        self.subprocesses[container.id] = level
        return level

    def run(self) -> None:
        """Carry out automatic steps until none is left that can be."""
        index = self.index
        while not self.completed:
            while index.automatic:
                limit = self._limit_reached()
                if limit:
                    for task in list(index.automatic.values()):
                        self.hold(task, StepFailure(_("The instance does too much at once."), limit))
                    return
                self._look_at_conditions()
                if index.automatic:
                    _number, task = index.automatic.popitem(last=False)
                    self.execute(task)
            self._look_at_conditions()
            if not index.automatic and not self._pass_a_join():
                return

    def execute(self, task: Any) -> None:
        """Carry out one step; a step that fails is held."""
        self.steps += 1
        try:
            result = task.task_spec._run_hook(task)
        except StepFailure as failure:
            self.hold(task, failure)
            return
        except Exception as error:  # noqa: BLE001 - a fault in one instance must not stop the others
            self.hold(task, unexpected(error))
            return
        if task._state != TaskState.READY:
            return  # The step has ended its own surroundings: an error or a terminating end event.
        if result is None:
            task._set_state(TaskState.STARTED)
        else:
            self.finish(task)

    def finish(self, task: Any) -> None:
        """A token is done at its node: it goes on along the flows that its node chooses."""
        spec = task.task_spec
        try:
            spec.before_leaving(task)
            if FRAME in task.internal_data:
                frame = task.workflow.tasks[task.internal_data[FRAME]]
                frame.task_spec.weigh(frame, task)
            inside = FRAME in task.internal_data or COMPENSATES in task.internal_data
            chosen = () if inside else spec.choose(task)
        except StepFailure as failure:
            self._hold_done(task, failure)
            return
        except Exception as error:  # noqa: BLE001 - a fault in one instance must not stop the others
            self._hold_done(task, unexpected(error))
            return
        task._set_state(TaskState.COMPLETED)
        spec.leave(task, chosen)

    def _hold_done(self, task: Any, failure: StepFailure) -> None:
        task.internal_data[LEAVING] = True
        if task.task_spec.manual:
            task._set_state(TaskState.STARTED)  # What the person gave is kept, and not asked for again.
        self.hold(task, failure)

    def hold(self, task: Any, failure: StepFailure) -> None:
        """Leave the task where it is, until somebody looks at the incident."""
        task.internal_data[HELD] = True
        self.index.touch(task)
        self.index.automatic.pop(task.id, None)
        self.outbox.failures.append(Failed(task, failure))

    def release(self, task: Any) -> None:
        """Let a held task try again."""
        task.internal_data.pop(HELD, None)
        self.index.touch(task)
        if task.internal_data.pop(LEAVING, False):
            self.finish(task)
        elif task._state == TaskState.READY:
            self.index._place(task)
        else:
            task.task_spec._update(task)

    def end(self) -> None:
        """The last token is gone: the instance is completed."""
        self.clear()
        self.completed = True

    def stop(self, reason: str = "") -> None:
        """End the instance and everything in it; with a reason it has failed, without it was cancelled."""
        self.success = False
        self.failed_with = reason
        self.completed = True
        self.clear()

    def _limit_reached(self) -> str:
        if self.steps >= MAX_STEPS:
            return f"limit of {MAX_STEPS} automatic steps"
        if len(self.index.tasks) > MAX_TOKENS and self._tokens() > MAX_TOKENS:
            return f"limit of {MAX_TOKENS} tokens"
        return ""

    def _tokens(self) -> int:
        return sum(1 for task in self.index.tasks.values() if is_token(task))

    def _look_at_conditions(self) -> None:
        """Let conditional events happen whose condition has become true."""
        if not self.index.data_changed:
            return
        self.index.data_changed = False
        for task in list(self.index.conditions.values()):
            if task.id in self.index.conditions:
                task.task_spec.look(task)

    def _pass_a_join(self) -> bool:
        """Let one join go on for which no more token can come; nothing else could move before this is asked."""
        return any(
            task.task_spec.pass_at_rest(task) for task in list(self.index.joins.values()) if task.id in self.index.joins
        )


class _NoScripts:
    """Stands where SpiffWorkflow keeps its Python engine: whatever still reached for it would fail loudly."""

    @property
    def environment(self) -> Any:
        raise RuntimeError("No Python from a diagram is ever evaluated.")

    evaluate = execute = call_service = environment
