"""Tables of what starts new instances. They are written at deployment and hold only the newest versions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.tables import Base

MAX_ATTEMPTS = 3
"""A start timer that was claimed so often and did not fire waits for somebody to look at it."""


class StartKind(StrEnum):
    """What a process waits for before it starts: a message starts one instance, a signal one of every process."""

    MESSAGE = "message"
    SIGNAL = "signal"


class StartSubscription(Base):
    """The newest version of a process is started by a message or signal of this name.

    Attributes:
        element_id: the start event that has happened then.
        number: which of the things that it waits for has come.
    """

    __tablename__ = "start_subscription"
    __table_args__ = (
        UniqueConstraint("process_key", "element_id", "number"),
        Index("ix_start_subscription_match", "kind", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"), index=True)
    process_key: Mapped[str]
    element_id: Mapped[str]
    number: Mapped[int]
    kind: Mapped[StartKind]
    name: Mapped[str]


class StartTimerState(StrEnum):
    """Where a start timer stands. The last two are final."""

    WAITING = "waiting"
    """Its time, or the next turn of its cycle, has not come, or nobody has acted on it yet."""
    FIRED = "fired"
    """It has started its last instance."""
    CANCELLED = "cancelled"
    """A newer version of the process has come before."""


class StartTimer(Base):
    """A time that starts the process.

    Attributes:
        number: which of the things that its element waits for this is.
        cycle: the cycle's text; empty for a date or a duration.
        time_zone: where days begin for the cycle.
        begun_at: from when the turns of the cycle are counted: the deployment.
        occurrence: 1 for a date or duration; the turn of the cycle that is due next.
        business_key: what the new instance is about: FEEL after `=`, a text, or empty for the usual.
        scope_key: how far its signals reach, written in the same way.
        missed: turns that have passed unnoticed; each counts as one with the turn after it.
        attempts: how often this turn was claimed.
    """

    __tablename__ = "start_timer"
    __table_args__ = (
        UniqueConstraint("definition_id", "element_id", "number"),
        Index("ix_start_timer_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"))
    process_key: Mapped[str] = mapped_column(index=True)
    element_id: Mapped[str]
    number: Mapped[int]
    cycle: Mapped[str]
    time_zone: Mapped[str]
    begun_at: Mapped[datetime]
    occurrence: Mapped[int]
    due_at: Mapped[datetime]
    business_key: Mapped[str]
    scope_key: Mapped[str]
    state: Mapped[StartTimerState]
    missed: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    last_fired_at: Mapped[datetime | None]
