"""Where jobs are done: the program and its settings, bound once at the start of a process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from app.kernel.clock import current_time
from app.kernel.db import unit_of_work
from app.kernel.settings import Settings


@dataclass(frozen=True)
class Workshop:
    """The program as a job sees it."""

    app: Flask
    settings: Settings

    @contextmanager
    def unit(self) -> Iterator[tuple[Session, datetime]]:
        """Open a unit of work and read the clock; one commit at the end."""
        with self.app.app_context(), unit_of_work() as session:
            yield session, current_time(session, demo=self.settings.demo)


_bound: list[Workshop] = []


def bind(workshop: Workshop) -> None:
    """Let the jobs of this process work here."""
    _bound[:] = [workshop]


def workshop() -> Workshop:
    """Return where the jobs of this process work.

    Raises:
        LookupError: the process was started past `vekha worker` or `vekha tick`.
    """
    if not _bound:
        raise LookupError("No workshop is bound; start workers with: vekha worker")
    return _bound[0]
