"""Checking what a designer hands in against everything that this building knows: operations, forms, roles."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from sqlalchemy.orm import Session

from app.engine.definitions.check import Known
from app.engine.definitions.check import lint as check
from app.engine.definitions.documents import read_diagram
from app.engine.definitions.drawing import executable_processes
from app.engine.definitions.operations import DMN_SUFFIX
from app.engine.definitions.problems import Findings, Problem
from app.engine.definitions.start_events import start_events
from app.engine.spiff.reading import SPIFF
from app.kernel.errors import Invalid
from app.kernel.i18n import _
from app.programme.processes.handlers import HANDLERS, REMOTE
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
    return tuple(sorted([*found, *_form_problems(files), *_start_problems(files)]))


def _softened(problem: Problem, files: Mapping[str, bytes]) -> Problem:
    is_foreign = SPIFF.encode() not in files.get(problem.file, b"")
    return replace(problem, severity="warning") if problem.code in _OF_THIS_BUILDING and is_foreign else problem


def _known(session: Session | None, files: Mapping[str, bytes]) -> Known:
    handed_in = frozenset(forms(files))
    in_force = frozenset(latest_ids(session)) if session is not None else frozenset[str]()
    known_forms: Collection[str] | None = (handed_in | in_force) or None
    return Known(operations=frozenset(HANDLERS) | frozenset(REMOTE), forms=known_forms, roles=ROLES)


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


def _start_problems(files: Mapping[str, bytes]) -> list[Problem]:
    """Check that no start timer says what its instances are about: here they are begun in every cycle that runs."""
    found: list[Problem] = []
    for name, content in files.items():
        if PurePosixPath(name).suffix in (DMN_SUFFIX, FORM):
            continue
        findings = Findings(name)
        try:
            root = read_diagram(content)
            drawn = [(process, start_events(root, process)) for process in executable_processes(root)]
        except Invalid:  # The check of the diagram says so.
            continue
        for process, events in drawn:
            nodes = {node.get("id"): node for node in process}
            for event in events:
                if event.business_key or event.scope_key:
                    sentence = _("A process that a time starts begins in every running cycle. Leave out %(names)s.")
                    findings.error(nodes[event.element_id], "start_subject", sentence, names="business_key, scope_key")
        found += findings.problems
    return found
