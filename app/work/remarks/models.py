"""The table of remarks."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base
from app.work.people.models import Person


class Severity(StrEnum):
    """How much a remark weighs: `note` informs, `remark` wants mending, `obstacle` stops confirmation."""

    NOTE = "note"
    REMARK = "remark"
    OBSTACLE = "obstacle"


class RemarkState(StrEnum):
    """`open` waits for the school; `answered` for whoever raised it; `closed` is final."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Remark(Base):
    """A remark on one place of what was sent.

    Attributes:
        place: what it is tied to, `measure:12` or `concept:goals`; `place_title` is how people call it.
        seen: the text or row as it was when the remark was made, JSON, so that a page can show what changed since.
    """

    __tablename__ = "remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    business_key: Mapped[str] = mapped_column(index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    place: Mapped[str]
    place_title: Mapped[str]
    severity: Mapped[Severity]
    text: Mapped[str]
    seen: Mapped[dict[str, Any]]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    state: Mapped[RemarkState] = mapped_column(default=RemarkState.OPEN)
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    author: Mapped[Person] = relationship(foreign_keys=[author_id])
