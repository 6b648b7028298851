"""What events wait for or throw: timers, messages, signals, conditions, errors … None of them reads a clock."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from SpiffWorkflow.util.task import TaskState

from app.engine.expressions import Expression
from app.engine.spiff import compensation, throwing
from app.engine.spiff.data import Data, correlation_text
from app.engine.spiff.evaluation import evaluate, text_of
from app.engine.spiff.failures import StepFailure
from app.engine.spiff.journal import Thrown
from app.engine.timers.rules import Cycle, NotATime, due_at, parse_cycle
from app.kernel.i18n import _

Armed = dict[str, Any]


class Waited:
    """Base: a definition that an event waits for (`arm`, `receive`) or throws (`throw`).

    Attributes:
        name: of the message or signal.
        code: of the error or escalation; None catches all.
    """

    kind: ClassVar[str] = "none"
    name: str = ""
    code: str | None = None

    def arm(self, my_task: Any) -> Armed:
        """Work out what exactly is waited for, once, when the event begins to wait.

        Raises:
            StepFailure: an expression gives nothing that can be waited for.
        """
        return {}

    def again(self, armed: Armed, context: Any) -> Armed | None:
        """Return what a non-interrupting event goes on waiting for after it has happened; None for nothing."""
        return armed

    def receive(self, payload: Data) -> Data:
        """Return what the event puts into the variables."""
        return payload

    def throw(self, my_task: Any) -> bool:
        """Do what a throwing event of this kind does; return whether the event is done with it."""
        return True


class Terminate(Waited):
    """Ends everything else in its process or subprocess."""

    kind = "terminate"

    def throw(self, my_task: Any) -> bool:
        my_task.workflow.clear(keep=[my_task])
        return True


@dataclass(eq=False)
class Timer(Waited):
    """A moment or a cycle. `formula` is None when the diagram holds the constant `text`."""

    text: str
    formula: Expression | None
    cyclic: bool
    kind: ClassVar[str] = "timer"

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

    @staticmethod
    def ends(armed: Armed) -> bool:
        """Whether it is a cycle with a last turn."""
        return "cycle" in armed and parse_cycle(armed["cycle"]).repetitions is not None

    def again(self, armed: Armed, context: Any) -> Armed | None:
        if "cycle" not in armed:
            return None
        following = next_turn(armed, context.now, ZoneInfo(context.time_zone))
        return None if following["due"] is None else following


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
    correlation: Expression | None = None
    payload: Expression | None = None
    variable: str | None = None
    kind: ClassVar[str] = "message"

    def arm(self, my_task: Any) -> Armed:
        return {"correlation": self._correlation(my_task)}

    def _correlation(self, my_task: Any) -> str:
        if self.correlation is None:
            key: str = my_task.workflow.top_workflow.context.business_key
            return key
        value = evaluate(self.correlation, my_task)
        return correlation_text(value) if isinstance(value, dict) else text_of(value, self.correlation, my_task)

    def receive(self, payload: Data) -> Data:
        return {self.variable: payload} if self.variable else payload

    def throw(self, my_task: Any) -> bool:
        payload = {} if self.payload is None else evaluate(self.payload, my_task)
        if not isinstance(payload, dict):
            raise StepFailure(_("The content of a message is not a list of names and values."), repr(payload)[:200])
        message = Thrown(self.name, self._correlation(my_task), payload)
        my_task.workflow.top_workflow.outbox.messages.append(message)
        return True


@dataclass(eq=False)
class Signal(Waited):
    """A signal. It reaches who waits for it in this instance at once, and other instances from outside."""

    name: str
    kind: ClassVar[str] = "signal"

    def throw(self, my_task: Any) -> bool:
        top = my_task.workflow.top_workflow
        top.outbox.signals.append(self.name)
        bring_signal(top, self.name)
        return True


def bring_signal(top: Any, name: str) -> None:
    """Let everything that waits for a signal in this instance have it; the outermost first."""
    waiting = [task for task in top.index.tasks.values() if task._state == TaskState.WAITING and task.task_spec.awaits]
    for task in sorted(waiting, key=lambda task: (task.workflow.depth, task.id)):
        if task.id not in top.index.tasks:
            continue  # What an outer one has ended no longer waits.
        for wait in task.task_spec.waits(task):
            if wait.kind == "signal" and wait.name == name and task.id in top.index.tasks:
                task.task_spec.happen(task, wait.number, {})


@dataclass(eq=False)
class Conditional(Waited):
    """Happens when its condition becomes true."""

    condition: Expression
    kind: ClassVar[str] = "conditional"

    def arm(self, my_task: Any) -> Armed:
        my_task.workflow.top_workflow.index.data_changed = True
        return {"was": False}

    def again(self, armed: Armed, context: Any) -> Armed:
        return {"was": True}


@dataclass(eq=False)
class Escalation(Waited):
    """Goes up from level to level until something catches it; nobody has to."""

    label: str
    code: str | None
    kind: ClassVar[str] = "escalation"

    def throw(self, my_task: Any) -> bool:
        catcher = throwing.find_catcher(my_task, self.kind, self.code)
        if catcher is not None:
            throwing.catch(catcher, {})
        return True


@dataclass(eq=False)
class Error(Waited):
    """An error. One that nobody catches ends the instance as failed."""

    label: str
    code: str | None
    kind: ClassVar[str] = "error"

    def throw(self, my_task: Any) -> bool:
        my_task._set_state(TaskState.COMPLETED)
        my_task.workflow.forget(my_task)  # Its surroundings end in the next line.
        throwing.throw_error(my_task, self.code, self.label)
        return True


class Cancel(Waited):
    """Ends a transaction: what was completed in it is undone first."""

    kind = "cancel"

    def throw(self, my_task: Any) -> bool:
        my_task.workflow.clear(keep=[my_task])
        return not compensation.throw(my_task, None)


@dataclass(eq=False)
class Compensate(Waited):
    """Undoes one completed activity, or all of the level; it goes on at once where it does not wait for that."""

    activity: str | None
    waits: bool = True
    kind: ClassVar[str] = "compensate"

    def throw(self, my_task: Any) -> bool:
        return not compensation.throw(my_task, self.activity, waits=self.waits)
