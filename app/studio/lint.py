"""Checking what a designer hands in against everything that this building knows: operations, forms, roles."""

from collections.abc import Collection, Mapping
from pathlib import PurePosixPath

from sqlalchemy.orm import Session

from app.engine.definitions.check import Known
from app.engine.definitions.check import lint as check
from app.engine.definitions.problems import Problem
from app.programme.processes.handlers import HANDLERS
from app.studio.files import FORM, diagrams, form_key, forms
from app.work.forms.definitions import NotAForm, parse_form
from app.work.forms.queries import latest_ids
from app.work.people.roles import Role

SYSTEM = "system"  # the lane of what nobody does by hand
ROLES = frozenset({SYSTEM, *(role.value for role in Role)})


def lint(session: Session | None, *, files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """Return every problem of the files, by file and line.

    With a session, forms that are in force count as known; without one, only forms among the files do, and a
    set of files without any form is not asked for them.
    """
    return tuple(sorted([*check(diagrams(files), known=_known(session, files)), *_form_problems(files)]))


def _known(session: Session | None, files: Mapping[str, bytes]) -> Known:
    handed_in = frozenset(forms(files))
    in_force = frozenset(latest_ids(session)) if session is not None else frozenset[str]()
    known_forms: Collection[str] | None = (handed_in | in_force) or None
    return Known(operations=frozenset(HANDLERS), forms=known_forms, roles=ROLES)


def _form_problems(files: Mapping[str, bytes]) -> list[Problem]:
    found: list[Problem] = []
    for name, content in files.items():
        if PurePosixPath(name).suffix != FORM:
            continue
        try:
            parse_form(form_key(name), content)
        except NotAForm as failure:
            found += [
                Problem(name, 1, problem.path, "form", "error", problem.short(), problem.message, problem.params)
                for problem in failure.problems
            ]
    return found
