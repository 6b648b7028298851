"""Checks diagrams and decisions before they are deployed: nothing that passes behaves differently from what is drawn.

Elements are allowed one by one; whatever is not known to be carried out as BPMN says is refused, with the place and
with what to draw instead. What passes is parsed, and the result compared with the drawing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.decisions import DecisionError, parse_decisions
from app.engine.definitions import check_elements, check_expressions, check_flows
from app.engine.definitions.compare import compare_with_specs
from app.engine.definitions.documents import NotReadable, read_diagram
from app.engine.definitions.drawing import Scope, executable_processes, scopes_of
from app.engine.definitions.problems import Findings, Problem
from app.engine.spiff import reading
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
    return tuple(sorted(problems))


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
            Problem(found.file, error.line, "", "not_readable", "error", str(error), error.message, error.params)
        )
        return None
    if check_elements.is_too_large(root, found):
        return None
    check_elements.check_file(root, found)
    check_flows.check_references(root, found)
    processes = executable_processes(root)
    if not processes:
        found.error(root, "no_process", _("The file has no process that can be run."))
    for process in processes:
        scopes = list(scopes_of(process))
        for scope in scopes:
            check_elements.check_scope(scope, _depth(scope), found)
        if not any(problem.code == "unsupported_element" for problem in found.problems):
            _check_flows(root, process, scopes, found)
    check_expressions.check_expressions(root, found)
    check_expressions.check_timers(root, found)
    check_expressions.check_operations(root, known.operations, found)
    check_expressions.check_forms(root, known.forms, found)
    check_expressions.check_roles(root, known.roles, found)
    return root


def _check_flows(root: Any, process: Any, scopes: list[Scope], found: Findings) -> None:
    for scope in scopes:
        check_flows.check_scope(scope, found)
    check_flows.check_lanes(process, scopes, found)
    check_flows.check_layout(root, scopes, found)


def _depth(scope: Scope) -> int:
    return sum(1 for node in scope.element.iterancestors() if reading.local_name(node) == "subProcess") + (
        not scope.is_process
    )


def _check_calls(roots: Mapping[str, Any]) -> list[Problem]:
    """Check what call activities between the files lead to."""
    places: dict[str, tuple[Findings, Any]] = {}
    findings = {file: Findings(file) for file in roots}
    for file, root in roots.items():
        for process in executable_processes(root):
            if process.get("id") in places:
                findings[file].error(
                    process, "duplicate_process", _("Two files hold the process «%(key)s»."), key=process.get("id")
                )
            places[process.get("id")] = (findings[file], process)
    calls = {
        key: [node.get("calledElement") for node in _call_activities(process)]
        for key, (_file, process) in places.items()
    }
    for key, (found, process) in places.items():
        for node in _call_activities(process):
            target = node.get("calledElement")
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
    return any(not reading.event_definitions(node) for node in reading.children(process, "startEvent"))


def _longest_chain(key: str, calls: Mapping[str, list[Any]]) -> int:
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
