"""What the ticker does with rows that are due."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from rq import Worker
from rq.serializers import JSONSerializer
from sqlalchemy.orm import Session

from app.jobs.ticker import Chore, chores, tick
from app.jobs.workshop import Workshop, bind
from app.kernel import queue
from app.kernel.settings import Settings


@pytest.fixture
def place(app: Flask, settings: Settings) -> Workshop:
    made = Workshop(app, settings)
    bind(made)
    return made


class Row:
    """Rows that are due, by id; `done` holds the ids that somebody worked on in this process."""

    def __init__(self, *due: int, broken: int = 0) -> None:
        self.due = list(due)
        self.broken = broken
        self.done: list[int] = []

    def chore(self) -> Chore:
        return Chore("fire_timer", self._claim, self._do)

    def _claim(self, _session: Session, _now: datetime) -> Iterator[int]:
        while self.due:
            yield self.due.pop(0)

    def _do(self, row_id: int) -> None:
        if row_id == self.broken:
            raise RuntimeError("this row is broken")
        self.done.append(row_id)


def test_the_ticker_does_all_itself_when_nobody_would_hear(place: Workshop) -> None:
    rows = Row(1, 2)

    assert tick(place, [rows.chore()], leave_to_workers=True) == 2

    assert rows.done == [1, 2]


def test_a_redis_without_workers_is_as_good_as_none(place: Workshop, redis_url: str) -> None:
    queue.connect(redis_url)
    rows = Row(1)

    tick(place, [rows.chore()], leave_to_workers=True)

    assert rows.done == [1]


def test_the_ticker_leaves_the_work_to_workers(place: Workshop, redis_url: str) -> None:
    queue.connect(redis_url)
    connection = queue.open_connection(redis_url)
    jobs = queue.open_queue(connection)
    Worker([jobs], connection=connection, serializer=JSONSerializer).register_birth()  # type: ignore[no-untyped-call] # RQ has few types
    rows = Row(1, 2)

    tick(place, [rows.chore()], leave_to_workers=True)

    assert (rows.done, list(jobs.job_ids)) == ([], ["fire_timer-1", "fire_timer-2"])


def test_one_tick_by_hand_asks_no_worker(place: Workshop, redis_url: str) -> None:
    queue.connect(redis_url)
    connection = queue.open_connection(redis_url)
    jobs = queue.open_queue(connection)
    Worker([jobs], connection=connection, serializer=JSONSerializer).register_birth()  # type: ignore[no-untyped-call] # RQ has few types
    rows = Row(1)

    tick(place, [rows.chore()], leave_to_workers=False)

    assert (rows.done, list(jobs.job_ids)) == ([1], [])


def test_a_broken_row_does_not_hold_up_the_others(place: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    rows = Row(1, 2, 3, broken=2)

    tick(place, [rows.chore()], leave_to_workers=True)

    assert rows.done == [1, 3]
    assert "fire_timer 2 failed" in caplog.text


def test_an_empty_database_has_nothing_to_do(place: Workshop) -> None:
    assert tick(place, chores(mails=True), leave_to_workers=False) == 0


def test_mails_wait_in_the_outbox_where_there_is_no_server() -> None:
    names = {chore.job_name for chore in chores(mails=True)}

    assert names - {chore.job_name for chore in chores(mails=False)} == {"send_mail"}
    assert set(queue.JOBS) == names | {"take_call"}
