"""Moving running instances to a newer version of their process, with what the rest of the program must know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.definitions.models import ProcessDefinition
from app.engine.definitions.queries import get_definition, get_definition_by_id
from app.engine.definitions.specs import executable_specs, spec_name
from app.engine.instances.models import Instance, InstanceState
from app.engine.instances.outcome import Outcome
from app.engine.migration import operations as engine
from app.engine.migration.compare import Differences, differences, places
from app.engine.migration.plan import Plan, Refusal
from app.kernel.errors import AppError
from app.programme.processes.carry_out import carry_out
from app.work.history.operations import record


@dataclass(frozen=True)
class Moved:
    """What became of one instance, or would become of it; with refusals it stays in its version."""

    instance_id: int
    business_key: str
    plan: Plan


def changes_between(session: Session, *, key: str, older: int, newer: int) -> Differences:
    """Return what differs between two versions of a process.

    Raises:
        DefinitionNotFound: there is no such version.
    """
    before, after = (
        places(executable_specs(session, row), spec_name(row))
        for row in (get_definition(session, key=key, version=number) for number in (older, newer))
    )
    return differences(before, after)


def running_in(session: Session, *, key: str, version: int) -> Sequence[int]:
    """Return the running instances of a version, the oldest first.

    Raises:
        DefinitionNotFound: there is no such version.
    """
    definition = get_definition(session, key=key, version=version)
    wanted = (Instance.definition_id == definition.id, Instance.state == InstanceState.RUNNING)
    return session.scalars(select(Instance.id).where(*wanted).order_by(Instance.id)).all()


def migrate(
    session: Session, *, instance_id: int, version: int, actor_id: int | None, now: datetime, dry_run: bool = False
) -> Moved:
    """Move one instance to a version of its process, in a transaction of its own; or only find out what that would do.

    Args:
        session: the caller's session.
        instance_id: a running instance.
        version: where it is to go.
        actor_id: who asks for it; None for the installation.
        now: the current instant.
        dry_run: everything is done and taken back.

    Raises:
        InstanceNotFound, InstanceEnded, DefinitionNotFound: as their names say.
    """
    row = session.get_one(Instance, instance_id)
    before = get_definition_by_id(session, row.definition_id)
    definition = get_definition(session, key=row.process_key, version=version)
    attempt = session.begin_nested()
    try:
        migrated = engine.migrate(session, instance_id=instance_id, definition=definition, now=now)
    except engine.MigrationRefused as refused:
        attempt.rollback()
        return Moved(instance_id, row.business_key, refused.plan)
    except engine.MigrationFailed as failure:
        attempt.rollback()
        return Moved(instance_id, row.business_key, _failed(failure))
    if dry_run:
        attempt.rollback()
        return Moved(instance_id, row.business_key, migrated.plan)
    attempt.commit()
    _tell(session, row, before, definition, actor_id=actor_id, now=now)
    if _asks_for_something(migrated.outcome):
        carry_out(session, [migrated.outcome], actor_id=actor_id, now=now)
    return Moved(instance_id, row.business_key, migrated.plan)


def _failed(failure: AppError) -> Plan:
    return Plan((), (), (), (Refusal("", str(failure)),))


def _tell(
    session: Session,
    row: Instance,
    before: ProcessDefinition,
    after: ProcessDefinition,
    *,
    actor_id: int | None,
    now: datetime,
) -> None:
    record(
        session,
        at=now,
        person_id=actor_id,
        action="process.migrated",
        subject=("instance", row.id),
        business_key=row.business_key,
        key=after.key,
        older=before.version,
        newer=after.version,
    )


def _asks_for_something(outcome: Outcome) -> bool:
    """Whether the move itself has set something going: a message that was waiting for a new event."""
    ended = outcome.state is not InstanceState.RUNNING
    return bool(outcome.opened or outcome.cancelled or outcome.calls or outcome.messages or outcome.signals or ended)
