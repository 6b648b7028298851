"""Checks how elements hang together: flows, gateways, conditions."""

from typing import Any

from app.engine.definitions.drawing import (
    ACTIVITIES,
    CHOICES,
    GATEWAYS,
    Scope,
    is_event_subprocess,
    is_true,
    kinds_of,
    local,
)
from app.engine.definitions.problems import Findings
from app.engine.spiff import reading
from app.kernel.i18n import _

_BEHIND_EVENT_GATEWAY = {"message", "signal", "timer", "conditional"}
_CONDITIONAL = ACTIVITIES | CHOICES


def check_flows(scope: Scope, found: Findings) -> None:
    """Check the flows of one process or subprocess."""
    for flow in scope.flows:
        _check_flow(scope, flow, found)
    mentioned = any(True for node in scope.nodes.values() for _part in reading.children(node, "incoming", "outgoing"))
    for node_id, node in scope.nodes.items():
        _check_ways_out(scope, node_id, node, found)
        _check_conditions(scope, node_id, node, found)
        if mentioned:
            _check_mentioned(scope, node_id, node, found)
        if reading.local_name(node) in GATEWAYS:
            _check_direction(scope, node_id, node, found)
        if reading.local_name(node) == "eventBasedGateway":
            _check_event_gateway(scope, node_id, node, found)
        if reading.local_name(node).startswith("intermediate"):
            _check_way_in(scope, node_id, node, found)
        if is_true(node, "instantiate") and scope.incoming.get(node_id):
            found.error(
                node, "instantiate", _("What starts the process has no incoming flow. Take the flow or the mark away.")
            )


def _check_flow(scope: Scope, flow: Any, found: Findings) -> None:
    for attribute in ("sourceRef", "targetRef"):
        if flow.get(attribute) not in scope.nodes:
            found.error(
                flow,
                "dangling_flow",
                _("The flow begins or ends at «%(id)s», which is no element of the same process or subprocess."),
                id=(flow.get(attribute) or "")[:80],
            )
            return
    if flow.get("isImmediate") in ("false", "0"):
        found.error(flow, "wrong_flow", _("A flow of an executable process is immediate: take isImmediate away."))
    _check_ends_of_flow(scope, flow, found)


def _check_ends_of_flow(scope: Scope, flow: Any, found: Findings) -> None:
    source, target = (scope.nodes[flow.get(name)] for name in ("sourceRef", "targetRef"))
    if reading.local_name(target) in {"startEvent", "boundaryEvent"}:
        found.error(flow, "wrong_flow", _("No flow leads to a start event or boundary event."))
    if reading.local_name(source) == "endEvent":
        found.error(flow, "wrong_flow", _("No flow leaves an end event."))
    if is_event_subprocess(source) or is_event_subprocess(target):
        found.error(flow, "wrong_flow", _("No flow leads to or from an event subprocess: its start event begins it."))
    if "link" in kinds_of(target, scope.ids) and reading.local_name(target) == "intermediateCatchEvent":
        found.error(flow, "wrong_flow", _("No flow leads to a link event that catches."))
    if "link" in kinds_of(source, scope.ids) and reading.local_name(source) == "intermediateThrowEvent":
        found.error(flow, "wrong_flow", _("No flow leaves a link event that throws."))
    if "compensate" in kinds_of(source, scope.ids) and reading.local_name(source) == "boundaryEvent":
        found.error(flow, "wrong_flow", _("No flow leaves a compensation event. Draw an association."))


def _check_way_in(scope: Scope, node_id: str, node: Any, found: Findings) -> None:
    is_link = reading.local_name(node) == "intermediateCatchEvent" and "link" in kinds_of(node, scope.ids)
    if not is_link and not scope.incoming.get(node_id):
        found.error(node, "no_way_in", _("No flow leads to the event. Draw one, or draw a start event instead."))


def _check_ways_out(scope: Scope, node_id: str, node: Any, found: Findings) -> None:
    """Where end events are drawn, every way leads to one; events on the way always go on."""
    name = reading.local_name(node)
    if scope.outgoing.get(node_id) or scope.beside.get(node_id) or name == "endEvent" or is_event_subprocess(node):
        return
    if is_true(node, "isForCompensation") or ("compensate" in kinds_of(node, scope.ids) and name == "boundaryEvent"):
        return
    if name.endswith("Event") or (scope.named("endEvent") and not scope.is_ad_hoc):
        found.error(node, "no_way_out", _("No flow leaves the element. Draw one to an end event."))
    elif name == "eventBasedGateway":
        found.error(node, "event_gateway", _("An event-based gateway has two outgoing flows or more."))


def _check_mentioned(scope: Scope, node_id: str, node: Any, found: Findings) -> None:
    """A file that says at the elements which flows they have says it of all of them."""
    for part, flows in (("incoming", scope.incoming), ("outgoing", scope.outgoing)):
        said = {local(reading.text_of(item)) for item in reading.children(node, part)}
        drawn = {flow.get("id") for flow in flows.get(node_id, [])}
        if said != drawn and not any((one or "").startswith("unnamed_") for one in drawn):
            # What is carried out are the flows themselves, and they say where they lead.
            found.warning(
                node,
                "flows_differ",
                _("The element names other %(kind)s flows than lead there: %(flows)s. Draw them anew."),
                kind=part,
                flows=", ".join(sorted(one or "" for one in said ^ drawn))[:200],
            )


def _check_direction(scope: Scope, node_id: str, node: Any, found: Findings) -> None:
    direction = node.get("gatewayDirection", "Unspecified")
    coming, going = len(scope.incoming.get(node_id, [])), len(scope.outgoing.get(node_id, []))
    wrong = (
        (direction == "Converging" and going > 1)
        or (direction == "Diverging" and coming > 1)
        or (direction == "Mixed" and (coming < 2 or going < 2))
    )
    if wrong:
        found.error(
            node,
            "gateway_direction",
            _("The gateway says it is %(direction)s, but its flows are not so. Change the flows or the direction."),
            direction=direction,
        )
    elif coming < 2 and going < 2:
        found.warning(node, "idle_gateway", _("The gateway neither splits nor joins. Take it away."))


def _check_event_gateway(scope: Scope, node_id: str, node: Any, found: Findings) -> None:
    flows = scope.outgoing.get(node_id, [])
    if len(flows) == 1:
        found.error(node, "event_gateway", _("An event-based gateway has two outgoing flows or more."))
    if node.get("eventGatewayType") == "Parallel" and is_true(node, "instantiate"):
        found.warning(
            node,
            "parallel_start",
            _("Several messages that only together start a process are not supported. Draw one."),
        )
    if node.get("eventGatewayType") == "Parallel" and not is_true(node, "instantiate"):
        found.error(
            node, "event_gateway", _("Only an event-based gateway that starts the process may wait for all events.")
        )
    waits: set[str] = set()
    for flow in flows:
        target = scope.nodes.get(flow.get("targetRef"))
        if target is not None:
            waits |= _check_behind_gateway(scope, flow, target, found)
    if {"receiveTask", "message"} <= waits:
        found.error(
            node, "event_gateway", _("Behind one gateway stand either receive tasks or message events, not both.")
        )


def _check_behind_gateway(scope: Scope, flow: Any, target: Any, found: Findings) -> set[str]:
    name, target_id = reading.local_name(target), target.get("id")
    kinds = set(kinds_of(target, scope.ids))
    if name == "receiveTask":
        kinds = {"receiveTask"}
        if scope.boundary.get(target_id):
            found.error(target, "event_gateway", _("What follows an event-based gateway has no boundary events."))
    elif name != "intermediateCatchEvent" or not kinds or kinds - _BEHIND_EVENT_GATEWAY:
        found.error(
            target,
            "event_gateway",
            _("Only catching events (message, signal, timer, condition) and receive tasks follow such a gateway."),
        )
    if len(scope.incoming.get(target_id, [])) > 1:
        found.error(target, "event_gateway", _("Only one flow leads to what follows an event-based gateway."))
    if reading.child(flow, "conditionExpression") is not None:
        found.error(flow, "event_gateway", _("A flow behind an event-based gateway has no condition."))
    return kinds


def _check_conditions(scope: Scope, node_id: str, node: Any, found: Findings) -> None:
    name = reading.local_name(node)
    flows = scope.outgoing.get(node_id, [])
    conditional = [flow for flow in flows if reading.child(flow, "conditionExpression") is not None]
    default = node.get("default")
    if default and default not in {flow.get("id") for flow in flows}:
        found.error(node, "dangling_reference", _("The default flow does not leave this element. Choose another one."))
    for flow in conditional:
        _check_condition(flow, default, found)
    if name not in _CONDITIONAL:
        for flow in conditional if name != "eventBasedGateway" else ():
            note = found.warning if name == "parallelGateway" else found.error
            note(
                flow,
                "condition_not_at_gateway",
                _("A condition stands only at a flow that leaves an activity or an exclusive or inclusive gateway."),
            )
    elif name in ACTIVITIES:
        if conditional and len(flows) == 1:
            found.error(
                conditional[0],
                "single_condition",
                _("The only flow that leaves the activity has a condition. Draw another flow, or a gateway."),
            )
    elif len(flows) > 1:
        _check_choice(node, name, flows, conditional, found)


def _check_condition(flow: Any, default: str | None, found: Findings) -> None:
    if not reading.text_of(reading.child(flow, "conditionExpression")):
        found.error(
            flow, "empty_condition", _("The condition of the flow is empty. Write one in FEEL, or take it out.")
        )
    if default and flow.get("id") == default:
        found.error(
            flow,
            "condition_at_default",
            _("The default flow has a condition, which would never be asked. Take one of them away."),
        )


def _check_choice(node: Any, name: str, flows: list[Any], conditional: list[Any], found: Findings) -> None:
    """A flow without a condition is always open: of an exclusive gateway, nothing behind it is ever asked."""
    default = node.get("default")
    open_flows = [flow for flow in flows if flow not in conditional and (not default or flow.get("id") != default)]
    for flow in open_flows:
        later = flows[flows.index(flow) + 1 :] if name == "exclusiveGateway" else []
        if any(one in conditional for one in later) or (later and (flow.get("name") or "").strip()):
            found.error(
                flow,
                "no_condition",
                _("The flow has no condition and is not the default flow, so what is behind it is never asked."),
            )
        else:
            found.warning(flow, "no_condition", _("The flow has no condition and is not the default flow: it is open."))
    if not default and not open_flows and name != "complexGateway":
        found.warning(
            node,
            "no_default",
            _("The gateway has no default flow: when no condition holds, the process stops with an incident."),
        )
