"""The RQ worker: imports the program once and forks for each job."""

import logging
import os
import signal

from rq import Worker
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer

from app.jobs import tasks as _tasks  # noqa: F401 (imported before the fork, so that horses start at once)
from app.jobs.process import die_with_parent
from app.jobs.workshop import Workshop, bind, workshop
from app.kernel import queue
from app.kernel.db import db

# How soon the work of a killed worker is noticed; RQ's own defaults mean ten minutes.
WORKER_TTL_SECONDS = 30
MAINTENANCE_SECONDS = 15


class ForkingWorker(Worker):
    """A worker whose horses share no database connection with it and do not outlive it."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Do one job, in the child."""
        die_with_parent(signal.SIGKILL, parent=self._parent)
        with workshop().app.app_context():
            db.engine.dispose(close=False)
        super().main_work_horse(job, queue)

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        """Start a child for one job."""
        self._parent = os.getpid()
        super().fork_work_horse(job, queue)


def run(here: Workshop) -> None:
    """Work until somebody asks to stop."""
    bind(here)
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    connection = queue.open_connection(here.settings.redis_url)
    worker = ForkingWorker(
        [queue.open_queue(connection)],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
    )
    worker.work(logging_level="WARNING", with_scheduler=False)
