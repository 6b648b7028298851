"""Leaving nudges for the workers."""

import json
import zlib

import pytest
from flask import Flask
from rq import Worker
from rq.serializers import JSONSerializer

from app.kernel import queue
from app.kernel.db import unit_of_work


def waiting(redis_url: str) -> list[str]:
    """Return the ids of the jobs that wait."""
    return list(queue.open_queue(queue.open_connection(redis_url)).job_ids)


def test_a_nudge_waits_as_json_and_never_as_a_pickle(redis_url: str) -> None:
    queue.connect(redis_url)

    assert queue.nudge("fire_timer", 7)

    stored = queue.open_connection(redis_url).hget("rq:job:fire_timer-7", "data")
    assert isinstance(stored, bytes)
    assert json.loads(zlib.decompress(stored)) == ["app.jobs.tasks.fire_timer", None, [7], {}]


def test_the_same_nudge_twice_waits_once(redis_url: str) -> None:
    queue.connect(redis_url)

    assert [queue.nudge("fire_timer", 7), queue.nudge("fire_timer", 7)] == [True, True]

    assert waiting(redis_url) == ["fire_timer-7"]


def test_a_nudge_without_redis_says_so() -> None:
    queue.connect("")

    assert not queue.nudge("fire_timer", 7)


def test_a_nudge_survives_that_redis_is_away(tmp_path_factory: pytest.TempPathFactory) -> None:
    queue.connect(f"unix://{tmp_path_factory.mktemp('away') / 'nobody.sock'}")

    assert not queue.nudge("fire_timer", 7)
    assert not queue.is_reachable()
    assert not queue.has_workers()
    queue.connect("")


def test_only_known_jobs_can_be_nudged() -> None:
    with pytest.raises(KeyError):
        queue.nudge("os.system", 1)


def test_a_later_nudge_waits_for_the_commit(app: Flask, redis_url: str) -> None:
    queue.connect(redis_url)

    with app.app_context(), unit_of_work() as session:
        queue.nudge_later(session, "send_mail", 3)
        before = waiting(redis_url)

    assert (before, waiting(redis_url)) == ([], ["send_mail-3"])


def test_a_later_nudge_is_forgotten_with_the_unit_of_work(app: Flask, redis_url: str) -> None:
    queue.connect(redis_url)

    with pytest.raises(ZeroDivisionError), app.app_context(), unit_of_work() as session:
        queue.nudge_later(session, "send_mail", 3)
        raise ZeroDivisionError

    assert waiting(redis_url) == []


def test_a_worker_is_heard_of(redis_url: str) -> None:
    queue.connect(redis_url)
    connection = queue.open_connection(redis_url)
    worker = Worker([queue.open_queue(connection)], connection=connection, serializer=JSONSerializer)
    before = queue.has_workers()

    worker.register_birth()  # type: ignore[no-untyped-call] # RQ has few types

    assert (before, queue.has_workers()) == (False, True)
