"""Checks diagrams and decisions before they are deployed: nothing that passes behaves differently from what is drawn.

A file is written as BPMN's schema says, its references lead somewhere, and every element of its executable processes
is one that is carried out as BPMN says; whatever else is refused, with the place and with what to draw instead. What
passes is made executable, and the result compared with the drawing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.decisions import DecisionError, parse_decisions
from app.engine.definitions import (
    check_calls,
    check_collaboration,
    check_data,
    check_elements,
    check_events,
    check_expressions,
    check_flows,
    check_loops,
    check_references,
    check_soundness,
    check_vendors,
)
from app.engine.definitions.compare import compare_with_specs
from app.engine.definitions.documents import NotReadable, read_diagram
from app.engine.definitions.drawing import Scope, by_id, executable_processes, kinds_of, scopes_of
from app.engine.definitions.problems import Findings, Problem
from app.engine.definitions.schema import check_schema
from app.engine.spiff import extensions, reading
from app.engine.spiff.limits import MAX_CALL_DEPTH
from app.kernel.i18n import _


@dataclass(frozen=True)
class Known:
    """What exists outside the files; None where it is not known, so that it is not checked.

    Attributes:
        operations: of service tasks.
        forms: of user tasks.
        roles: of lanes.
    """

    operations: Collection[str] | None = None
    forms: Collection[str] | None = None
    roles: Collection[str] | None = None


def lint(
    files: Mapping[str, bytes], *, operations: Collection[str] | None = None, known: Known | None = None
) -> tuple[Problem, ...]:
    """Return everything that is wrong with the files, by file and line.

    `operations` is a short way to say what `known.operations` says.
    """
    facts = known or Known(operations)
    problems: list[Problem] = []
    roots: dict[str, Any] = {}
    for file, content in sorted(files.items()):
        found = Findings(file)
        if file.endswith(".dmn"):
            _check_decisions(file, content, found)
        else:
            root = _check_diagram(content, facts, found)
            if root is not None:
                roots[file] = root
        problems += found.problems
    problems += _check_calls(roots)
    broken = {problem.file for problem in problems if problem.severity == "error"}
    for file in roots.keys() - broken:
        problems += _check_executable(file, files[file])
    return tuple(sorted(set(problems)))


def _check_decisions(file: str, content: bytes, found: Findings) -> None:
    try:
        parse_decisions(content, file)
    except DecisionError as error:
        found.problems += [
            Problem(one.file, one.line, one.element_id, one.code, "error", one.message, one.sentence, one.params)
            for one in error.problems
        ]


def _check_diagram(content: bytes, known: Known, found: Findings) -> Any:
    try:
        root = read_diagram(content)
    except NotReadable as error:
        found.problems.append(
            Problem(
                found.file,
                error.line,
                error.element_id,
                "not_readable",
                "error",
                str(error),
                error.message,
                error.params,
            )
        )
        return None
    if check_elements.is_too_large(root, found):
        return None
    ids = by_id(root)
    check_schema(root, found)
    check_elements.check_file(root, found)
    check_references.check_references(root, ids, found)
    check_collaboration.check_collaboration(root, ids, found)
    check_expressions.check_messages(root, found)
    processes = executable_processes(root)
    if not processes:
        found.warning(
            root, "no_process", _("The file has no process that can be run. Mark one as executable to deploy it.")
        )
    for process in processes:
        _check_process(root, process, ids, known, found)
    return root


def _check_process(root: Any, process: Any, ids: Mapping[str, Any], known: Known, found: Findings) -> None:
    scopes = list(scopes_of(process, ids))
    for scope in scopes:
        check_elements.check_scope(scope, _depth(scope), found)
        check_events.check_events(scope, found)
        check_flows.check_flows(scope, found)
        check_loops.check_loops(scope, found)
        check_soundness.check_soundness(scope, found)
    check_references.check_lanes(process, scopes, found)
    check_references.check_layout(root, scopes, found)
    check_data.check_data(process, ids, found)
    check_vendors.check_vendors(process, ids, found)
    check_expressions.check_expressions(process, found)
    check_expressions.check_operations(process, known.operations, found)
    check_calls.check_retries(process, found)
    check_expressions.check_forms(process, known.forms, found)
    check_expressions.check_roles(process, known.roles, found)


def _depth(scope: Scope) -> int:
    return 0 if scope.is_process else sum(1 for node in scope.element.iterancestors() if node.get("id")) - 1


def _check_calls(roots: Mapping[str, Any]) -> list[Problem]:
    """Check what call activities between the files lead to."""
    places: dict[str, tuple[Findings, Any]] = {}
    findings = {file: Findings(file) for file in roots}
    for file, root in roots.items():
        for process in executable_processes(root):
            key = process.get("id", "")
            if key in places and places[key][0] is not findings[file]:
                findings[file].error(
                    process, "duplicate_process", _("Two files hold the process «%(key)s»."), key=key[:80]
                )
            places[key] = (findings[file], process)
    calls = {
        key: [extensions.called_element(node) for node in _call_activities(process)]
        for key, (_file, process) in places.items()
    }
    for key, (found, process) in places.items():
        for node in _call_activities(process):
            target = extensions.called_element(node)
            if target in places and not _starts_plainly(places[target][1]):
                found.error(
                    node,
                    "called_process_start",
                    _("The process «%(key)s» has no plain start event, so it cannot be called."),
                    key=target,
                )
        if _longest_chain(key, calls) > MAX_CALL_DEPTH:
            found.error(
                process,
                "call_recursion",
                _("The process calls itself, directly or through others, or calls go more than %(limit)s deep."),
                limit=MAX_CALL_DEPTH,
            )
    return [problem for found in findings.values() for problem in found.problems]


def _call_activities(process: Any) -> list[Any]:
    return list(process.iter(f"{{{reading.BPMN}}}callActivity"))


def _starts_plainly(process: Any) -> bool:
    """Whether the process can begin without an event: at a plain start event, or where it has no start event at all."""
    starts = list(reading.children(process, "startEvent"))
    ids = by_id(process.getroottree().getroot())
    return not starts or any(not kinds_of(node, ids) for node in starts)


def _longest_chain(key: str, calls: Mapping[str, list[str]]) -> int:
    """Return how deep the calls go, or one more than is allowed when that is exceeded."""
    level, depth = {key}, 0
    while level and depth <= MAX_CALL_DEPTH:
        level = {target for name in level for target in calls.get(name, []) if target}
        depth += bool(level)
    return depth


def _check_executable(file: str, content: bytes) -> list[Problem]:
    found = Findings(file)
    root = read_diagram(content)
    for process in executable_processes(root):
        compare_with_specs(root, process, found)
    return found.problems
