"""Compares the executable specs with the drawing: every node, flow, event, loop and condition must have arrived."""

from collections import Counter
from typing import Any

from app.engine.definitions.drawing import Scope, scopes_of
from app.engine.definitions.problems import Findings
from app.engine.expressions import ExpressionError
from app.engine.spiff import containers, events, extensions, loops, reading
from app.engine.spiff.build import build_process
from app.kernel.i18n import _


def compare_with_specs(root: Any, process: Any, found: Findings) -> None:
    """Build a process as it will be executed, and note what is not in the result; `root` has ids everywhere."""
    try:
        specs = build_process(root, process.get("id"), {})
    except (ExpressionError, LookupError, ValueError, RecursionError) as error:
        found.error(process, "not_executable", _("The process cannot be executed: %(error)s"), error=str(error)[:500])
        return
    for scope in scopes_of(process):
        _compare_scope(scope, specs.get(scope.element.get("id")), found)


def _compare_scope(scope: Scope, spec: Any, found: Findings) -> None:
    for node_id, node in scope.nodes.items():
        task_spec = None if spec is None else spec.task_specs.get(node_id)
        if task_spec is None:
            _lost(node, found)
            continue
        _compare_flows(scope, node_id, task_spec, found)
        if _definition_count(task_spec, spec) != _drawn_definitions(node):
            _lost(node, found)
        if isinstance(task_spec, loops.Frame) != (extensions.loop(node) is not None):
            _lost(node, found)


def _compare_flows(scope: Scope, node_id: str, task_spec: Any, found: Findings) -> None:
    flows = scope.outgoing.get(node_id, [])
    drawn = Counter(flow.get("targetRef") for flow in flows)
    built = Counter(flow.target for flow in task_spec.flows if not flow.id.startswith("link "))
    conditions = sum(1 for flow in flows if reading.text_of(reading.child(flow, "conditionExpression")))
    if drawn != built or conditions != sum(1 for flow in task_spec.flows if flow.condition is not None):
        _lost(scope.nodes[node_id], found)


def _drawn_definitions(node: Any) -> int:
    if reading.local_name(node) == "receiveTask":
        return 1
    if reading.local_name(node) == "sendTask":
        return int(bool(node.get("messageRef")))
    if reading.local_name(node) == "subProcess":
        start = next(reading.children(node, "startEvent"), None) if node.get("triggeredByEvent") == "true" else None
        return 0 if start is None else _drawn_definitions(start)
    parts = [item for item in reading.children(node) if reading.local_name(item) != "linkEventDefinition"]
    return sum(1 for item in parts if reading.local_name(item).endswith(("EventDefinition", "eventDefinitionRef")))


def _definition_count(task_spec: Any, spec: Any) -> int:
    inner = spec.task_specs[task_spec.task_spec] if isinstance(task_spec, loops.Frame) else task_spec
    if isinstance(inner, events.EventBasedGateway):
        return 0
    if isinstance(inner, events.Waiting | events.Throwing | containers.EventSubProcess):
        return len(inner.definitions)
    return 0


def _lost(node: Any, found: Findings) -> None:
    found.error(node, "not_executable", _("The element, or something of it, would not be executed as it is drawn."))
