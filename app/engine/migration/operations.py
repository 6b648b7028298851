"""Moves one running instance to another version of its process, or says why it cannot move."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.engine.definitions.models import ProcessDefinition
from app.engine.definitions.queries import get_definition_by_id, version_of
from app.engine.definitions.specs import SpecLibrary, spec_name
from app.engine.instances.live import Live, open_running
from app.engine.instances.outcome import Outcome
from app.engine.instances.settle import settle
from app.engine.instances.verify import violations_of
from app.engine.migration.compare import places
from app.engine.migration.plan import Plan, changed_guards, levels_of, place_of, plan_of
from app.kernel.errors import Conflict
from app.kernel.i18n import _


class MigrationRefused(Conflict):
    """The instance cannot move; it stays in its version.

    Attributes:
        plan: what would have been done, and why not.
    """

    def __init__(self, message: str, plan: Plan) -> None:
        super().__init__(message)
        self.plan = plan


class MigrationFailed(Conflict):
    """After the move something would not have fitted; nothing may be stored."""


@dataclass(frozen=True)
class Migrated:
    """What was done, and what follows from it outside of the engine."""

    plan: Plan
    outcome: Outcome


def migrate(session: Session, *, instance_id: int, definition: ProcessDefinition, now: datetime) -> Migrated:
    """Move a running instance to a version of its process.

    Tokens keep their numbers, so open tasks with their drafts, timers with their times and calls under way stay as
    they are. Events that are new beside a step begin to wait now; those that are gone wait no more. What the instance
    has called goes on in the version in which it began.

    Raises:
        MigrationRefused: a step where it stands has no place in that version.
        MigrationFailed: something does not fit afterwards; the caller rolls back.
        InstanceNotFound, InstanceEnded: as their names say.
    """
    live = open_running(session, instance_id, now)
    before = get_definition_by_id(session, live.row.definition_id)
    version = version_of(definition)
    library = SpecLibrary(session, version)
    newer = places(library, spec_name(definition))
    if before.key != definition.key:
        raise MigrationFailed(_("The instance runs another process."))
    plan = plan_of(live.workflow, newer)
    if plan.refusals:
        raise MigrationRefused(_("The instance cannot move to this version."), plan)
    _move(live, newer, library)
    live.row.definition_id, live.row.definition = version.id, version
    outcome = settle(session, live)
    session.flush()
    found = violations_of(session, instance_id=instance_id)
    if found or outcome.incidents:
        raise MigrationFailed(" ".join(found) or _("A step of the newer version could not be prepared."))
    return Migrated(plan, outcome)


def _move(live: Live, newer: dict[str, Any], library: SpecLibrary) -> None:
    """Put the workflow, its levels and tokens on the newer specs."""
    workflow = live.workflow
    for level in levels_of(workflow).values():
        spec = newer[place_of(level)]
        gone, new = changed_guards(level, spec)
        for guard in gone:
            host = level.tasks.get(guard.internal_data.get("host"))
            if host is not None:
                host.internal_data["boundary"].remove(guard.id)
            guard.cancel()
        level.spec = spec
        level.values |= {name: None for name in spec.declared if name not in level.values}
        level.touch()
        for task in level.tasks.values():
            task.task_spec = spec.task_specs[task.task_spec.name]
            workflow.index.touch(task)
            workflow.index._place(task)
        for name, host in new:
            if host is None:
                level.put(name)
            else:
                guard = level.put(name, {"host": host.id})
                host.internal_data.setdefault("boundary", []).append(guard.id)
    workflow.subprocess_specs = library
