"""The table of consultations."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base


class ConsultationState(StrEnum):
    """`asked` waits for a consultant, `answered` for the asker's word, `closed` is final."""

    ASKED = "asked"
    ANSWERED = "answered"
    CLOSED = "closed"


class Consultation(Base):
    """One question of a case and its answer; a question asked back adds to both texts."""

    __tablename__ = "consultation"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    topic: Mapped[str]
    question: Mapped[str]
    urgency: Mapped[str]
    answer: Mapped[str] = mapped_column(default="")
    rating: Mapped[int | None]
    state: Mapped[ConsultationState] = mapped_column(default=ConsultationState.ASKED)
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
