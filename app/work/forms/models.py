"""Tables of form versions, drafts and submissions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base


class Form(Base):
    """One version of a form, as deployed: bpmn.io form-js JSON. Every version is kept."""

    __tablename__ = "form"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    version: Mapped[int]
    sha256: Mapped[str]
    schema: Mapped[dict[str, Any]]
    deployed_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("key", "version", name="uq_form_version"),)


class Draft(Base):
    """What a person has typed into a task's form and not yet sent. It need not be valid."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answers: Mapped[dict[str, Any]]
    revision: Mapped[int]
    saved_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("task_id", "person_id", name="uq_draft_of_a_person"),)


class Submission(Base):
    """One set of answers as sent, with the form version that asked. Rows are only added.

    `command_key` is made when the page is rendered: the same POST twice is stored once.
    """

    __tablename__ = "submission"

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), unique=True)
    form_id: Mapped[int | None] = mapped_column(ForeignKey("form.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answers: Mapped[dict[str, Any]]
    submitted_at: Mapped[datetime]
    command_key: Mapped[str]

    __table_args__ = (UniqueConstraint("person_id", "command_key", name="uq_submission_command"),)
