"""Task specs of events. What comes from outside is brought to one waiting token by `happen`; nothing polls."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from SpiffWorkflow.util.task import TaskState

from app.engine.spiff import throwing
from app.engine.spiff.data import Data
from app.engine.spiff.definitions import Armed, Conditional, Timer, Waited
from app.engine.spiff.evaluation import evaluate_condition
from app.engine.spiff.failures import StepFailure
from app.engine.spiff.nodes import Flow, Node, send, write
from app.engine.spiff.tokens import HELD


class Wait(NamedTuple):
    """One thing that a token waits for. `name` is that of a message or signal, `armed` the particulars."""

    number: int
    kind: str
    name: str
    armed: Armed


class Waiting(Node):
    """Waits for one of its definitions, or for all of them; an event with none happens at once."""

    rests = True
    awaits = True
    definitions: tuple[Waited, ...] = ()
    all_of_them = False

    @property
    def is_conditional(self) -> bool:  # type: ignore[override]
        """Whether it waits for a condition."""
        return any(isinstance(definition, Conditional) for definition in self.definitions)

    def prepare(self, my_task: Any) -> bool | None:
        internal = my_task.internal_data
        if not self.definitions or "happened" in internal:
            return True
        if "armed" not in internal:
            my_task._set_state(TaskState.WAITING)
            internal["armed"] = [definition.arm(my_task) for definition in self.definitions]
        return None

    def waits(self, my_task: Any) -> list[Wait]:
        """Return what this token still waits for."""
        armed = my_task.internal_data.get("armed")
        if armed is None or my_task._state != TaskState.WAITING or HELD in my_task.internal_data:
            return []
        return [
            Wait(number, definition.kind, definition.name, particulars)
            for number, (definition, particulars) in enumerate(zip(self.definitions, armed, strict=True))
            if particulars is not None
        ]

    def look(self, my_task: Any) -> None:
        """The variables have changed: see whether a condition has become true."""
        for number, kind, _name, armed in self.waits(my_task):
            if kind != "conditional" or my_task._state != TaskState.WAITING:
                continue
            try:
                holds = evaluate_condition(self.definitions[number].condition, my_task)  # type: ignore[attr-defined]
            except StepFailure as failure:
                my_task.workflow.top_workflow.hold(my_task, failure)
                return
            if holds and not armed["was"]:
                self.happen(my_task, number, {})
            elif holds != armed["was"]:
                my_task.internal_data["armed"][number] = {"was": holds}
                my_task.workflow.top_workflow.index.touch(my_task)

    def happen(self, my_task: Any, number: int, payload: Data) -> None:
        """One of the things that are waited for has come."""
        my_task.workflow.top_workflow.index.touch(my_task)
        if self.all_of_them and sum(1 for armed in my_task.internal_data["armed"] if armed is not None) > 1:
            write(my_task, self.definitions[number].receive(payload))
            my_task.internal_data["armed"][number] = None
        else:
            self.come(my_task, number, payload)

    def come(self, my_task: Any, number: int, payload: Data) -> None:
        """Enough has come: the token goes on."""
        my_task.internal_data["happened"] = number
        my_task.internal_data["payload"] = payload
        self._update(my_task)

    def wait_again(self, my_task: Any, number: int) -> bool:
        """After a non-interrupting event has happened: return whether it goes on waiting."""
        context = my_task.workflow.top_workflow.context
        armed = my_task.internal_data["armed"]
        if self.all_of_them:
            armed[:] = [definition.arm(my_task) for definition in self.definitions]
        else:
            armed[number] = self.definitions[number].again(armed[number], context)
        return any(particulars is not None for particulars in armed)

    def _run_hook(self, my_task: Any) -> bool:
        number = my_task.internal_data.pop("happened", None)
        payload = my_task.internal_data.pop("payload", {})
        if number is not None and payload:
            write(my_task, self.definitions[number].receive(payload))
        return True


class IntermediateCatchEvent(Waiting):
    """Waits in the flow. A cycle that ends lets one token go on at each of its turns."""

    def come(self, my_task: Any, number: int, payload: Data) -> None:
        if self._is_repeated(my_task) and self.wait_again(my_task, number):
            my_task.workflow.put(self.name, {"happened": number, "payload": payload})
        else:
            super().come(my_task, number, payload)

    def _is_repeated(self, my_task: Any) -> bool:
        only = self.definitions[0]
        return len(self.definitions) == 1 and isinstance(only, Timer) and only.ends(my_task.internal_data["armed"][0])


class ReceiveTask(Waiting):
    """A task that waits for a message."""


class StartEvent(Waiting):
    """Begins a level: which of them does is decided before a token stands here."""

    rests = False

    def prepare(self, my_task: Any) -> bool:
        return True


class BoundaryEvent(Waiting):
    """Waits beside an activity. A non-interrupting one goes on waiting where it can happen again."""

    rests = False
    guards = True
    interrupting = True

    def come(self, my_task: Any, number: int, payload: Data) -> None:
        level = my_task.workflow
        if not self.interrupting:
            if not self.wait_again(my_task, number):
                level.forget(my_task)
            level.put(self.name, {"happened": number, "payload": payload})
            return
        host = level.tasks.get(my_task.internal_data.pop("host", None))
        super().come(my_task, number, payload)
        if host is not None:
            host.cancel()


class EventBasedGateway(Waiting):
    """Waits for the first of the events that follow it; `targets` are those, with the number of their definition."""

    targets: tuple[tuple[Flow, int], ...] = ()

    def _run_hook(self, my_task: Any) -> bool:
        return True

    def choose(self, my_task: Any) -> Sequence[Flow]:
        return ()

    def leave(self, my_task: Any, chosen: Sequence[Flow]) -> None:
        level, internal = my_task.workflow, my_task.internal_data
        flow, number = self.targets[internal["happened"]]
        level.forget(my_task)
        level.put(flow.target, {"flow": flow.id, "happened": number, "payload": internal["payload"]})


class Throwing(Node):
    """Throws its definitions, one after the other."""

    definitions: tuple[Waited, ...] = ()

    def _run_hook(self, my_task: Any) -> bool | None:
        done = True
        for definition in self.definitions:
            done = definition.throw(my_task) and done
            if my_task._state == TaskState.COMPLETED or my_task.workflow.completed:
                return None
        return True if done else None

    def undone(self, my_task: Any) -> None:
        """Everything that this event wanted undone is undone."""
        my_task.workflow.top_workflow.finish(my_task)


class IntermediateThrowEvent(Throwing):
    """Throws in the flow, and goes on."""


class SendTask(Throwing):
    """A task that sends a message."""

    rests = True


class EndEvent(Throwing):
    """Ends a branch."""

    def choose(self, my_task: Any) -> Sequence[Flow]:
        return ()

    def leave(self, my_task: Any, chosen: Sequence[Flow]) -> None:
        level = my_task.workflow
        level.forget(my_task)
        if any(definition.kind == "cancel" for definition in self.definitions):
            throwing.cancel_transaction(my_task)
        else:
            send(level, ())
