"""Tables of stored files and of documents with their versions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base


class DocumentState(StrEnum):
    """Where a document stands; domain.md §5 draws the way from draft to archive."""

    DRAFT = "draft"
    WITH_CURATOR = "with_curator"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    IN_AGREEMENT = "in_agreement"
    AGREED = "agreed"
    APPROVED = "approved"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class StoredFile(Base):
    """An uploaded file. Its bytes lie in the file storage under `storage_id`; the name is only for people.

    `field` is the key of the form field it was attached to; `task_id` the task.
    """

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    storage_id: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    size: Mapped[int]
    name: Mapped[str]
    media_type: Mapped[str]
    business_key: Mapped[str] = mapped_column(index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    field: Mapped[str] = mapped_column(default="")
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    uploaded_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Document(Base):
    """A paper of a case that lives through versions: concept, programme, anti-risk programme, package."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    business_key: Mapped[str] = mapped_column(index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str]
    about: Mapped[str] = mapped_column(default="")
    title: Mapped[str]
    state: Mapped[DocumentState] = mapped_column(default=DocumentState.DRAFT)
    order_number: Mapped[str] = mapped_column(default="")
    order_on: Mapped[date | None]
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    versions: Mapped[list["DocumentVersion"]] = relationship(order_by="DocumentVersion.number")

    __table_args__ = (
        UniqueConstraint("business_key", "kind", "about", name="uq_document_of_a_case"),
        Index("ix_document_published", "organisation_id", "published_at"),
    )


class DocumentVersion(Base):
    """The content of a document as it was sent once; never changed afterwards.

    `content` is JSON: section key to text, or `{"file_id": …}` for an uploaded paper.
    """

    __tablename__ = "document_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (UniqueConstraint("document_id", "number", name="uq_document_version"),)
