"""Checking what a designer hands in against everything that this building knows: operations, forms, roles."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from sqlalchemy.orm import Session

from app.engine.definitions.check import Known
from app.engine.definitions.check import lint as check
from app.engine.definitions.problems import Problem
from app.engine.spiff.reading import SPIFF
from app.programme.processes.handlers import HANDLERS
from app.studio.files import FORM, diagrams, form_key, forms
from app.work.forms.definitions import NotAForm, parse_form
from app.work.forms.queries import latest_ids
from app.work.people.roles import Role

SYSTEM = "system"  # the lane of what nobody does by hand
_OF_THIS_BUILDING = frozenset({"unknown_operation", "unknown_role"})
ROLES = frozenset({SYSTEM, *(role.value for role in Role)})


def lint(session: Session | None, *, files: Mapping[str, bytes]) -> tuple[Problem, ...]:
    """Return every problem of the files, by file and line.

    With a session, forms that are in force count as known; without one, only forms among the files do, and a
    set of files without any form is not asked for them. Without one it is also only a warning that a diagram of
    another modeller names operations and roles that this building does not have: it may be meant for elsewhere.
    """
    found = check(diagrams(files), known=_known(session, files))
    if session is None:
        found = tuple(_softened(problem, files) for problem in found)
    return tuple(sorted([*found, *_form_problems(files)]))


def _softened(problem: Problem, files: Mapping[str, bytes]) -> Problem:
    is_foreign = SPIFF.encode() not in files.get(problem.file, b"")
    return replace(problem, severity="warning") if problem.code in _OF_THIS_BUILDING and is_foreign else problem


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
