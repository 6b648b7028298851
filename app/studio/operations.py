"""Putting processes, decisions and forms in force, together or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.engine.definitions.models import ProcessDefinition
from app.engine.definitions.operations import deploy as deploy_models
from app.engine.definitions.problems import NotDeployable, Problem
from app.studio.check import lint
from app.studio.files import sort_files
from app.work.forms.operations import deploy_forms
from app.work.forms.queries import latest_ids
from app.work.history.operations import record


@dataclass(frozen=True)
class Deployed:
    """What came into force.

    Attributes:
        processes: the versions in force of the processes in the files, new or unchanged.
        new: keys of processes and decisions that have a new version.
        new_forms: keys of forms that have a new version.
        warnings: what the check found and let pass.
    """

    processes: tuple[ProcessDefinition, ...]
    new: tuple[str, ...]
    new_forms: tuple[str, ...]
    warnings: tuple[Problem, ...]


def deploy(session: Session, *, files: Mapping[str, bytes], actor_id: int | None, now: datetime) -> Deployed:
    """Check the files and store what changed as the next versions; running instances keep theirs.

    The versions of the forms in force are pinned with every process version: a task opened by it asks with them.

    Args:
        session: the caller's session.
        files: content by path; `.bpmn`, `.dmn`, and `.json` in a folder named like the process.
        actor_id: who deploys; None for an installation.
        now: when they come into force.

    Raises:
        NotDeployable: the check found an error; nothing is stored.
        NotOurs: a file is of another kind.
    """
    bundle = sort_files(files)
    before = latest_ids(session)
    problems = lint(files, deployed_forms=before.keys())
    if any(problem.severity == "error" for problem in problems):
        raise NotDeployable(problems)
    deployed_forms = deploy_forms(session, files=bundle.forms, now=now, actor_id=actor_id)
    forms = {**before, **deployed_forms}
    done = deploy_models(session, files=bundle.models, resources={"forms": forms}, now=now)
    for row in done.processes:
        if row.key in done.created:
            record(
                session,
                at=now,
                person_id=actor_id,
                action="process.deployed",
                subject=("process_definition", row.id),
                key=row.key,
                version=row.version,
            )
    new_forms = tuple(key for key, form_id in deployed_forms.items() if before.get(key) != form_id)
    return Deployed(done.processes, done.created, new_forms, problems)
