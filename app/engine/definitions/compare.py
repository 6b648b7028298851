"""Compares the executable specs with the drawing: every node, flow, event, loop and condition must have arrived."""

from typing import Any

from app.engine.definitions.drawing import (
    SUBPROCESSES,
    Scope,
    definitions_of,
    is_event_subprocess,
    is_true,
    kinds_of,
    link_names,
    scopes_of,
)
from app.engine.definitions.problems import Findings
from app.engine.expressions import ExpressionError
from app.engine.spiff import containers, events, extensions, gateways, loops, reading
from app.engine.spiff.build import build_process
from app.kernel.i18n import _


def compare_with_specs(root: Any, process: Any, found: Findings) -> None:
    """Build a process as it will be executed, and note what is not in the result; `root` has ids everywhere."""
    try:
        specs = build_process(root, process.get("id"), {})
    except (ExpressionError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        found.error(process, "not_executable", _("The process cannot be executed: %(error)s"), error=str(error)[:500])
        return
    for scope in scopes_of(process):
        spec = specs.get(scope.element.get("id"))
        if spec is None:
            _lost(scope.element, found)
        else:
            _compare_scope(scope, spec, found)


def _compare_scope(scope: Scope, spec: Any, found: Findings) -> None:
    if set(spec.starts) != {node.get("id") for node in scope.named("startEvent")}:
        _lost(scope.element, found)
    for node_id, node in scope.nodes.items():
        task_spec = spec.task_specs.get(node_id)
        if task_spec is None or not _is_same(scope, node_id, task_spec, spec):
            _lost(node, found)


def _is_same(scope: Scope, node_id: str, task_spec: Any, spec: Any) -> bool:
    node = scope.nodes[node_id]
    inner = spec.task_specs[task_spec.task_spec] if isinstance(task_spec, loops.Frame) else task_spec
    return (
        task_spec.element_type == reading.local_name(node)
        and _flows_drawn(scope, node_id) == _flows_built(task_spec)
        and _definition_count(inner) == _drawn_definitions(scope, node)
        and _loop_of(task_spec) == getattr(extensions.loop(node), "kind", "")
        and _is_attached(scope, node, spec)
        and _has_activation(node, inner)
        and _has_marks(node, task_spec, inner)
        and (is_event_subprocess(node) == (node_id in spec.event_subprocesses))
    )


def _flows_drawn(scope: Scope, node_id: str) -> list[tuple[str, bool, bool]]:
    """Return the flows in the order of the file: where to, whether there is a condition, whether it is the default."""
    default = scope.nodes[node_id].get("default")
    return [
        (
            flow.get("targetRef"),
            bool(reading.text_of(reading.child(flow, "conditionExpression"))) and flow.get("id") != default,
            bool(default) and flow.get("id") == default,
        )
        for flow in scope.outgoing.get(node_id, [])
    ] + [(scope.links[name], False, False) for name in _thrown_links(scope, node_id)]


def _thrown_links(scope: Scope, node_id: str) -> list[str]:
    node = scope.nodes[node_id]
    if reading.local_name(node) != "intermediateThrowEvent":
        return []
    return [name for name in link_names(node, scope.ids) if name in scope.links]


def _flows_built(task_spec: Any) -> list[tuple[str, bool, bool]]:
    return [(flow.target, flow.condition is not None, flow.is_default) for flow in task_spec.flows]


def _drawn_definitions(scope: Scope, node: Any) -> int:
    name = reading.local_name(node)
    if name == "receiveTask":
        return 1
    if name == "sendTask":
        return int(bool(node.get("messageRef")))
    if name in SUBPROCESSES:
        start = reading.child(node, "startEvent") if is_event_subprocess(node) else None
        return 0 if start is None else len(definitions_of(start, scope.ids))
    definitions = definitions_of(node, scope.ids) if name.endswith("Event") else []
    return sum(1 for one in definitions if reading.local_name(one) != "linkEventDefinition")


def _definition_count(inner: Any) -> int:
    if isinstance(inner, events.EventBasedGateway):
        return 0
    if isinstance(inner, events.Waiting | events.Throwing | containers.EventSubProcess):
        return len(inner.definitions)
    return 0


def _loop_of(task_spec: Any) -> str:
    if isinstance(task_spec, loops.MultiInstance):
        return "sequential" if task_spec.sequential else "parallel"
    return "standard" if isinstance(task_spec, loops.StandardLoop) else ""


def _is_attached(scope: Scope, node: Any, spec: Any) -> bool:
    """Whether a boundary event is where its activity looks for it."""
    if reading.local_name(node) != "boundaryEvent":
        return True
    host = spec.task_specs.get(node.get("attachedToRef"))
    if host is None:
        return False
    if "compensate" in kinds_of(node, scope.ids):
        return host.handler in scope.beside.get(node.get("id"), [])
    return node.get("id") in (*host.boundary, *host.catchers)


def _has_marks(node: Any, task_spec: Any, inner: Any) -> bool:
    """Whether tokens are counted, and events interrupt and belong together, as the drawing says."""
    quantities = (int(node.get("startQuantity", "1")), int(node.get("completionQuantity", "1")))
    if (task_spec.start_quantity, task_spec.completion_quantity) != quantities:
        return False
    start = reading.child(node, "startEvent") if is_event_subprocess(node) else node
    if isinstance(inner, events.BoundaryEvent | containers.EventSubProcess):
        attribute = "cancelActivity" if isinstance(inner, events.BoundaryEvent) else "isInterrupting"
        if inner.interrupting != is_true(start, attribute, default=True):
            return False
    if isinstance(inner, events.Waiting | containers.EventSubProcess):
        return bool(inner.all_of_them) == is_true(start, "parallelMultiple")
    return True


def _has_activation(node: Any, inner: Any) -> bool:
    if not isinstance(inner, gateways.ComplexGateway):
        return True
    return (inner.activation is not None) == bool(reading.text_of(reading.child(node, "activationCondition")))


def _lost(node: Any, found: Findings) -> None:
    found.error(node, "not_executable", _("The element, or something of it, would not be executed as it is drawn."))
