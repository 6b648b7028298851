"""Checks how elements hang together: references, flows, reachability, loops."""

from typing import Any

from app.engine.definitions.drawing import ACTIVITIES, CHOICES, GATEWAYS, Scope, is_waiting
from app.engine.definitions.problems import Findings
from app.engine.spiff import reading
from app.kernel.i18n import _

_REFERENCES = {
    "messageRef": "message",
    "signalRef": "signal",
    "errorRef": "error",
    "escalationRef": "escalation",
}
_NEEDED = {
    "messageEventDefinition": "messageRef",
    "signalEventDefinition": "signalRef",
    "receiveTask": "messageRef",
    "sendTask": "messageRef",
}


def check_references(root: Any, found: Findings) -> None:
    """Check that messages, signals, errors and escalations that are named are there and have names."""
    declared = {kind: {node.get("id"): node for node in reading.children(root, kind)} for kind in _REFERENCES.values()}
    for node in root.iter(f"{{{reading.BPMN}}}*"):
        for attribute, kind in _REFERENCES.items():
            reference = node.get(attribute)
            if reference and reference not in declared[kind]:
                found.error(
                    node, "dangling_reference", _("There is no %(kind)s with the id «%(id)s»."), kind=kind, id=reference
                )
        needed = _NEEDED.get(reading.local_name(node))
        holds_definition = any(reading.local_name(part) == "messageEventDefinition" for part in reading.children(node))
        if needed and not node.get(needed) and not holds_definition:
            found.error(node, "no_reference", _("The event names no message or signal."))
    for kind in ("message", "signal"):
        for node in declared[kind].values():
            if not node.get("name"):
                found.error(node, "no_name", _("The message or signal has no name."))


def check_lanes(process: Any, scopes: list[Scope], found: Findings) -> None:
    """Check that lanes hold what exists, and that every task for a person stands in one."""
    nodes = {node_id: node for scope in scopes for node_id, node in scope.nodes.items()}
    for lane in process.iter(f"{{{reading.BPMN}}}lane"):
        for reference in reading.children(lane, "flowNodeRef"):
            if reading.text_of(reference) not in nodes:
                found.error(
                    reference,
                    "dangling_reference",
                    _("The lane holds «%(id)s», which is not there."),
                    id=reading.text_of(reference),
                )
    roles = reading.lane_roles(process)
    for node_id, node in nodes.items():
        if reading.local_name(node) in {"userTask", "manualTask"} and not _role_of(node, node_id, roles):
            found.warning(node, "no_role", _("The task stands in no lane, so nobody is there to do it."))


def _role_of(node: Any, node_id: str, roles: dict[str, str]) -> str:
    while node is not None:
        if roles.get(node.get("id", "")):
            return roles[node.get("id", "")]
        node = node.getparent()
    return roles.get(node_id, "")


def check_layout(root: Any, scopes: list[Scope], found: Findings) -> None:
    """Warn of elements that nobody can see."""
    drawn = {shape.get("bpmnElement") for shape in root.iter(f"{{{reading.DI}}}BPMNShape")}
    for scope in scopes:
        for node_id, node in scope.nodes.items():
            if node_id not in drawn:
                found.warning(node, "not_drawn", _("The element has no place in the diagram, so nobody sees it."))


def check_scope(scope: Scope, found: Findings) -> None:
    """Check the flows of one process or subprocess."""
    for flow in scope.flows:
        _check_flow(scope, flow, found)
    for node_id, node in scope.nodes.items():
        _check_attached(scope, node, found)
        _check_ways_out(scope, node_id, node, found)
        _check_conditions(scope, node_id, node, found)
    starts = [node_id for node_id, node in scope.nodes.items() if reading.local_name(node) == "startEvent"]
    for node_id in scope.nodes.keys() - scope.reachable_from(starts):
        found.error(scope.nodes[node_id], "unreachable", _("No way leads here from a start event."))
    _check_joins(scope, found)
    _check_loops(scope, found)


def _check_flow(scope: Scope, flow: Any, found: Findings) -> None:
    for attribute in ("sourceRef", "targetRef"):
        if flow.get(attribute) not in scope.nodes:
            found.error(
                flow,
                "dangling_flow",
                _("The flow begins or ends at «%(id)s», which is not there."),
                id=flow.get(attribute) or "",
            )
            return
    target, source = (scope.nodes[flow.get(name)] for name in ("targetRef", "sourceRef"))
    if reading.local_name(target) in {"startEvent", "boundaryEvent"}:
        found.error(flow, "wrong_flow", _("No flow leads to a start event or boundary event."))
    if reading.local_name(source) == "endEvent":
        found.error(flow, "wrong_flow", _("No flow leaves an end event."))


def _check_attached(scope: Scope, node: Any, found: Findings) -> None:
    if reading.local_name(node) != "boundaryEvent":
        return
    host = scope.nodes.get(node.get("attachedToRef"))
    if host is None or reading.local_name(host) not in ACTIVITIES:
        found.error(node, "dangling_reference", _("The boundary event is attached to no activity."))
    elif reading.local_name(host) == "receiveTask" and _follows_event_gateway(scope, host):
        found.error(node, "wrong_event", _("What follows an event-based gateway has no boundary events."))


def _follows_event_gateway(scope: Scope, node: Any) -> bool:
    sources = [scope.nodes.get(flow.get("sourceRef")) for flow in scope.incoming.get(node.get("id"), [])]
    return any(source is not None and reading.local_name(source) == "eventBasedGateway" for source in sources)


def _check_ways_out(scope: Scope, node_id: str, node: Any, found: Findings) -> None:
    name = reading.local_name(node)
    count = len(scope.outgoing.get(node_id, []))
    if count == 0 and name != "endEvent":
        found.error(node, "no_way_out", _("No flow leaves the element. Draw one to an end event."))
    if count > 1 and name not in GATEWAYS:
        found.error(node, "several_ways_out", _("Several flows leave the element. Draw a gateway behind it."))
    if name == "eventBasedGateway":
        _check_event_gateway(scope, node_id, node, found)


def _check_event_gateway(scope: Scope, node_id: str, node: Any, found: Findings) -> None:
    seen: set[str] = set()
    for flow in scope.outgoing.get(node_id, []):
        target = scope.nodes.get(flow.get("targetRef"))
        if target is None or reading.local_name(target) not in {"intermediateCatchEvent", "receiveTask"}:
            found.error(
                node, "event_gateway", _("Only catching events and receive tasks follow an event-based gateway.")
            )
            continue
        if len(scope.incoming.get(target.get("id"), [])) > 1:
            found.error(target, "event_gateway", _("Only one flow leads to what follows an event-based gateway."))
        for definition in reading.event_definitions(target):
            what = definition.get("messageRef") or definition.get("signalRef") or reading.local_name(definition)
            if what in seen:
                found.error(target, "event_gateway", _("Two events behind the gateway wait for the same. Draw one."))
            seen.add(what)


def _check_conditions(scope: Scope, node_id: str, node: Any, found: Findings) -> None:
    flows = scope.outgoing.get(node_id, [])
    conditional = [flow for flow in flows if reading.text_of(reading.child(flow, "conditionExpression"))]
    default = node.get("default")
    if reading.local_name(node) not in CHOICES:
        for flow in conditional:
            found.error(
                flow,
                "condition_not_at_gateway",
                _("A condition stands only at a flow that leaves an exclusive or inclusive gateway."),
            )
        return
    if default is not None and default not in {flow.get("id") for flow in flows}:
        found.error(node, "dangling_reference", _("The default flow does not leave this gateway."))
    for flow in flows:
        is_default = flow.get("id") == default
        if is_default and flow in conditional:
            found.error(
                flow,
                "condition_at_default",
                _("The default flow has a condition, which would never be asked. Take one of them away."),
            )
        if not is_default and flow not in conditional and len(flows) > 1:
            found.error(flow, "no_condition", _("The flow has no condition and is not the default flow."))
    if len(flows) > 1 and default is None:
        found.warning(
            node,
            "no_default",
            _("The gateway has no default flow: when no condition holds, the process stops with an incident."),
        )


def _check_joins(scope: Scope, found: Findings) -> None:
    """A parallel join whose flows come from a choice waits for a token that never comes."""
    splits = [node_id for node_id, node in scope.nodes.items() if _parts(scope, node_id, node)]
    for node_id, node in scope.nodes.items():
        incoming = [flow.get("sourceRef") for flow in scope.incoming.get(node_id, [])]
        if reading.local_name(node) == "parallelGateway":
            pairs = [(one, other) for place, one in enumerate(incoming) for other in incoming[place + 1 :]]
            if any(not _come_together(scope, splits, pair) for pair in pairs):
                found.warning(
                    node, "join_waits", _("The join may wait for ever: no parallel gateway opens all of its flows.")
                )


def _parts(scope: Scope, node_id: str, node: Any) -> bool:
    """Whether more than one token can leave the node."""
    if reading.local_name(node) in {"parallelGateway", "inclusiveGateway"}:
        return len(scope.outgoing.get(node_id, [])) > 1
    return any(event.get("cancelActivity") == "false" for event in scope.boundary.get(node_id, []))


def _come_together(scope: Scope, splits: list[str], pair: tuple[str, str]) -> bool:
    one, other = pair
    for split in splits:
        branches = [scope.reachable_from([target]) for target in scope.next_ids(split)]
        to_one = {place for place, branch in enumerate(branches) if one in branch or one == split}
        to_other = {place for place, branch in enumerate(branches) if other in branch or other == split}
        if to_one and to_other and len(to_one | to_other) > 1:
            return True
    return False


def _check_loops(scope: Scope, found: Findings) -> None:
    """A loop in which nothing waits would run for ever."""
    passing = {node_id for node_id, node in scope.nodes.items() if not is_waiting(node)}
    state: dict[str, int] = {}
    for start in sorted(passing):
        stack = [(start, iter(scope.next_ids(start)))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            node_id, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                state[node_id] = 2
                stack.pop()
            elif target in passing and state.get(target) == 1:
                found.error(
                    scope.nodes[target],
                    "endless_loop",
                    _("The loop has no step that waits for a person, a time or a message."),
                )
                return
            elif target in passing and target not in state:
                state[target] = 1
                stack.append((target, iter(scope.next_ids(target))))
