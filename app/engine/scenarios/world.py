"""The world around the instances of a scenario: it carries their messages, answers their calls, moves the clock."""

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.engine.events import operations as events
from app.engine.events.starting import Subject, start_by_time
from app.engine.instances import live
from app.engine.instances import operations as instances
from app.engine.instances.models import Subscription, SubscriptionKind
from app.engine.instances.outcome import Call, Outcome, Reached
from app.engine.scenarios.model import BEGINNING, Answer, Start
from app.engine.scenarios.store import SCOPE
from app.engine.scenarios.stubs import Stubs, result_of
from app.engine.starts.models import StartTimer, StartTimerState
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
        trace: what was entered, completed or cancelled so far, in order, each with the number of its instance.
        calls: what service tasks asked for, by instance and task.
    """

    def __init__(self, session: Session, stubs: Stubs, *, warm: bool) -> None:
        self.session = session
        self.stubs = stubs
        self.warm = warm
        self.now = BEGINNING
        self.time_zone = "UTC"
        self.trace: list[tuple[int, Reached]] = []
        self.calls: dict[tuple[int, str], Call] = {}

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
        """Start an instance; one that is started at a time by hand stands for the turn of that time."""
        outcome = instances.start(
            self.session,
            process_key=process_key,
            data=wanted.data,
            business_key=BUSINESS,
            scope_key=SCOPE,
            now=self.now,
            time_zone=self.time_zone,
            element=wanted.element,
        )
        begun = [step.element_id for step in outcome.reached if step.element_type == "startEvent"]
        mine = (StartTimer.process_key == process_key, StartTimer.element_id.in_(begun))
        self.session.execute(update(StartTimer).where(*mine).values(state=StartTimerState.CANCELLED))
        self.carry_out([outcome])

    def carry_out(self, outcomes: Iterable[Outcome]) -> None:
        """Do what the outcomes ask for, and what comes of that, until all is quiet."""
        pending = deque((outcome, 0) for outcome in outcomes)
        while pending:
            outcome, depth = pending.popleft()
            if depth > events.MOST_IN_A_ROW:
                raise StepFailed("Processes lead to each other by messages or signals without end.")
            self.trace += [(outcome.instance_id, step) for step in outcome.reached]
            for thrown in outcome.messages:
                heard = self._deliver(thrown.name, thrown.correlation, dict(thrown.payload))
                pending.extend((following, depth + 1) for following in heard)
            for signal in outcome.signals:
                heard = self._broadcast(signal, outcome.instance_id)
                pending.extend((following, depth + 1) for following in heard)
            for call in outcome.calls:
                self.calls[outcome.instance_id, call.task_ref] = call
                answer = self.stubs.answer(call)
                if answer is not None:
                    # What came before in the queue may have ended the task.
                    with suppress(instances.CallNotWaiting, live.InstanceEnded):
                        pending.append((self._answer(outcome.instance_id, call.task_ref, answer), depth))

    def answer(self, instance_id: int, task_ref: str, answer: Answer) -> None:
        """End a waiting service task as the answer says."""
        self.carry_out([self._answer(instance_id, task_ref, answer)])

    def _answer(self, instance_id: int, task_ref: str, answer: Answer) -> Outcome:
        if answer.error:
            return instances.throw_error(
                self.session,
                instance_id=instance_id,
                task_ref=task_ref,
                code=answer.error,
                message=answer.message,
                now=self.now,
            )
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
        self.carry_out(self._broadcast(name, None))

    def _broadcast(self, name: str, thrower: int | None) -> tuple[Outcome, ...]:
        return events.broadcast_signal(
            self.session, name=name, business_key=BUSINESS, scope_key=SCOPE, now=self.now, except_instance=thrower
        )

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
            self.carry_out(self._fire(due))
            self.save()
        raise StepFailed(f"More than {MAX_FIRINGS} timers fell due.", until.isoformat(), self.now.isoformat())

    def _fire(self, due: Timer | StartTimer) -> tuple[Outcome, ...]:
        if isinstance(due, Timer):
            outcome = instances.fire_timer(self.session, timer_id=due.id, now=self.now)
            return () if outcome is None else (outcome,)
        about = (Subject(BUSINESS, SCOPE, self.time_zone),)
        return start_by_time(self.session, start_timer_id=due.id, now=self.now, subjects=about) or ()

    def _next_due(self, until: datetime) -> Timer | StartTimer | None:
        """Return what is due next: a time that starts an instance goes before one that an instance waits for."""
        waits = (Timer.state == TimerState.WAITING, Timer.attempts < MAX_ATTEMPTS, Timer.due_at <= until)
        timer = self.session.scalars(select(Timer).where(*waits).order_by(Timer.due_at, Timer.id).limit(1)).first()
        starts = (StartTimer.state == StartTimerState.WAITING, StartTimer.due_at <= until)
        start = self.session.scalars(
            select(StartTimer).where(*starts).order_by(StartTimer.due_at, StartTimer.id).limit(1)
        ).first()
        if start is None or timer is None:
            return start or timer
        return start if start.due_at <= timer.due_at else timer
