"""The table of what happened. Rows are only added."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base


class Entry(Base):
    """One thing that happened: who did what to which subject, when.

    Attributes:
        person_id: who did it; None for the engine.
        action: room and past participle, `task.claimed`.
        subject_kind: table of what it was done to; subject_id is its id there. No foreign key: history outlives.
        business_key: the case or cycle it belongs to, `case:12`; empty for things outside any case.
        detail: JSON values that a reader needs and the subject no longer shows.
    """

    __tablename__ = "history_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[int | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    business_key: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_history_entry_case", "business_key", "id"),
        Index("ix_history_entry_subject", "subject_kind", "subject_id"),
    )
