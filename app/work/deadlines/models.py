"""Tables of deadlines and the rungs of their ladder."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base


class DeadlineState(StrEnum):
    """`running` still reminds; `met` and `dropped` (the task was cancelled) are final."""

    RUNNING = "running"
    MET = "met"
    DROPPED = "dropped"


class RungKind(StrEnum):
    """What a rung of the ladder does when its day comes.

    `soon` labels the task, `remind` writes to whoever holds it, `overdue` shows it to the principal,
    `escalate` asks the next role up: it starts the process `escalate`.
    """

    SOON = "soon"
    REMIND = "remind"
    OVERDUE = "overdue"
    ESCALATE = "escalate"


class RungState(StrEnum):
    """`waiting` for its day, `fired` once, or `dropped` because the deadline was met or moved."""

    WAITING = "waiting"
    FIRED = "fired"
    DROPPED = "dropped"


class Deadline(Base):
    """The last day of one task, in the school's own zone. Moving it keeps the row and adds history."""

    __tablename__ = "deadline"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), unique=True)
    due_on: Mapped[date]
    time_zone: Mapped[str]
    state: Mapped[DeadlineState] = mapped_column(default=DeadlineState.RUNNING)

    rungs: Mapped[list["Rung"]] = relationship(order_by="Rung.due_at", back_populates="deadline")


class Rung(Base):
    """One step of a deadline's ladder: due at the start of a local day, fires exactly once."""

    __tablename__ = "deadline_rung"

    id: Mapped[int] = mapped_column(primary_key=True)
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"), index=True)
    kind: Mapped[RungKind]
    offset_days: Mapped[int]
    due_at: Mapped[datetime]
    state: Mapped[RungState] = mapped_column(default=RungState.WAITING)
    claimed_until: Mapped[datetime | None]
    fired_at: Mapped[datetime | None]

    deadline: Mapped[Deadline] = relationship(back_populates="rungs")

    __table_args__ = (
        UniqueConstraint("deadline_id", "due_at", "kind", name="uq_deadline_rung"),
        Index("ix_deadline_rung_due", "state", "due_at"),
    )
