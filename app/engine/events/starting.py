"""New instances that a message, a signal or a time starts, always of the newest version of a process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.engine.definitions.queries import get_definition_by_id, version_of
from app.engine.definitions.start_events import text_value
from app.engine.instances.operations import Beginning, start_version
from app.engine.instances.outcome import Outcome
from app.engine.starts import operations as starts
from app.engine.starts import queries as start_queries
from app.engine.starts.models import StartKind, StartSubscription, StartTimer


@dataclass(frozen=True)
class Subject:
    """What a new instance is about.

    Attributes:
        business_key: what it is about.
        scope_key: how far its signals reach.
        time_zone: where days begin for its timers.
        data: what it knows from the beginning.
    """

    business_key: str
    scope_key: str
    time_zone: str = "UTC"
    data: Mapping[str, Any] = field(default_factory=dict)


def start_by_message(session: Session, *, name: str, subject: Subject, now: datetime) -> Outcome | None:
    """Start one instance of the process that a message of this name starts; None when there is no such process.

    Of several such processes it is the first by key: a message is delivered once.
    """
    found = start_queries.started_by(session, kind=StartKind.MESSAGE, name=name)
    return _start(session, found[0], subject, now) if found else None


def start_by_signal(session: Session, *, name: str, subject: Subject, now: datetime) -> tuple[Outcome, ...]:
    """Start an instance for every start event that waits for a signal of this name."""
    found = start_queries.started_by(session, kind=StartKind.SIGNAL, name=name)
    return tuple(_start(session, one, subject, now) for one in found)


def start_by_time(
    session: Session, *, start_timer_id: int, now: datetime, subjects: Sequence[Subject] | None = None
) -> tuple[Outcome, ...] | None:
    """Let a start timer happen and set it to its next turn.

    Args:
        session: the caller's session.
        start_timer_id: the timer.
        now: the current instant.
        subjects: start an instance about each of these; without them one about what the start event says.

    Returns:
        None when the timer is not due: it has happened, or a newer version was deployed.
    """
    row = starts.take_turn(session, start_timer_id=start_timer_id, now=now)
    if row is None:
        return None
    chosen = [_own_subject(row, now)] if subjects is None else subjects
    return tuple(_start(session, row, subject, now) for subject in chosen)


def _own_subject(row: StartTimer, now: datetime) -> Subject:
    business_key = text_value(row.business_key, now=now, time_zone=row.time_zone) or f"timer:{row.process_key}"
    scope_key = text_value(row.scope_key, now=now, time_zone=row.time_zone) or business_key
    return Subject(business_key, scope_key, row.time_zone)


def _start(session: Session, start: StartSubscription | StartTimer, subject: Subject, now: datetime) -> Outcome:
    return start_version(
        session,
        version=version_of(get_definition_by_id(session, start.definition_id)),
        about=Beginning(subject.business_key, subject.scope_key, subject.time_zone, now),
        data=subject.data,
        element=start.element_id,
        number=start.number,
    )
