"""Tables of what is deployed: every version of every process and decision, kept for ever."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.kernel.tables import Base


class ProcessDefinition(Base):
    """One version of a process.

    Attributes:
        bpmn_xml: the diagram as UTF-8 text, with an id on every element.
        sha256: of the file as it was handed in.
        fingerprint: of everything the version executes: diagram, called versions, decisions, resources.
        calls: for each process that a call activity names, the id of the version that is called.
        decisions: for each decision that a business rule task names, the id of its version.
        resources: JSON kept for whoever deploys, such as the versions of the forms.
    """

    __tablename__ = "process_definition"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    file: Mapped[str]
    bpmn_xml: Mapped[str] = deferred(mapped_column(Text))
    sha256: Mapped[str]
    fingerprint: Mapped[str]
    deployed_at: Mapped[datetime]
    calls: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    decisions: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    resources: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class DecisionDefinition(Base):
    """One version of a decision; a file with several decisions is stored with each of them."""

    __tablename__ = "decision_definition"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    version: Mapped[int]
    name: Mapped[str]
    file: Mapped[str]
    dmn_xml: Mapped[str] = deferred(mapped_column(Text))
    sha256: Mapped[str]
    deployed_at: Mapped[datetime]
