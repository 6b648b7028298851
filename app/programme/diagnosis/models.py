"""The table of a school's risk profile."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base


class RiskLevel(StrEnum):
    """How high a risk is; `no_data` when too few answered, never `low` then."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NO_DATA = "no_data"


class Risk(Base):
    """One factor in a case's risk profile.

    Attributes:
        level: the worst level of the factor's indicators.
        reasons: why, a sentence for each indicator that speaks; a school reads them.
        indicators: `[{name, unit, value, coverage, level, reason, trace}]`, the trace naming the rule that fired.
        verification: what the school and the curator found: agrees, evidence, cause, influence, opinion.
        chosen: whether the school takes this risk on this year; None until it has decided.
        repeat_level: the level by the survey at the end of the year.
    """

    __tablename__ = "risk"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    code: Mapped[str]
    name: Mapped[str]
    level: Mapped[RiskLevel]
    reasons: Mapped[list[Any]]
    indicators: Mapped[list[Any]]
    verification: Mapped[dict[str, Any]]
    chosen: Mapped[bool | None]
    refusal_reason: Mapped[str] = mapped_column(default="")
    repeat_level: Mapped[RiskLevel | None]
    assessed_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("case_id", "code", name="uq_risk_of_a_case"),)
