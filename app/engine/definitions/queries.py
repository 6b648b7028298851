"""Reads what is deployed."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.engine.definitions.models import DecisionDefinition, ProcessDefinition
from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.kernel.statements import Statement


class DefinitionNotFound(NotFound):
    """Nothing of this key or number is deployed."""


class Version(NamedTuple):
    """One version of a process by name; the fingerprint is of everything that it executes."""

    id: int
    key: str
    version: int
    fingerprint: str


_definition: Any = ProcessDefinition.__table__.c
_LATEST = Statement(
    select(_definition.id, _definition.key, _definition.version, _definition.fingerprint)
    .where(_definition.key == bindparam("process_key"))
    .order_by(_definition.version.desc())
    .limit(1)
)


def latest_version(session: Session, *, key: str) -> Version:
    """Return the newest version of a process.

    Raises:
        DefinitionNotFound: there is none.
    """
    found = _LATEST.first(session, process_key=key)
    if found is None:
        raise DefinitionNotFound(_("The process %(key)s is not deployed."), key=key)
    return Version(*found)


def version_of(definition: ProcessDefinition) -> Version:
    """Return the name of a version that was read."""
    return Version(definition.id, definition.key, definition.version, definition.fingerprint)


def latest_definitions(session: Session) -> Sequence[ProcessDefinition]:
    """Return the newest version of every process, by key."""
    newest = select(func.max(ProcessDefinition.version), ProcessDefinition.key).group_by(ProcessDefinition.key)
    numbers = {key: version for version, key in session.execute(newest)}
    rows = session.scalars(select(ProcessDefinition).order_by(ProcessDefinition.key, ProcessDefinition.version))
    return [row for row in rows if numbers[row.key] == row.version]


def versions(session: Session, *, key: str) -> Sequence[ProcessDefinition]:
    """Return every version of a process, the newest first."""
    statement = select(ProcessDefinition).where(ProcessDefinition.key == key)
    return session.scalars(statement.order_by(ProcessDefinition.version.desc())).all()


def get_definition(session: Session, *, key: str, version: int | None = None) -> ProcessDefinition:
    """Return one version of a process, the newest if none is named.

    Raises:
        DefinitionNotFound: there is none.
    """
    statement = select(ProcessDefinition).where(ProcessDefinition.key == key)
    if version is not None:
        statement = statement.where(ProcessDefinition.version == version)
    found = session.scalars(statement.order_by(ProcessDefinition.version.desc()).limit(1)).first()
    if found is None and version is not None:
        raise DefinitionNotFound(_("The process %(key)s has no version %(version)s."), key=key, version=version)
    if found is None:
        raise DefinitionNotFound(_("The process %(key)s is not deployed."), key=key)
    return found


def get_definition_by_id(session: Session, definition_id: int) -> ProcessDefinition:
    """Return a version by its number in the table.

    Raises:
        DefinitionNotFound: there is none.
    """
    found = session.get(ProcessDefinition, definition_id)
    if found is None:
        raise DefinitionNotFound(_("This version of a process is not deployed."))
    return found


def latest_decision(session: Session, *, key: str) -> DecisionDefinition | None:
    """Return the newest version of a decision, or None."""
    statement = select(DecisionDefinition).where(DecisionDefinition.key == key)
    return session.scalars(statement.order_by(DecisionDefinition.version.desc()).limit(1)).first()
