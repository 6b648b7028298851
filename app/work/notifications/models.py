"""Tables of notices in the bell and mails in the outbox."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base


class MailState(StrEnum):
    """`pending` waits for a worker, `sent` was accepted by the mail server, `failed` gave up and shows as such."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


class Notice(Base):
    """One line in a person's bell: a sentence kind with its values, and where it leads."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    values: Mapped[dict[str, Any]]
    link: Mapped[str]
    business_key: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_notice_bell", "person_id", "read_at", "created_at"),)


class Mail(Base):
    """One mail to one person, written in the transaction of what it tells of and sent afterwards.

    `message_id` is made with the row: a mail that a crash sends twice is recognised as one.
    """

    __tablename__ = "mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    address: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str]
    state: Mapped[MailState] = mapped_column(default=MailState.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")

    __table_args__ = (Index("ix_mail_due", "state", "next_try_at"),)
