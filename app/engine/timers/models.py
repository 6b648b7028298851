"""The table of timers: what a diagram waits for in time. Due instants are absolute, in UTC."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.tables import Base

MAX_ATTEMPTS = 3
"""A timer that was claimed so often and did not fire waits for somebody to look at its incident."""


class TimerState(StrEnum):
    """Where a timer stands. The last two are final."""

    WAITING = "waiting"
    """Its time has not come, or nobody has acted on it yet."""
    FIRED = "fired"
    """The instance has moved because of it."""
    CANCELLED = "cancelled"
    """What it belonged to ended before."""


class Timer(Base):
    """One occurrence of a timer event in an instance.

    Attributes:
        occurrence: 1 for a date or duration; the turn of the grid for a cycle.
        missed: turns of a cycle that passed unnoticed before this one and count as one with it.
        attempts: how often it was claimed.
        leased_until: somebody has claimed it and is expected to have acted by then.
    """

    __tablename__ = "timer"
    __table_args__ = (
        UniqueConstraint("instance_id", "task_ref", "occurrence"),
        Index("ix_timer_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    task_ref: Mapped[str]
    process_key: Mapped[str]
    element_id: Mapped[str]
    occurrence: Mapped[int]
    due_at: Mapped[datetime]
    state: Mapped[TimerState]
    missed: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    fired_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
