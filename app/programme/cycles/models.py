"""Tables of cycles and of the schools' cases in them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base
from app.work.people.models import Organisation


class CycleState(StrEnum):
    """`preparing` until the order is signed; then `running`; `closed` and `cancelled` are final."""

    PREPARING = "preparing"
    RUNNING = "running"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class CaseState(StrEnum):
    """`waiting` for the cycle's order; `running`; the last two are final."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What the region decided about a school at the end of the year."""

    LEAVES = "leaves"
    CONTINUES = "continues"
    STRONGER_SUPPORT = "stronger_support"


class Cycle(Base):
    """One run of the programme in one region and year.

    Attributes:
        calendar: calendar parameter to ISO date or duration; the diagrams read it as `calendar`.
        factors: the risk factors with their indicators and thresholds, as they were when the cycle was opened.
        ladder: the rungs for this cycle's deadlines, `[{kind, offset_days}]`.
    """

    __tablename__ = "cycle"

    id: Mapped[int] = mapped_column(primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    year: Mapped[int]
    title: Mapped[str]
    calendar: Mapped[dict[str, Any]]
    factors: Mapped[list[Any]]
    ladder: Mapped[list[Any]]
    order_number: Mapped[str] = mapped_column(default="")
    order_on: Mapped[date | None]
    state: Mapped[CycleState] = mapped_column(default=CycleState.PREPARING)
    created_at: Mapped[datetime]

    region: Mapped[Organisation] = relationship()
    cases: Mapped[list["Case"]] = relationship(back_populates="cycle")

    @property
    def business_key(self) -> str:
        """How the engine's instances of this cycle are called; also the scope of its signals."""
        return f"cycle:{self.id}"


class Case(Base):
    """All of one school in one cycle: instances, tasks, papers and history hang on its business key."""

    __tablename__ = "case"

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"))
    school_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[CaseState] = mapped_column(default=CaseState.WAITING)
    returns: Mapped[int] = mapped_column(default=0)
    on_red_list_since: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]
    outcome_order: Mapped[str] = mapped_column(default="")
    outcome_on: Mapped[date | None]

    cycle: Mapped[Cycle] = relationship(back_populates="cases")
    school: Mapped[Organisation] = relationship()
    stages: Mapped[list["StageRecord"]] = relationship(order_by="StageRecord.id", back_populates="case")

    __table_args__ = (UniqueConstraint("cycle_id", "school_id", name="uq_case_of_a_school"),)

    @property
    def business_key(self) -> str:
        """How the engine's instances, the tasks and the history of this case are called."""
        return f"case:{self.id}"


class StageRecord(Base):
    """When a case entered and left one stage of the year. `stage` is the element in `roadmap_lifecycle`."""

    __tablename__ = "stage_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    stage: Mapped[str]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship(back_populates="stages")

    __table_args__ = (UniqueConstraint("case_id", "stage", name="uq_stage_of_a_case"),)
