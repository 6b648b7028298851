"""Nudges to the workers. The row is the truth: a nudge only makes what is due happen sooner.

Redis may be away at any time; then `nudge` says False and the next tick does what is due itself.
Jobs take ids only, travel as JSON (a pickle would run as code for whoever can write to Redis), and
may run twice: each looks at its row before it acts.
"""

import logging

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue, Worker
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer
from sqlalchemy.orm import Session

from app.kernel.db import after_commit

log = logging.getLogger(__name__)

QUEUE_NAME = "vekha"
JOBS = {
    "fire_timer": "app.jobs.tasks.fire_timer",
    "fire_rung": "app.jobs.tasks.fire_rung",
    "start_process": "app.jobs.tasks.start_process",
    "perform_call": "app.jobs.tasks.perform_call",
    "take_call": "app.jobs.tasks.take_call",
    "send_mail": "app.jobs.tasks.send_mail",
}
# A job nobody takes is forgotten before the lease of its row ends, so that the row is nudged again.
WAITS_SECONDS = 45
RUNS_SECONDS = 120

_connections: dict[str, Redis] = {}


def connect(redis_url: str) -> None:
    """Use the Redis or Valkey at `redis_url` from now on; an empty one means that there is none."""
    _connections.clear()
    if redis_url:
        _connections["redis"] = open_connection(redis_url)


def open_connection(redis_url: str, *, patience: Retry | None = None) -> Redis:
    """Return a connection that gives up soon, unless `patience` says how often to try; a nudge is only a nudge."""
    return Redis.from_url(
        redis_url,
        socket_connect_timeout=1,
        socket_timeout=2,
        health_check_interval=30,
        retry=patience or Retry(NoBackoff(), 0),
    )


def open_queue(connection: Redis) -> Queue:
    """Return the one queue, speaking JSON."""
    return Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)


def nudge(job_name: str, *args: int) -> bool:
    """Ask a worker to do the named job for these ids; call it only after the commit.

    Returns:
        Whether the wish was left, or already lay there; False when Redis is away.

    Raises:
        KeyError: there is no job of this name.
    """
    function = JOBS[job_name]
    connection = _connections.get("redis")
    if connection is None:
        return False
    try:
        open_queue(connection).enqueue_call(
            function,
            args=args,
            job_id="-".join([job_name, *(str(arg) for arg in args)]),
            unique=True,
            ttl=WAITS_SECONDS,
            timeout=RUNS_SECONDS,
            result_ttl=0,
            failure_ttl=1,
        )
    except DuplicateJobError:
        return True
    except (RedisError, OSError) as failure:
        log.warning("Redis is away, %s%s waits for the next tick: %s", job_name, args, failure)
        return False
    return True


def nudge_later(session: Session, job_name: str, *args: int) -> None:
    """Nudge once the unit of work is committed; never if it is rolled back."""
    JOBS[job_name]  # a wrong name fails here, not after the commit
    after_commit(session, lambda: nudge(job_name, *args))


def is_reachable() -> bool:
    """Tell whether Redis answers."""
    connection = _connections.get("redis")
    try:
        return connection is not None and bool(connection.ping())
    except (RedisError, OSError):
        return False


def has_workers() -> bool:
    """Tell whether somebody would hear a nudge."""
    connection = _connections.get("redis")
    if connection is None:
        return False
    try:
        return any(connection.exists(key) for key in Worker.all_keys(connection=connection))
    except (RedisError, OSError):
        return False
