"""The table of calls: each service task that was started is a row, written with the step that started it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.tables import Base


class CallState(StrEnum):
    """Where a call stands. `done` and `cancelled` are final."""

    WAITING = "waiting"
    """Is tried now, or again at its next time."""
    DONE = "done"
    """Its result, or the BPMN error that it ended with, is in the instance."""
    FAILED = "failed"
    """Was given up; its incident waits for somebody."""
    CANCELLED = "cancelled"
    """The diagram has left the service task before."""


class ServiceCall(Base):
    """A service task waits for the result of an operation.

    Attributes:
        parameters: what the diagram hands to the operation.
        attempts: how often it was begun, the attempt that is going on included.
        max_attempts: after so many in vain an incident opens.
        next_attempt_at: when it is tried again if nothing is heard of the attempt that is going on.
        leased_until: somebody is trying it and is expected to have an answer by then.
        last_error: why the last attempt was in vain; empty while none was.
    """

    __tablename__ = "service_call"
    __table_args__ = (
        UniqueConstraint("instance_id", "task_ref"),
        Index("ix_service_call_due", "state", "next_attempt_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"))
    task_ref: Mapped[str]
    process_key: Mapped[str]
    element_id: Mapped[str]
    operation: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[CallState]
    attempts: Mapped[int]
    max_attempts: Mapped[int]
    next_attempt_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
