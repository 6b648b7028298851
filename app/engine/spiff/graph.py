"""How the nodes of a scope hang together beside its sequence flows."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.engine.spiff import reading
from app.engine.spiff.nodes import Flow
from app.engine.spiff.process import ProcessSpec


def declared(scope: Any) -> list[str]:
    """Return the variables that a scope declares: the ids of its data objects and properties."""
    found = [node.get("id") for node in reading.children(scope, "dataObject", "property")]
    return [name for name in found if name]


def variables(root: Any) -> dict[str, str]:
    """Return the variable of each data object, reference to one, property, data input or output, and item of a loop."""
    found: dict[str, str] = {}
    for node in root.iter(*(f"{{{reading.BPMN}}}{name}" for name in ("dataObject", "property"))):
        found[node.get("id", "")] = node.get("id", "")
    for node in root.iter(f"{{{reading.BPMN}}}dataObjectReference"):
        found[node.get("id", "")] = node.get("dataObjectRef", "")
    named = ("dataInput", "dataOutput", "inputDataItem", "outputDataItem")
    for node in root.iter(*(f"{{{reading.BPMN}}}{name}" for name in named)):
        found[node.get("id", "")] = node.get("name") or node.get("id", "")
    return found


def around_loop(node: Any, reference: str, kind: str) -> str:
    """Return what stands for the list of a loop outside of the activity: what its data input or output is joined to.

    `kind` is that of the association; without one that only copies, it is the reference itself.
    """
    mine, other = ("targetRef", "sourceRef") if kind == "dataInputAssociation" else ("sourceRef", "targetRef")
    for association in reading.children(node, kind):
        if next(reading.children(association, "assignment", "transformation"), None) is not None:
            continue
        if reference and reading.text_of(reading.child(association, mine)) == reference:
            return reading.text_of(reading.child(association, other)) or reference
    return reference


def links(nodes: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    """Return the source, the target and the name of each pair of link events."""

    def names(kind: str) -> Iterable[tuple[str, str]]:
        for name, node in nodes.items():
            link = reading.child(node, "linkEventDefinition") if reading.local_name(node) == kind else None
            if link is not None:
                yield name, link.get("name", "")

    targets = {link: name for name, link in names("intermediateCatchEvent")}
    return [(name, targets[link], link) for name, link in names("intermediateThrowEvent") if link in targets]


def associated(scope: Any) -> dict[str, list[str]]:
    """Return what each element is associated with, in either direction; associations may stand anywhere in the file."""
    found: dict[str, list[str]] = {}
    top = scope
    while reading.local_name(top) != "definitions" and top.getparent() is not None:
        top = top.getparent()
    for association in top.iter(f"{{{reading.BPMN}}}association"):
        source, target = association.get("sourceRef", ""), association.get("targetRef", "")
        found.setdefault(source, []).append(target)
        found.setdefault(target, []).append(source)
    return found


def implicit_starts(spec: ProcessSpec, nodes: Mapping[str, Any]) -> Iterable[str]:
    """Return the nodes that begin a scope without a start event: those that nothing leads to."""
    for name, node in nodes.items():
        passive = reading.local_name(node) == "boundaryEvent" or node.get("isForCompensation") == "true"
        if not passive and node.get("triggeredByEvent") != "true" and not spec.task_specs[name].incoming:
            yield name


def targets(spec: ProcessSpec, gateway: Any) -> tuple[tuple[tuple[Flow, int], ...], tuple[Any, ...]]:
    """Return what an event-based gateway waits for, and for each the flow it opens and its number behind that."""
    targets: list[tuple[Flow, int]] = []
    definitions: list[Any] = []
    for flow in gateway.flows:
        for number, definition in enumerate(spec.task_specs[flow.target].definitions):
            targets.append((flow, number))
            definitions.append(definition)
    return tuple(targets), tuple(definitions)


def ways(spec: ProcessSpec, gateway: str) -> dict[str, frozenset[str]]:
    """Return, for each incoming flow of a gateway, the nodes from which a token can come along it."""
    before: dict[str, set[str]] = {}
    source_of: dict[str, str] = {}
    for name, task in spec.task_specs.items():
        for flow in task.flows:
            before.setdefault(flow.target, set()).add(name)
            source_of[flow.id] = name
        for event in (*task.boundary, *task.catchers):
            before.setdefault(event, set()).add(name)
    ways: dict[str, frozenset[str]] = {}
    for flow_id in spec.task_specs[gateway].incoming:
        found, pending = {source_of[flow_id]}, [source_of[flow_id]]
        while pending:
            for name in before.get(pending.pop(), ()):
                if name not in found and name != gateway:
                    found.add(name)
                    pending.append(name)
        ways[flow_id] = frozenset(found)
    return ways
