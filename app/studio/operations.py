"""Putting diagrams, decision tables and forms in force together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.engine.definitions import operations as definitions
from app.engine.definitions.models import ProcessDefinition
from app.engine.definitions.problems import NotDeployable, Problem
from app.studio.files import diagrams, forms
from app.studio.lint import lint
from app.studio.queries import in_force_with
from app.work.forms import operations as form_operations
from app.work.forms import queries as form_queries
from app.work.history.operations import record
from app.work.people import queries as people
from app.work.people.roles import Level


@dataclass(frozen=True)
class Deployed:
    """What a deployment did.

    Attributes:
        created: the process versions that are new; what was unchanged has none.
        warnings: what the check found and did not refuse.
    """

    created: tuple[ProcessDefinition, ...]
    warnings: tuple[Problem, ...]


def deploy(session: Session, *, files: Mapping[str, bytes], actor_id: int | None, now: datetime) -> Deployed:
    """Store what changed as the next version; running instances stay on theirs.

    A version of a process keeps the form versions that were in force with it: a form that is handed in alone makes
    new versions of the processes in force that ask it.

    Args:
        session: the caller's session.
        files: diagrams, decision tables and forms by path.
        actor_id: who deploys; None for the installation.
        now: the current instant.

    Raises:
        NotDeployable: the check found errors; nothing is stored.
        NotAForm: a form cannot be read; nothing is stored.
    """
    definitions.take_turns(session)
    files = {**in_force_with(session, files=files), **files}
    found = lint(session, files=files)
    if any(problem.severity == "error" for problem in found):
        raise NotDeployable(found)
    form_operations.deploy_forms(session, files=forms(files), now=now, actor_id=actor_id)
    deployment = definitions.deploy(
        session,
        files=diagrams(files),
        resources=form_queries.latest_ids(session),
        now=now,
        time_zone=_time_zone(session),
    )
    created = tuple(row for row in deployment.processes if row.key in deployment.created)
    for row in created:
        record(
            session,
            at=now,
            person_id=actor_id,
            action="process.deployed",
            subject=("process_definition", row.id),
            key=row.key,
            version=row.version,
        )
    return Deployed(created=created, warnings=tuple(p for p in found if p.severity == "warning"))


def _time_zone(session: Session) -> str:
    """Return where days begin for times that start a process: in the region."""
    regions = people.organisations(session, level=Level.REGION)
    return regions[0].time_zone if regions else "UTC"
