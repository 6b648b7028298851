"""Compares the executable specs with the drawing: every node, flow, event, loop and condition must have arrived."""

from collections import Counter
from typing import Any

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from app.engine.definitions.drawing import Scope, scopes_of
from app.engine.definitions.problems import Findings
from app.engine.spiff import events, gateways, loops, reading
from app.engine.spiff.parser import parse_process
from app.kernel.i18n import _


def compare_with_specs(root: Any, process: Any, found: Findings) -> None:
    """Parse a process as it will be executed, and note what is not in the result; `root` is normalised."""
    try:
        specs = parse_process(root, process.get("id"), {})
    except (ValidationException, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
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
        if _definition_count(task_spec, spec) != len(reading.event_definitions(node)) and not _is_behind_gateway(
            scope, node_id
        ):
            _lost(node, found)
        has_loop = reading.child(node, "multiInstanceLoopCharacteristics") is not None
        if isinstance(task_spec, loops.MultiInstance) != has_loop:
            _lost(node, found)


def _compare_flows(scope: Scope, node_id: str, task_spec: Any, found: Findings) -> None:
    drawn = Counter(flow.get("targetRef") for flow in scope.outgoing.get(node_id, []))
    parsed = Counter(name.removesuffix(".BoundaryEventSplit") for name in task_spec._outputs)
    for target, count in drawn.items():
        if parsed[target] != count:
            _lost(scope.nodes[node_id], found)
    if isinstance(task_spec, gateways.Choice):
        conditions = sum(1 for _order, condition, _target in task_spec.choices if condition is not None)
        flows = scope.outgoing.get(node_id, [])
        if conditions != sum(1 for flow in flows if reading.text_of(reading.child(flow, "conditionExpression"))):
            _lost(scope.nodes[node_id], found)


def _definition_count(task_spec: Any, spec: Any) -> int:
    inner = spec.task_specs[task_spec.task_spec] if isinstance(task_spec, loops.MultiInstance) else task_spec
    if isinstance(inner, events.EventBasedGateway):
        return 0
    if isinstance(inner, events.Catching):
        return len(inner.definitions)
    return int(inner.definition.kind != "none") if isinstance(inner, events.Throwing) else 0


def _is_behind_gateway(scope: Scope, node_id: str) -> bool:
    sources = [scope.nodes[flow.get("sourceRef")] for flow in scope.incoming.get(node_id, [])]
    return any(reading.local_name(source) == "eventBasedGateway" for source in sources)


def _lost(node: Any, found: Findings) -> None:
    found.error(node, "not_executable", _("The element, or something of it, would not be executed as it is drawn."))
