"""What events wait for or throw: timers, messages, signals, errors, escalations. None of them reads a clock."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.util.task import TaskState

from app.engine.expressions import Expression
from app.engine.spiff.data import Data
from app.engine.spiff.evaluation import evaluate, evaluate_text
from app.engine.spiff.failures import StepFailure
from app.engine.spiff.workflow import LIVE, Thrown
from app.engine.timers.rules import Cycle, NotATime, due_at, parse_cycle
from app.kernel.i18n import _

Armed = dict[str, Any]


class Waited(EventDefinition):
    """Base: a definition that an event waits for (`arm`, `receive`) or throws (`throw`)."""

    kind: ClassVar[str] = "none"

    @property
    def repeats(self) -> bool:
        """Whether a non-interrupting boundary event of this kind goes on waiting after it has happened."""
        return False

    def arm(self, my_task: Any) -> Armed:
        """Work out what exactly is waited for, once, when the event begins to wait.

        Raises:
            StepFailure: an expression gives nothing that can be waited for.
        """
        return {}

    def receive(self, my_task: Any, payload: Data) -> Data:
        """Return what the event puts into the data."""
        return payload

    def throw(self, my_task: Any) -> None:
        """Do what a throwing event of this kind does."""


class NoEvent(Waited):
    """A plain start, end or intermediate event."""


class Terminate(Waited):
    """Ends everything else in its process or subprocess."""

    kind = "terminate"

    def throw(self, my_task: Any) -> None:
        workflow = my_task.workflow
        for task in list(workflow.tasks.values()):
            is_end = task.task_spec is workflow.spec.end
            if task is not my_task and not is_end and task.id in workflow.tasks and task._state & LIVE:
                task.cancel()


@dataclass(eq=False)
class Timer(Waited):
    """A moment or a cycle. `formula` is None when the diagram holds the constant `text`."""

    text: str
    formula: Expression | None
    cyclic: bool
    kind: ClassVar[str] = "timer"

    @property
    def repeats(self) -> bool:
        return self.cyclic

    def arm(self, my_task: Any) -> Armed:
        context = my_task.workflow.top_workflow.context
        text = self.text if self.formula is None else evaluate(self.formula, my_task)
        try:
            if not isinstance(text, str):
                raise StepFailure(_("The timer has no time."), f"{self.text} = {text!r}")
            if self.cyclic:
                return self._first(parse_cycle(text), text, context)
            return {"due": due_at(text, context.now, ZoneInfo(context.time_zone)).isoformat()}
        except (NotATime, OverflowError) as error:
            raise StepFailure(_("The timer has no time."), f"{self.text}: {error}") from error

    @staticmethod
    def _first(cycle: Cycle, text: str, context: Any) -> Armed:
        due = cycle.every.after(context.now, ZoneInfo(context.time_zone))
        return {
            "cycle": text,
            "from": context.now.astimezone(UTC).isoformat(),
            "turn": 1,
            "missed": 0,
            "due": due.isoformat(),
        }


def next_turn(armed: Armed, now: datetime, zone: ZoneInfo) -> Armed:
    """Return what a cycle waits for after it has happened at `now`; turns that were missed count as one."""
    cycle = parse_cycle(armed["cycle"])
    start = datetime.fromisoformat(armed["from"])
    turn, missed = armed["turn"] + 1, 0
    while cycle.every.times(turn).after(start, zone) <= now and not _is_over(cycle, turn):
        turn, missed = turn + 1, missed + 1
    due = None if _is_over(cycle, turn) else cycle.every.times(turn).after(start, zone).isoformat()
    return {**armed, "turn": turn, "missed": missed, "due": due}


def _is_over(cycle: Cycle, turn: int) -> bool:
    return cycle.repetitions is not None and turn > cycle.repetitions


@dataclass(eq=False)
class Message(Waited):
    """A message with a correlation; without an expression that is the business key of the instance."""

    name: str
    correlation: Expression | None
    payload: Expression | None
    variable: str | None
    kind: ClassVar[str] = "message"

    @property
    def repeats(self) -> bool:
        return True

    def arm(self, my_task: Any) -> Armed:
        return {"correlation": self._correlation(my_task)}

    def _correlation(self, my_task: Any) -> str:
        if self.correlation is None:
            key: str = my_task.workflow.top_workflow.context.business_key
            return key
        return evaluate_text(self.correlation, my_task)

    def receive(self, my_task: Any, payload: Data) -> Data:
        return {self.variable: payload} if self.variable else payload

    def throw(self, my_task: Any) -> None:
        payload = {} if self.payload is None else evaluate(self.payload, my_task)
        if not isinstance(payload, dict):
            raise StepFailure(_("The content of a message is not a list of names and values."), repr(payload)[:200])
        message = Thrown(self.name, self._correlation(my_task), payload)
        my_task.workflow.top_workflow.outbox.messages.append(message)


@dataclass(eq=False)
class Signal(Waited):
    """A signal; it reaches every instance of the scope, this one too, when it is broadcast from outside."""

    name: str
    kind: ClassVar[str] = "signal"

    @property
    def repeats(self) -> bool:
        return True

    def throw(self, my_task: Any) -> None:
        my_task.workflow.top_workflow.outbox.signals.append(self.name)


@dataclass(eq=False)
class Escalation(Waited):
    """Goes up from subprocess to subprocess until a boundary event catches it; nobody has to."""

    name: str
    code: str | None
    kind: ClassVar[str] = "escalation"

    @property
    def repeats(self) -> bool:
        return True

    def throw(self, my_task: Any) -> None:
        catcher = self._find_catcher(my_task)
        if catcher is not None:
            catcher.task_spec.happen(catcher, self.kind, {})

    def _find_catcher(self, my_task: Any) -> Any:
        workflow = my_task.workflow
        while workflow.parent_workflow is not None:
            catcher = self._catcher(workflow.top_workflow.index.tasks[workflow.parent_task_id])
            if catcher is not None:
                return catcher
            workflow = workflow.parent_workflow
        return None

    def _catcher(self, activity: Any) -> Any:
        frame = activity.parent if isinstance(activity.parent.task_spec, LoopTask) else activity
        events = [
            task
            for task in frame.parent.children
            if isinstance(task.task_spec, BoundaryEvent)
            and task._state == TaskState.WAITING
            and task.task_spec.definitions[0].kind == self.kind
        ]
        exact = [task for task in events if self.code and task.task_spec.definitions[0].code == self.code]
        catch_all = [task for task in events if task.task_spec.definitions[0].code is None]
        return next(iter(exact + catch_all), None)


class Error(Escalation):
    """An error. One that nobody catches stops at the event that throws it, as an incident."""

    kind = "error"

    def throw(self, my_task: Any) -> None:
        catcher = self._find_catcher(my_task)
        if catcher is None:
            raise StepFailure(_("Nothing catches this error."), f"{self.name} {self.code or ''}".strip())
        my_task._set_state(TaskState.COMPLETED)  # Its surroundings end in the next line.
        catcher.task_spec.happen(catcher, self.kind, {})
