"""A process as a graph of what is drawn: nodes and flows of one scope, a process or an embedded subprocess."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.engine.spiff import reading

TASKS = frozenset(
    {"task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask"}
)
SUBPROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
ACTIVITIES = TASKS | SUBPROCESSES | {"callActivity"}
GATEWAYS = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway"})
CATCHING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
THROWING = frozenset({"endEvent", "intermediateThrowEvent"})
EVENTS = CATCHING | THROWING
NODES = ACTIVITIES | GATEWAYS | EVENTS
CHOICES = frozenset({"exclusiveGateway", "inclusiveGateway", "complexGateway"})
GLOBAL_TASKS = frozenset(
    {"globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask"}
)
_WAITING_TASKS = frozenset({"task", "userTask", "manualTask", "receiveTask", "callActivity", "eventBasedGateway"})
_WAITED_FOR = frozenset({"timer", "message", "signal", "conditional"})


def is_true(node: Any, attribute: str, default: bool = False) -> bool:
    """Return an attribute that is true or false."""
    return str(node.get(attribute, str(default))).strip().lower() in ("true", "1")


def local(reference: str | None) -> str:
    """Return a reference without the prefix of its namespace."""
    return (reference or "").strip().rpartition(":")[2]


def by_id(root: Any) -> dict[str, Any]:
    """Return the BPMN elements of a file by their ids, the first of each id."""
    found: dict[str, Any] = {}
    for node in root.iter(f"{{{reading.BPMN}}}*"):
        if node.get("id"):
            found.setdefault(node.get("id"), node)
    return found


def definitions_of(node: Any, ids: Mapping[str, Any]) -> list[Any]:
    """Return the event definitions of an event, those it refers to among them."""
    found = [part for part in reading.children(node) if reading.local_name(part).endswith("EventDefinition")]
    for reference in reading.children(node, "eventDefinitionRef"):
        target = ids.get(local(reading.text_of(reference)))
        if target is not None and reading.local_name(target).endswith("EventDefinition"):
            found.append(target)
    return found


def kinds_of(node: Any, ids: Mapping[str, Any]) -> list[str]:
    """Return what an event waits for or throws: message, timer and so on."""
    return [reading.local_name(one).removesuffix("EventDefinition") for one in definitions_of(node, ids)]


@dataclass
class Scope:
    """A process or subprocess: its nodes by id, and the flows that leave and reach each."""

    element: Any
    ids: Mapping[str, Any] = field(default_factory=dict)
    nodes: dict[str, Any] = field(default_factory=dict)
    flows: list[Any] = field(default_factory=list)
    outgoing: dict[str, list[Any]] = field(default_factory=dict)
    incoming: dict[str, list[Any]] = field(default_factory=dict)
    boundary: dict[str, list[Any]] = field(default_factory=dict)
    beside: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    @property
    def is_process(self) -> bool:
        """Whether it is a whole process."""
        return reading.local_name(self.element) == "process"

    @property
    def is_event_subprocess(self) -> bool:
        """Whether it begins by an event that happens beside the ordinary way."""
        return is_event_subprocess(self.element)

    @property
    def is_ad_hoc(self) -> bool:
        """Whether its activities begin when somebody wants them to."""
        return reading.local_name(self.element) == "adHocSubProcess"

    def named(self, *names: str) -> list[Any]:
        """Return the nodes of these kinds."""
        return [node for node in self.nodes.values() if reading.local_name(node) in names]

    def next_ids(self, node_id: str) -> list[str]:
        """Return where a token can go from here, also by a boundary event, a link or a compensation."""
        targets = [flow.get("targetRef") for flow in self.outgoing.get(node_id, [])]
        targets += [event.get("id") for event in self.boundary.get(node_id, [])]
        return targets + self.beside.get(node_id, [])

    def starts(self) -> list[str]:
        """Return where tokens begin: start events; where there are none, whatever no flow leads to."""
        begins = [node.get("id") for node in self.named("startEvent")]
        own = [node_id for node_id, node in self.nodes.items() if is_true(node, "instantiate")]
        if begins and not self.is_ad_hoc:
            return begins + own
        return begins + [node_id for node_id in self.nodes if self._needs_no_flow(node_id)]

    def _needs_no_flow(self, node_id: str) -> bool:
        node = self.nodes[node_id]
        if self.incoming.get(node_id) or reading.local_name(node) == "boundaryEvent" or node_id in self.links.values():
            return False
        return not is_true(node, "isForCompensation") and not is_event_subprocess(node)

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


def is_event_subprocess(node: Any) -> bool:
    """Whether the element is a subprocess that an event starts."""
    return reading.local_name(node) in SUBPROCESSES and is_true(node, "triggeredByEvent")


def scopes_of(element: Any, ids: Mapping[str, Any] | None = None) -> Iterator[Scope]:
    """Return the scope of a process and those of the subprocesses in it, the outermost first."""
    known = by_id(element.getroottree().getroot()) if ids is None else ids
    pending = [element]
    while pending:
        current = pending.pop(0)
        yield _scope(current, known)
        pending += reading.children(current, *SUBPROCESSES)


def _scope(element: Any, ids: Mapping[str, Any]) -> Scope:
    scope = Scope(element, ids)
    for node in reading.children(element):
        name = reading.local_name(node)
        if name in NODES and node.get("id"):
            scope.nodes[node.get("id")] = node
            if name == "boundaryEvent":
                scope.boundary.setdefault(local(node.get("attachedToRef")), []).append(node)
        elif name == "sequenceFlow":
            scope.flows.append(node)
            scope.outgoing.setdefault(node.get("sourceRef"), []).append(node)
            scope.incoming.setdefault(node.get("targetRef"), []).append(node)
    _connect_beside(scope)
    return scope


def _connect_beside(scope: Scope) -> None:
    """Links lead from throw to catch, associations from a compensation event to the activity that undoes."""
    scope.links = {
        name: node.get("id") for node in scope.named("intermediateCatchEvent") for name in link_names(node, scope.ids)
    }
    for node in scope.named("intermediateThrowEvent"):
        targets = [scope.links[name] for name in link_names(node, scope.ids) if name in scope.links]
        scope.beside.setdefault(node.get("id"), []).extend(targets)
    if not any(is_true(node, "isForCompensation") for node in scope.nodes.values()):
        return
    for node in scope.element.getroottree().getroot().iter(f"{{{reading.BPMN}}}association"):
        ends = [scope.nodes.get(local(node.get(name))) for name in ("sourceRef", "targetRef")]
        for one, other in (ends, reversed(ends)):
            if one is not None and other is not None and is_true(other, "isForCompensation"):
                scope.beside.setdefault(one.get("id"), []).append(other.get("id"))


def link_names(node: Any, ids: Mapping[str, Any]) -> list[str]:
    """Return the names of an event's links."""
    found = definitions_of(node, ids)
    return [one.get("name", "").strip() for one in found if reading.local_name(one) == "linkEventDefinition"]


def executable_processes(root: Any) -> list[Any]:
    """Return the processes of a file that are meant to run."""
    return [node for node in reading.children(root, "process") if is_true(node, "isExecutable", default=True)]


def is_waiting(node: Any, ids: Mapping[str, Any]) -> bool:
    """Whether a token stops here for a person, a time, a message or the program outside."""
    pending = [node]
    while pending:
        current = pending.pop()
        name = reading.local_name(current)
        if name in _WAITING_TASKS or name == "serviceTask":
            return True
        if name in ("intermediateCatchEvent", "boundaryEvent") and _WAITED_FOR & set(kinds_of(current, ids)):
            return True
        if name in SUBPROCESSES:
            pending += reading.children(current)
    return False
