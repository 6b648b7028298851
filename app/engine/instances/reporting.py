"""Makes the outcome of a call: what has opened, closed and been reached, copied out of the live workflow."""

from typing import Any

from SpiffWorkflow.util.task import TaskState

from app.engine.calls.rules import DEFAULT_ATTEMPTS, attempts_of
from app.engine.instances.live import Live
from app.engine.instances.models import InstanceState
from app.engine.instances.outcome import Call, OpenedTask, Outcome, Reached, ThrownMessage
from app.engine.spiff.activities import ServiceTask, read_due
from app.engine.spiff.tokens import HELD, process_key_of, read
from app.engine.spiff.workflow import LiveWorkflow


def is_open(task: Any) -> bool:
    """Whether the token stands at a task that a person can complete."""
    return bool(task._state == TaskState.READY and task.task_spec.manual and HELD not in task.internal_data)


def is_call(task: Any) -> bool:
    """Whether the token waits for the result of an operation."""
    waits = task._state == TaskState.STARTED and isinstance(task.task_spec, ServiceTask)
    return waits and HELD not in task.internal_data


def changed_tokens(workflow: LiveWorkflow) -> list[Any]:
    """Return the tokens that are there and have changed in this run."""
    return [task for task, _state in workflow.index.touched.values() if task.id in workflow.index.tasks]


def calls_left(workflow: LiveWorkflow, done: frozenset[int]) -> list[str]:
    """Return the refs of the service tasks that were waiting for an operation and were left without being `done`."""
    tasks = workflow.index.tasks
    return [
        str(number)
        for number, (task, before) in workflow.index.touched.items()
        if before == TaskState.STARTED and isinstance(task.task_spec, ServiceTask)
        if number not in done and not (number in tasks and is_call(task))
    ]


def state_of(workflow: LiveWorkflow) -> InstanceState:
    """Return where the instance stands."""
    if not workflow.completed:
        return InstanceState.RUNNING
    if workflow.success:
        return InstanceState.COMPLETED
    return InstanceState.FAILED if workflow.failed_with else InstanceState.CANCELLED


class _Copies:
    """Copies data for the caller, each shared value once, so that nobody outside can change the live workflow.

    What is copied must be held by the workflow as long as this lives, because values are known by their identity.
    """

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """Return a copy of a JSON value."""
        if not isinstance(value, dict | list):
            return value
        if id(value) not in self._made:
            items = value.items() if isinstance(value, dict) else enumerate(value)
            copied = [(key, self.of(item)) for key, item in items]
            self._made[id(value)] = dict(copied) if isinstance(value, dict) else [item for _key, item in copied]
        return self._made[id(value)]


def report(live: Live, done: frozenset[int], incidents: tuple[int, ...]) -> Outcome:
    """Return what this call did. `done` are tasks that ended by being completed, not by being cancelled."""
    row, workflow = live.row, live.workflow
    copies = _Copies()
    tasks, touched = workflow.index.tasks, workflow.index.touched
    here = changed_tokens(workflow)
    opened = [task for task in here if is_open(task) and touched[task.id][1] != TaskState.READY]
    closed = [
        number
        for number, (task, before) in touched.items()
        if before == TaskState.READY
        and task.task_spec.manual
        and number not in done
        and not (number in tasks and is_open(task))
    ]
    calls = [task for task in here if is_call(task) and touched[task.id][1] != TaskState.STARTED]
    return Outcome(
        instance_id=row.id,
        process_key=row.process_key,
        business_key=row.business_key,
        scope_key=row.scope_key,
        opened=tuple(_opened(task, copies) for task in opened),
        cancelled=tuple(str(number) for number in sorted(closed)),
        calls=tuple(_call(task, copies) for task in calls),
        messages=tuple(ThrownMessage(*message) for message in workflow.outbox.messages),
        signals=tuple(workflow.outbox.signals),
        reached=tuple(Reached(*change) for change in workflow.index.changes),
        state=state_of(workflow),
        incidents=incidents,
        failure=workflow.failed_with,
    )


def _opened(task: Any, copies: _Copies) -> OpenedTask:
    spec, internal = task.task_spec, task.internal_data
    return OpenedTask(
        task_ref=str(task.id),
        process_key=process_key_of(task),
        element_id=spec.bpmn_id,
        name=spec.bpmn_name or spec.bpmn_id,
        role=spec.role,
        properties=dict(spec.properties),
        due=read_due(internal.get("due"), task),
        about=internal.get("about"),
        data={name: copies.of(value) for name, value in read(task).items()},
    )


def _call(task: Any, copies: _Copies) -> Call:
    return Call(
        task_ref=str(task.id),
        process_key=process_key_of(task),
        element_id=task.task_spec.bpmn_id,
        operation=task.task_spec.operation,
        parameters=copies.of(task.internal_data["parameters"]),
        data={name: copies.of(value) for name, value in read(task).items()},
        retries=attempts_of(task.task_spec.properties.get("retries", "")) or DEFAULT_ATTEMPTS,
    )
