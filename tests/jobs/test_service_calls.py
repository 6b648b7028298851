"""Calls of service tasks as ticker and workers see them: begun after the commit, claimed by one, answered once."""

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.engine.calls.models import CallState, ServiceCall
from app.engine.instances.models import Instance, InstanceState
from app.jobs import tasks
from app.jobs.ticker import chores, tick
from app.jobs.workshop import Workshop, bind
from app.kernel import queue
from app.kernel.db import db
from app.kernel.errors import Unavailable
from app.kernel.settings import Settings
from app.programme.processes.acts import start_process
from app.programme.processes.calls import Errand
from app.programme.processes.handlers import REMOTE
from tests.conftest import Clock
from tests.engine.diagrams import END, START, a_diagram, service_task
from tests.engine.runs import deployed
from tests.region import a_region

CALL = START + service_task("reach", "reach_out") + END + "\nbegun -> reach\nreach -> done\n"


@pytest.fixture
def place(app: Flask, settings: Settings, clock: Clock) -> Workshop:
    made = Workshop(app, settings)
    bind(made)
    return made


class Server:
    """Somewhere else; it notes what it is asked."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.keys: list[str] = []

    def __call__(self, errand: Errand) -> Mapping[str, Any]:
        self.keys.append(errand.key)
        if self.failures:
            raise self.failures.pop(0)
        return {"answer": 42}


def begin(place: Workshop, server: Server, monkeypatch: pytest.MonkeyPatch) -> int:
    """Start an instance that calls the server, commit, and return the id of the call."""
    monkeypatch.setitem(REMOTE, "reach_out", server)
    with place.unit() as (session, now):
        cycle = a_region(session).cycle
        deployed(session, a_diagram(CALL))
        start_process(session, process_key="simple", about=cycle, data={}, actor_id=None, now=now)
        return session.scalars(select(ServiceCall.id)).one()


def states(place: Workshop) -> tuple[InstanceState, CallState]:
    with place.app.app_context():
        session = db.session()
        return session.scalars(select(Instance.state)).one(), session.scalars(select(ServiceCall.state)).one()


def test_the_ticker_makes_an_attempt_that_nobody_was_nudged_to(
    place: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    call_id = begin(place, server, monkeypatch)
    assert server.keys == []

    assert tick(place, chores(mails=False), leave_to_workers=True) == 1

    assert server.keys == [f"call:{call_id}"]
    assert states(place) == (InstanceState.COMPLETED, CallState.DONE)
    assert tick(place, chores(mails=False), leave_to_workers=True) == 0


def test_a_server_that_is_away_is_asked_again_later(
    place: Workshop, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(Unavailable("away"))
    begin(place, server, monkeypatch)

    rounds = [tick(place, chores(mails=False), leave_to_workers=False) for _number in range(2)]
    clock.advance(minutes=1)
    rounds.append(tick(place, chores(mails=False), leave_to_workers=False))

    assert (rounds, len(server.keys)) == ([1, 0, 1], 2)
    assert states(place) == (InstanceState.COMPLETED, CallState.DONE)


def test_a_worker_that_was_nudged_takes_the_call_once(place: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    call_id = begin(place, server, monkeypatch)

    tasks.take_call(call_id)
    tasks.take_call(call_id)

    assert server.keys == [f"call:{call_id}"]
    assert states(place) == (InstanceState.COMPLETED, CallState.DONE)


def test_a_worker_leaves_what_the_ticker_has_claimed(place: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    call_id = begin(place, server, monkeypatch)
    claimed = next(chore for chore in chores(mails=False) if chore.job_name == "perform_call")
    with place.unit() as (session, now):
        assert list(claimed.claim(session, now)) == [call_id]

    tasks.take_call(call_id)

    assert server.keys == []


def test_a_worker_is_nudged_after_the_commit(place: Workshop, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    queue.connect(redis_url)
    call_id = begin(place, Server(), monkeypatch)

    assert list(queue.open_queue(queue.open_connection(redis_url)).job_ids) == [f"take_call-{call_id}"]
