"""The diagram of the escalation asks the next role up from the late one, and then the next."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.definitions.operations import deploy
from app.engine.events.operations import deliver_message
from app.engine.instances import live, operations
from app.engine.instances.models import InstanceState
from app.engine.instances.outcome import Call, OpenedTask, Outcome
from app.engine.timers.models import Timer, TimerState
from tests.builders import NOON

WORKFLOWS = Path(__file__).resolve().parents[3] / "workflows"
CALENDAR = {"ladder_municipality": "P7D", "ladder_region": "P7D", "red_list_term": "P7D"}
WEEK = timedelta(days=7)


@pytest.fixture
def session(session: Session) -> Session:
    """Return a session with the escalation in force; each step reads the stored state."""
    live.forget_all()
    files = {"escalate.bpmn": (WORKFLOWS / "bpmn" / "escalate.bpmn").read_bytes()}
    deploy(session, files=files, resources={}, now=NOON)
    return session


class Climb:
    """One escalation, played without people: calls are answered at once and remembered."""

    def __init__(self, session: Session, late_role: str) -> None:
        self.session = session
        self.called: list[tuple[str, dict[str, object]]] = []
        self.now: datetime = NOON
        late = {"task_id": 5, "title": "Анкета", "role": late_role, "due_on": "2026-02-23"}
        self.settle(self.start({"escalated": late, "calendar": CALENDAR}))

    def start(self, data: dict[str, object]) -> Outcome:
        return operations.start(
            self.session,
            process_key="escalate",
            data=data,
            business_key="case:1",
            scope_key="cycle:1",
            now=self.now,
        )

    def settle(self, outcome: Outcome) -> None:
        """Answer the calls of service tasks, and keep who is asked in the end."""
        live.forget_all()
        asked: tuple[OpenedTask, ...] = outcome.opened
        calls: list[Call] = list(outcome.calls)
        while calls:
            call = calls.pop(0)
            self.called.append((call.operation, dict(call.parameters)))
            result = {"late_title": "Анкета"} if call.operation == "note_escalation" else {}
            outcome = operations.complete_call(
                self.session, instance_id=outcome.instance_id, task_ref=call.task_ref, result=result, now=self.now
            )
            asked += outcome.opened
            calls += outcome.calls
        self.outcome, self.asked = outcome, asked

    @property
    def who(self) -> list[tuple[str | None, str]]:
        """Who is asked now, and for what."""
        return [(task.role, task.element_id) for task in self.asked]

    @property
    def operations(self) -> list[str]:
        return [name for name, _parameters in self.called]

    def answer(self, **data: object) -> None:
        """Complete the only task."""
        [task] = self.asked
        self.settle(
            operations.complete_task(
                self.session, instance_id=self.outcome.instance_id, task_ref=task.task_ref, data=data, now=self.now
            )
        )

    def wait(self, how_long: timedelta) -> None:
        """Let time pass and the next timer fire."""
        self.now += how_long
        [timer_id] = self.session.scalars(
            select(Timer.id).where(Timer.state == TimerState.WAITING, Timer.due_at <= self.now)
        )
        outcome = operations.fire_timer(self.session, timer_id=timer_id, now=self.now)
        assert outcome is not None
        self.settle(outcome)


@pytest.mark.parametrize(
    ("late_role", "asked"),
    [
        ("school_team", ("curator", "call_school")),
        ("principal", ("curator", "call_school")),
        ("curator", ("municipal_coordinator", "help_or_move")),
        ("municipal_coordinator", ("regional_coordinator", "decide_red_list")),
        ("consultant", ("regional_coordinator", "settle_delay")),
    ],
)
def test_the_next_role_up_is_asked_first(session: Session, late_role: str, asked: tuple[str, str]) -> None:
    climb = Climb(session, late_role)

    assert climb.who == [asked]
    assert ("put_on_red_list" in climb.operations) == (late_role == "municipal_coordinator")


def test_a_silent_curator_is_relieved_by_the_municipality_and_that_by_the_region(session: Session) -> None:
    climb = Climb(session, "school_team")

    climb.wait(WEEK)
    assert climb.who == [("municipal_coordinator", "help_or_move")]

    climb.wait(WEEK)
    assert climb.who == [("regional_coordinator", "decide_red_list")]
    assert climb.operations == ["note_escalation", "put_on_red_list"]


def test_the_last_day_is_over_before_somebody_else_is_asked(session: Session) -> None:
    climb = Climb(session, "school_team")
    assert [task.due for task in climb.asked] == [timedelta(days=6)]

    climb.wait(WEEK)

    assert [task.due for task in climb.asked] == [timedelta(days=6)]


def test_a_promise_that_is_not_kept_calls_the_municipality_the_day_after(session: Session) -> None:
    climb = Climb(session, "principal")
    climb.answer(call_decision="wait", promised_on="2026-03-05")
    assert climb.who == []

    climb.wait(timedelta(days=4))

    assert climb.who == [("municipal_coordinator", "help_or_move")]


@pytest.mark.parametrize("late_role", ["curator", "municipal_coordinator", "consultant"])
def test_whoever_is_asked_may_move_the_date(session: Session, late_role: str) -> None:
    climb = Climb(session, late_role)

    climb.answer(help_decision="move", region_decision="move", move_to="2026-03-20", move_reason="Карантин.")

    assert ("move_deadline", {"task_id": 5, "new_due_on": "2026-03-20", "reason": "Карантин."}) in climb.called
    assert climb.operations[-1] == "close_escalation"
    assert climb.outcome.state is InstanceState.COMPLETED


def test_the_region_keeps_a_late_answer_under_control_without_the_red_list(session: Session) -> None:
    climb = Climb(session, "consultant")

    climb.answer(region_decision="keep", region_text="Ответ будет в пятницу.")

    assert climb.operations == ["note_escalation", "close_escalation"]
    assert climb.outcome.state is InstanceState.COMPLETED


@pytest.mark.parametrize("late_role", ["school_team", "curator", "municipal_coordinator", "consultant"])
def test_the_climb_ends_when_the_task_is_done(session: Session, late_role: str) -> None:
    climb = Climb(session, late_role)

    [met] = deliver_message(
        session,
        name="deadline_met",
        correlation="task:5",
        payload={},
        business_key="case:1",
        scope_key="cycle:1",
        now=NOON,
    )

    assert met.cancelled == tuple(task.task_ref for task in climb.asked)
    climb.settle(met)
    assert climb.called[-1] == ("close_escalation", {"task_id": 5, "outcome": "met"})
    assert climb.outcome.state is InstanceState.COMPLETED
