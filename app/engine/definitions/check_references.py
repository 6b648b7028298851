"""Checks what elements refer to by id: that it is there, and that it is of the right kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.engine.definitions.drawing import ACTIVITIES, GLOBAL_TASKS, Scope, local
from app.engine.definitions.problems import Findings
from app.engine.spiff import reading
from app.kernel.i18n import _

_ITEMS = frozenset({
    "dataObject", "dataObjectReference", "dataStore", "dataStoreReference", "property", "dataInput", "dataOutput",
    "inputDataItem", "outputDataItem",
})  # fmt: skip
# Attributes, and elements that hold an id, with the kinds of element that they may name.
_KINDS: Mapping[str, frozenset[str]] = {
    "messageRef": frozenset({"message"}),
    "signalRef": frozenset({"signal"}),
    "errorRef": frozenset({"error"}),
    "escalationRef": frozenset({"escalation"}),
    "operationRef": frozenset({"operation"}),
    "inMessageRef": frozenset({"message"}),
    "outMessageRef": frozenset({"message"}),
    "itemRef": frozenset({"itemDefinition"}),
    "itemSubjectRef": frozenset({"itemDefinition"}),
    "processRef": frozenset({"process"}),
    "dataObjectRef": frozenset({"dataObject"}),
    "dataStoreRef": frozenset({"dataStore"}),
    "categoryValueRef": frozenset({"categoryValue"}),
    "correlationPropertyRef": frozenset({"correlationProperty"}),
    "correlationKeyRef": frozenset({"correlationKey"}),
    "dataInputRefs": frozenset({"dataInput"}),
    "optionalInputRefs": frozenset({"dataInput"}),
    "whileExecutingInputRefs": frozenset({"dataInput"}),
    "dataOutputRefs": frozenset({"dataOutput"}),
    "optionalOutputRefs": frozenset({"dataOutput"}),
    "whileExecutingOutputRefs": frozenset({"dataOutput"}),
    "inputSetRefs": frozenset({"inputSet"}),
    "outputSetRefs": frozenset({"outputSet"}),
    "choreographyRef": frozenset({"choreography", "globalChoreographyTask"}),
    "attachedToRef": ACTIVITIES,
}
_OF_DATA = frozenset({"sourceRef", "targetRef"})


def check_references(root: Any, ids: Mapping[str, Any], found: Findings) -> None:
    """Check every reference of the file."""
    target = root.get("targetNamespace")
    for node in root.iter(f"{{{reading.BPMN}}}*"):
        for name, reference in _references(node):
            if reference and _is_here(node, reference, target):
                _check_reference(node, name, reference, ids, found)
        if reading.local_name(node) == "eventDefinitionRef":
            _check_definition(node, ids, found)


def _references(node: Any) -> Iterator[tuple[str, str]]:
    name = reading.local_name(node)
    yield from ((key, node.get(key)) for key in _KINDS if node.get(key))
    if name in _KINDS or (name in _OF_DATA and reading.local_name(node.getparent()).endswith("Association")):
        yield name, reading.text_of(node)


def _is_here(node: Any, reference: str, target: str | None) -> bool:
    """Whether a reference is to this file: its prefix, if it has one, is that of the file's own namespace."""
    prefix, colon, _name = reference.strip().rpartition(":")
    return not colon or node.nsmap.get(prefix, target) == target


def _check_reference(node: Any, name: str, reference: str, ids: Mapping[str, Any], found: Findings) -> None:
    referred = ids.get(reference.strip()) if reference.strip() in ids else ids.get(local(reference))
    allowed = _ITEMS if name in _OF_DATA else _KINDS[name]
    if referred is not None and reading.local_name(referred) in allowed:
        return
    if name in _OF_DATA and referred is not None and reading.local_name(referred) in ACTIVITIES | GLOBAL_TASKS:
        return
    # A pool that names a process of another file is like a pool that names none.
    note = found.warning if name == "processRef" and referred is None else found.error
    note(
        node,
        "dangling_reference",
        _("There is no %(kind)s with the id «%(id)s». Choose one, or take the reference out."),
        kind=" / ".join(sorted(allowed)) if len(allowed) < 4 else name,
        id=reference[:80],
    )


def _check_definition(node: Any, ids: Mapping[str, Any], found: Findings) -> None:
    referred: Any = ids.get(local(reading.text_of(node)))
    name = "" if referred is None else reading.local_name(referred)
    if not name.endswith("EventDefinition") or reading.local_name(referred.getparent()) != "definitions":
        found.error(
            node,
            "dangling_reference",
            _("«%(id)s» is no event definition that stands by itself in the file. Put it into the event."),
            id=reading.text_of(node)[:80],
        )


def check_lanes(process: Any, scopes: list[Scope], found: Findings) -> None:
    """Check that lanes hold what exists, and that every task for a person stands in one."""
    nodes = {node_id: node for scope in scopes for node_id, node in scope.nodes.items()}
    for lane in process.iter(f"{{{reading.BPMN}}}lane"):
        for reference in reading.children(lane, "flowNodeRef"):
            if local(reading.text_of(reference)) not in nodes:
                found.warning(
                    reference,
                    "lane_reference",
                    _("The lane holds «%(id)s», which is not there."),
                    id=reading.text_of(reference)[:80],
                )
    roles = reading.lane_roles(process)
    for node_id, node in nodes.items():
        if reading.local_name(node) in {"userTask", "manualTask", "task"} and not _role_of(node, node_id, roles):
            found.warning(node, "no_role", _("The task stands in no lane, so nobody is there to do it."))


def _role_of(node: Any, node_id: str, roles: Mapping[str, str]) -> str:
    while node is not None:
        if roles.get(node.get("id", "")):
            return roles[node.get("id", "")]
        node = node.getparent()
    return roles.get(node_id, "")


def check_layout(root: Any, scopes: list[Scope], found: Findings) -> None:
    """Warn of elements that nobody can see."""
    drawn = {local(shape.get("bpmnElement")) for shape in root.iter(f"{{{reading.DI}}}BPMNShape")}
    for scope in scopes:
        for node_id, node in scope.nodes.items():
            if node_id not in drawn:
                found.warning(node, "not_drawn", _("The element has no place in the diagram, so nobody sees it."))
