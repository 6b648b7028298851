"""Task specs of events. What comes from outside is brought to one waiting task by `happen`; nothing polls."""

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent, ThrowingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent as UpstreamBoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.events.start_event import StartEvent as UpstreamStartEvent
from SpiffWorkflow.util.task import TaskState

from app.engine.spiff.activities import Guarded
from app.engine.spiff.data import Data
from app.engine.spiff.definitions import Armed, NoEvent, Timer, Waited, next_turn
from app.engine.spiff.gateways import BoundaryEventJoin, open_branches


class Wait(NamedTuple):
    """One thing that a task waits for. `key` is the name of a message or signal, `armed` the particulars."""

    kind: str
    name: str
    armed: Armed


class Catching(Guarded, CatchingEvent, BpmnSpecMixin):
    """Waits for one of its definitions; an event with none happens at once."""

    definitions: list[Waited]

    def waits(self, my_task: Any) -> list[Wait]:
        """Return what this task still waits for."""
        armed = my_task.internal_data.get("armed")
        if armed is None or my_task._state != TaskState.WAITING:
            return []
        return [
            Wait(definition.kind, getattr(definition, "name", ""), particulars)
            for definition, particulars in zip(self.definitions, armed, strict=True)
        ]

    def happen(self, my_task: Any, kind: str, payload: Data, name: str = "") -> None:
        """What is waited for has come."""
        chosen = next(
            number
            for number, definition in enumerate(self.definitions)
            if definition.kind == kind and name in ("", getattr(definition, "name", ""))
        )
        my_task.internal_data["happened"] = chosen
        my_task.internal_data["payload"] = payload
        my_task.task_spec._update(my_task)

    def _prepare(self, my_task: Any) -> bool | None:
        my_task._inherit_data()
        if not self.definitions or "happened" in my_task.internal_data:
            return True
        if "armed" not in my_task.internal_data:
            my_task._set_state(TaskState.WAITING)
            my_task.internal_data["armed"] = [definition.arm(my_task) for definition in self.definitions]
        return None

    def _on_ready_hook(self, my_task: Any) -> None:
        """Nothing is registered anywhere: what waits is read from the tasks themselves."""

    def _on_cancel(self, my_task: Any) -> None:
        """Nothing is registered anywhere."""

    def _run_hook(self, my_task: Any) -> bool:
        self._take(my_task)
        return True

    def _take(self, my_task: Any) -> None:
        chosen = my_task.internal_data.pop("happened", None)
        payload = my_task.internal_data.pop("payload", {})
        if chosen is not None:
            my_task.data = {**my_task.data, **self.definitions[chosen].receive(my_task, payload)}


class IntermediateCatchEvent(Catching):
    """Waits in the flow."""


class ReceiveTask(Catching):
    """A task that waits for a message."""


class StartEvent(Catching, UpstreamStartEvent):
    """Only the start event that an instance was started by goes on; the others never happen."""

    def _prepare(self, my_task: Any) -> bool | None:
        my_task._inherit_data()
        workflow = my_task.workflow
        started_by = workflow.started_by if workflow.parent_workflow is None else None
        message = next((definition for definition in self.definitions if definition.kind == "message"), None)
        if message is None and started_by is None:
            return True
        if message is not None and started_by is not None and getattr(message, "name", "") == started_by.message:
            my_task.internal_data["happened"] = 0
            my_task.internal_data["payload"] = started_by.payload
            return True
        my_task._set_state(TaskState.CANCELLED)
        my_task._drop_children()
        return None


class BoundaryEvent(Catching, UpstreamBoundaryEvent):
    """Waits beside an activity. A non-interrupting one that can happen again goes on waiting."""

    @property
    def lasting(self) -> bool:
        return not self.cancel_activity and self.definitions[0].repeats

    def _predict_hook(self, my_task: Any) -> None:
        if not self.lasting:
            super()._predict_hook(my_task)

    def happen(self, my_task: Any, kind: str, payload: Data, name: str = "") -> None:
        if not self.lasting:
            super().happen(my_task, kind, payload, name)
            if kind == "error":
                self._interrupt(my_task)
            return
        definition = self.definitions[0]
        my_task.data = {**my_task.data, **definition.receive(my_task, payload)}
        if isinstance(definition, Timer):
            context = my_task.workflow.top_workflow.context
            armed = my_task.internal_data["armed"][0]
            my_task.internal_data["armed"] = [next_turn(armed, context.now, ZoneInfo(context.time_zone))]
        my_task.workflow.top_workflow.index.note_completed(my_task)
        for spec in self.outputs:
            if not isinstance(spec, BoundaryEventJoin):
                child = my_task._add_child(spec, TaskState.FUTURE)
                spec._predict(child, mask=TaskState.NOT_FINISHED_MASK)
                spec._update(child)

    @staticmethod
    def _interrupt(my_task: Any) -> None:
        """Go at once: the activity must not end by itself while an error leaves it."""
        my_task.workflow.top_workflow.index.automatic.pop(my_task.id, None)
        my_task.workflow.top_workflow.execute(my_task)


class EventBasedGateway(Catching):
    """Waits for the first of the events that follow it; `targets` are those, in the order of `definitions`."""

    targets: list[str]

    def _predict_hook(self, my_task: Any) -> None:
        my_task._sync_children(self.outputs, state=TaskState.MAYBE)

    def _run_hook(self, my_task: Any) -> bool:
        target = self.targets[my_task.internal_data["happened"]]
        self._take(my_task)
        open_branches(my_task, [target])
        return True


class Throwing(Guarded, ThrowingEvent, BpmnSpecMixin):
    """Throws its definition."""

    definition: Waited = NoEvent()

    def _run_hook(self, my_task: Any) -> bool:
        self.definition.throw(my_task)
        return True


class IntermediateThrowEvent(Throwing):
    """Throws in the flow, and goes on."""


class SendTask(Throwing):
    """A task that sends a message."""


class EndEvent(Throwing):
    """Ends a branch."""
