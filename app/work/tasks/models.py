"""The table of human tasks. Columns and constraints only; decisions live in rules.py."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base
from app.work.people.models import Organisation, Person
from app.work.people.roles import Mandate, Role


class TaskState(StrEnum):
    """Where a task stands. `open` waits for someone to claim it; the last two are final."""

    OPEN = "open"
    CLAIMED = "claimed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Task(Base):
    """One piece of work for one person, made when a user task in a process becomes ready.

    Attributes:
        task_ref: the engine's name of it inside the instance.
        title: the task's label in the diagram; `about` tells several of the same apart.
        properties: what the diagram says beside (form, why, name_en …).
        form_id: the form version that was in force when the task opened; None for a task without a form.
        business_key: the case or cycle it belongs to, `case:12`.
        due_on: the last day, in the organisation's own zone; `due_at` is the end of that day.
        opened_first_at: when a person of the candidates first looked at it; a sender may take back until then.
    """

    __tablename__ = "task"

    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(index=True)
    task_ref: Mapped[str]
    process_key: Mapped[str]
    element_id: Mapped[str]
    title: Mapped[str]
    about: Mapped[str] = mapped_column(default="")
    properties: Mapped[dict[str, Any]]
    form_id: Mapped[int | None]
    business_key: Mapped[str] = mapped_column(index=True)
    candidate_role: Mapped[Role]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[TaskState] = mapped_column(default=TaskState.OPEN)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    opened_first_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship()
    assignee: Mapped[Person | None] = relationship()

    __table_args__ = (
        UniqueConstraint("instance_id", "task_ref", name="uq_task_of_the_engine"),
        CheckConstraint("state <> 'open' OR assignee_id IS NULL", name="open_has_no_assignee"),
        CheckConstraint("state NOT IN ('claimed', 'completed') OR assignee_id IS NOT NULL", name="taken_has_assignee"),
        CheckConstraint("(state IN ('completed', 'cancelled')) = (ended_at IS NOT NULL)", name="final_has_an_end"),
        Index("ix_task_inbox", "candidate_role", "organisation_id", "state", "due_at"),
        Index("ix_task_assignee", "assignee_id", "state", "due_at"),
    )

    @property
    def candidates(self) -> Mandate:
        """The mandate that entitles to claim. Whoever opens the task finds the right organisation."""
        return Mandate(self.candidate_role, self.organisation_id)
