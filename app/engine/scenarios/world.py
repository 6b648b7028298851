"""The world around the instances of a scenario: it carries their messages, answers their calls, moves the clock."""

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.events import operations as events
from app.engine.instances import live
from app.engine.instances import operations as instances
from app.engine.instances.models import Subscription, SubscriptionKind
from app.engine.instances.outcome import Call, Outcome, Reached
from app.engine.scenarios.model import BEGINNING, Answer, Start
from app.engine.scenarios.store import SCOPE
from app.engine.scenarios.stubs import Stubs, result_of
from app.engine.timers.models import MAX_ATTEMPTS, Timer, TimerState
from app.engine.timers.rules import parse_duration

MAX_FIRINGS = 10_000
BUSINESS = "scenario"
"""What all instances of a scenario are about; a message without a correlation of its own is correlated by it."""


class StepFailed(Exception):
    """A step of the scenario could not be done.

    Attributes:
        expected: what the step needed.
        got: what was there instead.
    """

    def __init__(self, message: str, expected: object = None, got: object = None) -> None:
        super().__init__(message)
        self.expected = expected
        self.got = got


class World:
    """Everything outside the engine, as far as a scenario needs it.

    Attributes:
        trace: what was reached, entered, completed or cancelled so far, in order.
        calls: what service tasks asked for, by instance and task.
        indexes: which child of a multi-instance a task is, counted from 1, by instance and task.
    """

    def __init__(self, session: Session, stubs: Stubs, *, warm: bool) -> None:
        self.session = session
        self.stubs = stubs
        self.warm = warm
        self.now = BEGINNING
        self.time_zone = "UTC"
        self.trace: list[Reached] = []
        self.calls: dict[tuple[int, str], Call] = {}
        self.indexes: dict[tuple[int, str], int] = {}
        self._births: dict[tuple[int, str], int] = {}

    def save(self) -> None:
        """Store what was done; unless kept warm, everything is read from there again."""
        self.session.commit()
        if not self.warm:
            live.forget_all()
            self.session.expunge_all()

    def take_back(self) -> None:
        """Undo what was not stored."""
        self.session.rollback()
        self.session.expunge_all()
        live.forget_all()

    def start(self, wanted: Start, process_key: str) -> None:
        """Start an instance."""
        outcome = instances.start(
            self.session,
            process_key=process_key,
            data=wanted.data,
            business_key=BUSINESS,
            scope_key=SCOPE,
            now=self.now,
            time_zone=self.time_zone,
        )
        self.carry_out([outcome])

    def carry_out(self, outcomes: Iterable[Outcome]) -> None:
        """Do what the outcomes ask for, and what comes of that, until all is quiet."""
        pending = deque(outcomes)
        while pending:
            outcome = pending.popleft()
            self.trace += outcome.reached
            self._note_indexes(outcome)
            for thrown in outcome.messages:
                pending.extend(self._deliver(thrown.name, thrown.correlation, dict(thrown.payload)))
            for signal in outcome.signals:
                pending.extend(events.broadcast_signal(self.session, name=signal, scope_key=SCOPE, now=self.now))
            for call in outcome.calls:
                self.calls[outcome.instance_id, call.task_ref] = call
                answer = self.stubs.answer(call)
                if answer is not None:
                    # What came before in the queue may have ended the task.
                    with suppress(instances.CallNotWaiting, live.InstanceEnded):
                        pending.append(self._answer(outcome.instance_id, call.task_ref, answer))

    def _note_indexes(self, outcome: Outcome) -> None:
        here = [(task.element_id, task.task_ref) for task in outcome.opened]
        here += [(call.element_id, call.task_ref) for call in outcome.calls]
        several = {element for element, _ref in here if sum(1 for other, _ in here if other == element) > 1}
        for element in several:
            self._births[outcome.instance_id, element] = 0
        for element, ref in here:
            turn = self._births.get((outcome.instance_id, element), 0) + 1
            self._births[outcome.instance_id, element] = turn
            self.indexes[outcome.instance_id, ref] = turn

    def answer(self, instance_id: int, task_ref: str, answer: Answer) -> None:
        """End a waiting service task as the answer says."""
        self.carry_out([self._answer(instance_id, task_ref, answer)])

    def _answer(self, instance_id: int, task_ref: str, answer: Answer) -> Outcome:
        if answer.error:
            raise StepFailed("Errors of service tasks are not supported.")
        if answer.fail is not None:
            return instances.fail_call(
                self.session,
                instance_id=instance_id,
                task_ref=task_ref,
                message=answer.fail,
                detail=answer.message,
                now=self.now,
            )
        result = result_of(answer, self.calls.get((instance_id, task_ref)), self.now, self.time_zone)
        return instances.complete_call(
            self.session, instance_id=instance_id, task_ref=task_ref, result=result, now=self.now
        )

    def _deliver(self, name: str, correlation: str, payload: dict[str, object]) -> tuple[Outcome, ...]:
        return events.deliver_message(
            self.session,
            name=name,
            correlation=correlation,
            payload=payload,
            business_key=BUSINESS,
            scope_key=SCOPE,
            now=self.now,
        )

    def deliver(self, name: str, correlation: str | None, payload: dict[str, object]) -> None:
        """Bring a message from outside.

        Without a correlation it goes to whoever waits for its name the longest; one with a correlation also reaches
        whoever waits for the name alone.
        """
        statement = select(Subscription.correlation).where(
            Subscription.kind == SubscriptionKind.MESSAGE, Subscription.name == name
        )
        waited_for = list(self.session.scalars(statement.order_by(Subscription.id)))
        if correlation is None:
            correlation = waited_for[0] if waited_for else BUSINESS
        elif correlation not in waited_for and BUSINESS in waited_for:
            correlation = BUSINESS
        self.carry_out(self._deliver(name, correlation, payload))

    def broadcast(self, name: str) -> None:
        """Bring a signal from outside."""
        self.carry_out(events.broadcast_signal(self.session, name=name, scope_key=SCOPE, now=self.now))

    def advance(self, by: str, to: datetime | None) -> None:
        """Let time pass; what is due on the way happens at its own time, in order."""
        until = to or parse_duration(by).after(self.now, ZoneInfo(self.time_zone))
        if until < self.now:
            raise StepFailed("Time does not go back.", until.isoformat(), self.now.isoformat())
        for _turn in range(MAX_FIRINGS):
            due = self._next_due(until)
            if due is None:
                self.now = until
                return
            self.now = max(self.now, due.due_at)
            outcome = instances.fire_timer(self.session, timer_id=due.id, now=self.now)
            self.carry_out(() if outcome is None else [outcome])
            self.save()
        raise StepFailed(f"More than {MAX_FIRINGS} timers fell due.", until.isoformat(), self.now.isoformat())

    def _next_due(self, until: datetime) -> Timer | None:
        waits = (Timer.state == TimerState.WAITING, Timer.attempts < MAX_ATTEMPTS, Timer.due_at <= until)
        return self.session.scalars(select(Timer).where(*waits).order_by(Timer.due_at, Timer.id).limit(1)).first()
