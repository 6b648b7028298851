"""Checks what stands around processes: participants, message flows between them, choreographies."""

from collections.abc import Mapping
from typing import Any

from app.engine.definitions.drawing import ACTIVITIES, EVENTS, THROWING, kinds_of, local
from app.engine.definitions.problems import Findings
from app.engine.spiff import reading
from app.kernel.i18n import _

_ENDS = ACTIVITIES | EVENTS | {"participant"}
_SENDS_NOTHING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
_CONVERSATIONS = ("conversation", "callConversation", "subConversation")


def check_collaboration(root: Any, ids: Mapping[str, Any], found: Findings) -> None:
    """Check all that is drawn between processes."""
    for flow in root.iter(f"{{{reading.BPMN}}}messageFlow"):
        _check_message_flow(flow, ids, found)
    for node in root.iter(f"{{{reading.BPMN}}}participantMultiplicity"):
        _check_multiplicity(node, found)
    for node in reading.children(root, "choreography", "globalConversation", "globalChoreographyTask"):
        for part in reading.children(node, "choreographyRef"):
            found.error(
                part, "choreography", _("A choreography does not refer to another one. Take the reference out.")
            )
        if reading.local_name(node) == "globalConversation":
            for part in reading.children(node, *_CONVERSATIONS):
                found.error(part, "choreography", _("A global conversation holds no others. Draw a collaboration."))


def _check_multiplicity(node: Any, found: Findings) -> None:
    try:
        least, most = int(node.get("minimum", "0")), int(node.get("maximum", "1"))
    except ValueError:
        return  # The schema says so.
    if least < 0 or most < 1 or (most < least and "maximum" in node.attrib):
        found.error(
            node,
            "bad_value",
            _("At least none and at most one or more take part, and the most is not below the least."),
        )


def _check_message_flow(flow: Any, ids: Mapping[str, Any], found: Findings) -> None:
    source, target = (ids.get(local(flow.get(name))) for name in ("sourceRef", "targetRef"))
    for end in (source, target):
        if end is None or reading.local_name(end) not in _ENDS:
            # Messages go by their names, whatever is drawn between pools; only what is wrong in itself is refused.
            note = found.warning if end is None else found.error
            note(flow, "message_flow", _("A message flow leads from a participant, activity or event to another one."))
            return
    if _pool(source, ids) == _pool(target, ids) and _pool(source, ids):
        found.error(flow, "message_flow", _("A message flow leads from one pool to another. Draw a sequence flow."))
    if reading.local_name(source) in _SENDS_NOTHING or reading.local_name(target) in THROWING:
        found.error(
            flow, "message_flow", _("A message flow leaves what sends and leads to what receives. Turn it round.")
        )
    for end in (source, target):
        if reading.local_name(end) in EVENTS and "message" not in kinds_of(end, ids):
            found.error(
                flow, "message_flow", _("The event at a message flow is a message event. Choose this kind of event.")
            )


def _pool(node: Any, ids: Mapping[str, Any]) -> str:
    """Return the process that a node stands in; of a participant, its process or, without one, itself."""
    if reading.local_name(node) == "participant":
        return local(node.get("processRef")) or str(node.get("id"))
    process = next((one for one in node.iterancestors() if reading.local_name(one) == "process"), None)
    return "" if process is None else str(process.get("id"))
