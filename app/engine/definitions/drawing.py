"""A process as a graph of what is drawn: nodes and flows of one scope, a process or an embedded subprocess."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.engine.spiff import reading

TASKS = frozenset(
    {"userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask"}
)
ACTIVITIES = TASKS | {"subProcess", "callActivity"}
GATEWAYS = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway"})
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
NODES = ACTIVITIES | GATEWAYS | EVENTS
CHOICES = frozenset({"exclusiveGateway", "inclusiveGateway"})


@dataclass
class Scope:
    """A process or subprocess: its nodes by id, and the flows that leave and reach each."""

    element: Any
    nodes: dict[str, Any] = field(default_factory=dict)
    flows: list[Any] = field(default_factory=list)
    outgoing: dict[str, list[Any]] = field(default_factory=dict)
    incoming: dict[str, list[Any]] = field(default_factory=dict)
    boundary: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def is_process(self) -> bool:
        """Whether it is a whole process."""
        return reading.local_name(self.element) == "process"

    def next_ids(self, node_id: str) -> list[str]:
        """Return where a token can go from here, also by a boundary event."""
        targets = [flow.get("targetRef") for flow in self.outgoing.get(node_id, [])]
        return targets + [event.get("id") for event in self.boundary.get(node_id, [])]

    def reachable_from(self, starts: Iterable[str]) -> set[str]:
        """Return every node that a token from `starts` can come to."""
        found = set(starts)
        pending = list(found)
        while pending:
            for target in self.next_ids(pending.pop()):
                if target not in found and target in self.nodes:
                    found.add(target)
                    pending.append(target)
        return found


def scopes_of(element: Any) -> Iterator[Scope]:
    """Return the scope of a process and those of the subprocesses in it, the outermost first."""
    scope = Scope(element)
    for node in reading.children(element):
        name = reading.local_name(node)
        if name in NODES:
            scope.nodes[node.get("id")] = node
            if name == "boundaryEvent":
                scope.boundary.setdefault(node.get("attachedToRef"), []).append(node)
        elif name == "sequenceFlow":
            scope.flows.append(node)
            scope.outgoing.setdefault(node.get("sourceRef"), []).append(node)
            scope.incoming.setdefault(node.get("targetRef"), []).append(node)
    yield scope
    for node in reading.children(element, "subProcess"):
        yield from scopes_of(node)


def executable_processes(root: Any) -> list[Any]:
    """Return the processes of a file that are meant to run."""
    return [node for node in reading.children(root, "process") if node.get("isExecutable", "true") != "false"]


def is_waiting(node: Any) -> bool:
    """Whether a token stops here for a person, a time or a message."""
    name = reading.local_name(node)
    if name in {"userTask", "manualTask", "receiveTask", "callActivity", "eventBasedGateway"}:
        return True
    if name in {"intermediateCatchEvent", "boundaryEvent"}:
        kinds = {reading.local_name(item) for item in reading.event_definitions(node)}
        return bool(kinds & {"timerEventDefinition", "messageEventDefinition", "signalEventDefinition"})
    return name == "subProcess" and any(is_waiting(inner) for inner in reading.children(node))
