"""Tables of the roadmap: measures, their reports, evidence and the snapshots of a stage."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base


class MeasureState(StrEnum):
    """Where a measure stands; overdue is computed from its dates, never stored."""

    PLANNED = "planned"
    UNDER_WAY = "under_way"
    REPORTED = "reported"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


class Measure(Base):
    """One row of a school's roadmap.

    Attributes:
        risk_code: the factor that it works against.
        number: its place in the roadmap, counted over the whole case from 1.
        baseline, target, actual: values of the indicator, in `unit`.
        version: counts the changes of the row; the history keeps what it was before.
        removed_at: taken out while the package was mended; such rows stay for the history.
    """

    __tablename__ = "measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    risk_code: Mapped[str]
    number: Mapped[int]
    objective: Mapped[str]
    title: Mapped[str]
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    indicator: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    baseline: Mapped[float | None]
    target: Mapped[float | None]
    actual: Mapped[float | None]
    method: Mapped[str] = mapped_column(default="")
    evidence_kind: Mapped[str] = mapped_column(default="")
    responsible: Mapped[str]
    participants: Mapped[str] = mapped_column(default="")
    resources: Mapped[str] = mapped_column(default="")
    state: Mapped[MeasureState] = mapped_column(default=MeasureState.PLANNED)
    version: Mapped[int] = mapped_column(default=1)
    removed_at: Mapped[datetime | None]

    reports: Mapped[list["MeasureReport"]] = relationship(order_by="MeasureReport.id")
    evidence: Mapped[list["Evidence"]] = relationship(order_by="Evidence.id")

    __table_args__ = (CheckConstraint("ends_on >= begins_on", name="ends_after_it_begins"),)


class MeasureReport(Base):
    """What the school reported about a measure once, and what the curator said to it."""

    __tablename__ = "measure_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    status: Mapped[str]
    fact: Mapped[str]
    actual: Mapped[float | None]
    new_ends_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")
    reported_at: Mapped[datetime]
    decision: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]


class Evidence(Base):
    """A file or a link that shows that a measure was carried out, tied to it and so to its indicator."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("measure_report.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    link: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("(file_id IS NULL) <> (link = '')", name="is_a_file_or_a_link"),)


class Snapshot(Base):
    """How the roadmap stood at one monitoring stage, frozen; and what people said about it."""

    __tablename__ = "snapshot"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    stage: Mapped[int]
    figures: Mapped[dict[str, Any]]
    opinions: Mapped[dict[str, Any]]
    taken_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("case_id", "stage", name="uq_snapshot_of_a_stage"),)
