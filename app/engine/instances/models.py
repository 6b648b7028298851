"""Tables of instances: their state, what they wait for, what they did, and where they could not go on."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.kernel.tables import Base


class InstanceState(StrEnum):
    """Where an instance stands. All but `running` are final."""

    RUNNING = "running"
    """Waits for people, times, messages, calls, or for somebody to look at an incident."""
    COMPLETED = "completed"
    """Came to its end."""
    FAILED = "failed"
    """Was given up after an incident."""
    CANCELLED = "cancelled"
    """Was ended from outside."""


class Instance(Base):
    """One run of one version of a process.

    Attributes:
        business_key: what the run is about.
        scope_key: how far its signals reach.
        time_zone: where days begin for its timers.
        version: grows by one with every change; whoever changes it compares it.
        engine_state: tasks and data, always at rest.
    """

    __tablename__ = "instance"

    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"), index=True)
    process_key: Mapped[str]
    business_key: Mapped[str] = mapped_column(index=True)
    scope_key: Mapped[str] = mapped_column(index=True)
    time_zone: Mapped[str]
    state: Mapped[InstanceState]
    version: Mapped[int]
    step_count: Mapped[int]
    engine_state: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Step(Base):
    """A step of a diagram was entered, completed or cancelled. Rows are only added."""

    __tablename__ = "instance_step"

    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    process_key: Mapped[str]
    element_id: Mapped[str]
    element_type: Mapped[str]
    event: Mapped[str]
    at: Mapped[datetime]


class SubscriptionKind(StrEnum):
    """What is waited for: a message has one receiver, a signal all of its scope."""

    MESSAGE = "message"
    SIGNAL = "signal"


class Subscription(Base):
    """A task of an instance waits for a message with this name and correlation, or for a signal."""

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_match", "kind", "name", "correlation"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    task_ref: Mapped[str]
    kind: Mapped[SubscriptionKind]
    name: Mapped[str]
    correlation: Mapped[str]
    scope_key: Mapped[str]


class PendingMessage(Base):
    """A message that nobody waited for when it came; whoever waits for it before it expires gets it."""

    __tablename__ = "pending_message"
    __table_args__ = (Index("ix_pending_message_match", "name", "correlation"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    correlation: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class IncidentState(StrEnum):
    """Whether somebody still has to look."""

    OPEN = "open"
    RESOLVED = "resolved"


class Incident(Base):
    """An instance could not go on at one of its steps. The step is held and can be repeated."""

    __tablename__ = "incident"
    __table_args__ = (Index("ix_incident_open", "state", "opened_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instance.id"), index=True)
    task_ref: Mapped[str]
    process_key: Mapped[str]
    element_id: Mapped[str]
    message: Mapped[str]
    detail: Mapped[str]
    state: Mapped[IncidentState]
    opened_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
