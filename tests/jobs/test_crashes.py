"""Whatever statement a worker or the ticker dies at: what was due happens in the end, and once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from app.engine.calls.models import CallState, ServiceCall
from app.engine.instances.models import Instance, InstanceState
from app.engine.instances.verify import find_violations
from app.jobs.tasks import CALL_LEASE
from app.jobs.ticker import chores, tick
from app.jobs.workshop import Workshop, bind
from app.kernel.errors import Unavailable
from app.kernel.settings import Settings
from app.programme.cycles.models import Cycle
from app.programme.processes.acts import start_process
from app.programme.processes.calls import Done, Errand, Work
from app.programme.processes.handlers import HANDLERS, REMOTE
from app.work.history.models import Entry
from app.work.history.operations import record
from tests.conftest import Clock
from tests.engine.diagrams import END, START, a_diagram, every, service_task, user_task
from tests.engine.runs import deployed
from tests.region import a_region

CALL = START + service_task("reach", "reach_out") + END + "\nbegun -> reach\nreach -> done\n"
WEEKLY = f'<startEvent id="week_began">{every("R/P7D")}</startEvent>' + user_task("look") + END
MOST_STATEMENTS = 200


class Died(BaseException):
    """The process is no more."""


@pytest.fixture
def place(app: Flask, settings: Settings, clock: Clock) -> Workshop:
    made = Workshop(app, settings)
    bind(made)
    with made.unit() as (session, _now):
        a_region(session)
    return made


@contextmanager
def dying_at(number: int) -> Iterator[list[int]]:
    """Let the process die before its statement of this number; give how many statements there were."""
    seen = [0]

    def count(*_args: Any) -> None:
        seen[0] += 1
        if seen[0] == number:
            raise Died

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield seen
    except Died:
        pass
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def at_every_statement(act: Callable[[], object], recover: Callable[[], None]) -> int:
    """Let `act` die before each of its statements in turn, with `recover` after each; return how many there were."""
    for number in range(1, MOST_STATEMENTS):
        with dying_at(number) as seen:
            act()
        recover()
        if seen[0] < number:
            return number - 1
    raise AssertionError("it never came to its end")


def count(session: Session, column: Any, *where: Any) -> int:
    return session.scalar(select(func.count(column)).where(*where)) or 0


def reach_out(work: Work) -> Done:
    """Write into the history, after a first time at which nobody is there."""
    if work.now == work.session.scalars(select(Instance.started_at).order_by(Instance.id.desc())).first():
        raise Unavailable("away")
    about = ("cycle", work.cycle.id)
    record(work.session, at=work.now, person_id=None, action="service.reached", subject=about, business_key="cycle:1")
    return Done({"reached": True})


def answer(_errand: Errand) -> Mapping[str, Any]:
    return {"reached": True}


@pytest.mark.parametrize("kind", ["local", "remote"])
def test_a_call_is_answered_once(place: Workshop, clock: Clock, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if kind == "local":
        monkeypatch.setitem(HANDLERS, "reach_out", reach_out)
    else:
        monkeypatch.setitem(REMOTE, "reach_out", answer)
    with place.unit() as (session, _now):
        deployed(session, a_diagram(CALL))
    begun = 0

    def act() -> None:
        tick(place, chores(mails=False), leave_to_workers=False)

    def prepare() -> None:
        nonlocal begun
        begun += 1
        with place.unit() as (session, now):
            cycle = session.scalars(select(Cycle)).one()
            start_process(session, process_key="simple", about=cycle, data={}, actor_id=None, now=now)
        clock.advance(minutes=1)

    def recover() -> None:
        clock.now += CALL_LEASE
        act()
        with place.unit() as (session, now):
            assert count(session, Instance.id, Instance.state == InstanceState.COMPLETED) == begun
            assert count(session, ServiceCall.id, ServiceCall.state == CallState.DONE) == begun
            if kind == "local":
                assert count(session, Entry.id, Entry.action == "service.reached") == begun
            assert find_violations(session, now=now) == ()
        prepare()

    prepare()
    assert at_every_statement(act, recover) > 10


def test_a_turn_of_a_cycle_starts_one_instance(place: Workshop, clock: Clock) -> None:
    with place.unit() as (session, _now):
        deployed(session, a_diagram(WEEKLY + "\nweek_began -> look\nlook -> done\n"))
    clock.now += timedelta(days=7)
    turns = 1

    def act() -> None:
        tick(place, chores(mails=False), leave_to_workers=False)

    def recover() -> None:
        nonlocal turns
        clock.now += timedelta(minutes=2)
        act()
        with place.unit() as (session, now):
            assert count(session, Instance.id) == turns
            assert find_violations(session, now=now) == ()
        clock.now += timedelta(days=7) - timedelta(minutes=2)
        turns += 1

    assert at_every_statement(act, recover) > 10
