"""Checks each element by itself: is it one that we execute, and is it written as it must be."""

import re
from typing import Any

from lxml import etree

from app.engine.definitions.documents import INERT
from app.engine.definitions.drawing import ACTIVITIES, NODES, Scope
from app.engine.definitions.problems import Findings
from app.engine.spiff import reading
from app.kernel.i18n import _

MAX_NODES = 1_000
MAX_SCOPE_NODES = 300
MAX_SUBPROCESS_DEPTH = 5
MAX_NAME = 500
# Flows, documentation, annotations and all else that is written of 1,000 nodes.
MAX_ELEMENTS = 20_000

_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,254}", re.ASCII)
_RESERVED = re.compile(
    r"Start|End|Root|StartEventSplit|StartEventJoin|__proto__|constructor|prototype|.*\.(EndJoin|BoundaryEventSplit|BoundaryEventJoin)"
)
_IN_SCOPE = NODES | INERT | {"sequenceFlow", "laneSet", "documentation", "extensionElements"}
_COUNTED_APART = _IN_SCOPE - NODES
_AT_TOP = {
    "process", "collaboration", "message", "signal", "error", "escalation", "documentation", "extensionElements",
    "dataStore", "itemDefinition", "category",
}  # fmt: skip
_INSTEAD = {
    "task": _("Draw a user task, service task or script task, so that it is clear who does it."),
    "complexGateway": _("Draw an inclusive or a parallel gateway."),
    "adHocSubProcess": _("Draw a subprocess with a start and an end."),
    "transaction": _("Draw a subprocess with an error boundary event."),
    "linkEventDefinition": _("Draw a sequence flow."),
    "compensateEventDefinition": _("Draw an error event and the tasks that undo what was done."),
    "cancelEventDefinition": _("Draw an error event."),
    "conditionalEventDefinition": _("Draw a gateway with a condition, or a message."),
    "standardLoopCharacteristics": _("Draw an exclusive gateway and a flow back."),
    "ioSpecification": _("Leave it out: a task sees the data of its process."),
}
_EVENT_KINDS = {
    "startEvent": {"message"},
    "endEvent": {"message", "signal", "error", "escalation", "terminate"},
    "intermediateCatchEvent": {"message", "signal", "timer"},
    "intermediateThrowEvent": {"message", "signal", "escalation"},
    "boundaryEvent": {"message", "signal", "timer", "error", "escalation"},
}
_MUST_HAVE_ONE = {"intermediateCatchEvent", "boundaryEvent"}
_EXTENSIONS = {
    "properties", "serviceTaskOperator", "calledDecisionId", "messagePayload", "messageVariable",
}  # fmt: skip
_SCRIPTS = {"preScript", "postScript"}


def is_too_large(root: Any, found: Findings) -> bool:
    """Say whether there is more than the other checks should look at; elements that we do not know count too."""
    written = nodes = 0
    for element in root.iter(f"{{{reading.BPMN}}}*"):
        written += 1
        if reading.local_name(element) not in {"definitions", "process", "subProcess"}:
            continue
        inside = sum(1 for node in reading.children(element) if reading.local_name(node) not in _COUNTED_APART)
        nodes += inside
        if inside > MAX_SCOPE_NODES:
            found.error(
                element,
                "too_large",
                _("There are more than %(limit)s elements. Draw subprocesses."),
                limit=MAX_SCOPE_NODES,
            )
            return True
    for count, limit in ((nodes, MAX_NODES), (written, MAX_ELEMENTS)):
        if count > limit:
            found.error(root, "too_large", _("The file has more than %(limit)s elements."), limit=limit)
            return True
    return False


def check_file(root: Any, found: Findings) -> None:
    """Check ids, the elements at the top, and what extensions there are."""
    seen: dict[str, Any] = {}
    for node in root.iter(f"{{{reading.BPMN}}}*"):
        _check_id(node, seen, found)
        _check_extensions(node, found)
    for node in reading.children(root):
        if reading.local_name(node) not in _AT_TOP:
            _unsupported(node, found)


def _check_id(node: Any, seen: dict[str, Any], found: Findings) -> None:
    if len(node.get("name", "")) > MAX_NAME:
        found.error(node, "long_name", _("The name is longer than %(limit)s characters."), limit=MAX_NAME)
    name = node.get("id")
    if name is None:
        return
    if name in seen:
        found.error(node, "duplicate_id", _("The id «%(id)s» is used twice."), id=name)
    seen[name] = node
    if not _ID.fullmatch(name):
        found.error(
            node, "bad_id", _("The id «%(id)s» may hold only Latin letters, digits and underscores."), id=name[:80]
        )
    elif _RESERVED.fullmatch(name):
        found.error(node, "reserved_id", _("The id «%(id)s» is reserved. Choose another one."), id=name)


def _check_extensions(node: Any, found: Findings) -> None:
    holder = reading.child(node, "extensionElements")
    for element in () if holder is None else holder:
        if not isinstance(element.tag, str):
            continue
        name = etree.QName(element)
        if name.namespace != reading.SPIFF or name.localname not in _EXTENSIONS | _SCRIPTS:
            found.warning(
                element, "ignored_extension", _("The extension %(name)s is not used here."), name=name.localname
            )
        elif name.localname in _SCRIPTS:
            found.error(
                element, "script_beside_task", _("Scripts before and after a task are not run. Draw a script task.")
            )
    if any(name.startswith("{") and reading.local_name(node) in NODES for name in node.attrib):
        found.warning(
            node, "ignored_attribute", _("The element has attributes of another program, which are not used here.")
        )


def _unsupported(node: Any, found: Findings) -> None:
    name = reading.local_name(node)
    found.error(
        node,
        "unsupported_element",
        _("The element %(name)s is not supported. %(instead)s"),
        name=name,
        instead=_INSTEAD.get(name, _("Draw it with the elements of the palette.")),
    )


def check_scope(scope: Scope, depth: int, found: Findings) -> None:
    """Check the elements of a process or subprocess."""
    for node in reading.children(scope.element):
        if reading.local_name(node) not in _IN_SCOPE and not _belongs_to_activity(scope, node):
            _unsupported(node, found)
    for node in scope.nodes.values():
        _check_node(node, found)
    if depth > MAX_SUBPROCESS_DEPTH:
        found.error(
            scope.element,
            "too_deep",
            _("Subprocesses stand more than %(limit)s deep in each other."),
            limit=MAX_SUBPROCESS_DEPTH,
        )
    if scope.element.get("triggeredByEvent") == "true":
        found.error(
            scope.element, "unsupported_element", _("An event subprocess is not supported. Draw a boundary event.")
        )
    _check_ends(scope, found)


def _belongs_to_activity(scope: Scope, node: Any) -> bool:
    own = {"incoming", "outgoing", "multiInstanceLoopCharacteristics"}
    return not scope.is_process and reading.local_name(node) in own


def _check_ends(scope: Scope, found: Findings) -> None:
    starts = list(reading.children(scope.element, "startEvent"))
    plain = [node for node in starts if not reading.event_definitions(node)]
    if not starts:
        found.error(scope.element, "no_start", _("There is no start event."))
    if len(plain) > 1 or (not scope.is_process and len(starts) > 1):
        found.error(starts[-1], "several_starts", _("There is more than one plain start event."))
    if not scope.is_process and starts and not plain:
        found.error(starts[0], "several_starts", _("A subprocess begins with a plain start event."))
    if not any(True for _node in reading.children(scope.element, "endEvent")):
        found.error(scope.element, "no_end", _("There is no end event."))


def _check_node(node: Any, found: Findings) -> None:
    name = reading.local_name(node)
    if name in _EVENT_KINDS:
        _check_event(node, name, found)
    for part in reading.children(node):
        kind = reading.local_name(part)
        if kind in {"standardLoopCharacteristics", "ioSpecification"}:
            _unsupported(part, found)
        elif kind == "multiInstanceLoopCharacteristics":
            _check_loop(node, part, found)
    _check_named(node, name, found)
    if node.get("isForCompensation") == "true":
        found.error(
            node, "unsupported_element", _("Compensation is not supported. Draw the tasks that undo what was done.")
        )


def _check_named(node: Any, name: str, found: Findings) -> None:
    """Check that the element names what it works with."""
    if name in {"sendTask", "receiveTask"} and not reading.event_definitions(node):
        found.error(node, "no_message", _("The task names no message."))
    if name == "scriptTask" and node.get("scriptFormat", "feel").lower() not in {
        "feel",
        "application/feel",
        "text/feel",
    }:
        found.error(node, "not_feel", _("A script is written in FEEL: {name: value}."))
    if name == "serviceTask" and not reading.operator(node)[0]:
        found.error(node, "no_operation", _("The service task names no operation."))
    if name == "businessRuleTask" and not reading.extension_text(node, "calledDecisionId"):
        found.error(node, "no_decision", _("The business rule task names no decision."))
    if name == "callActivity" and not node.get("calledElement"):
        found.error(node, "no_called_process", _("The call activity names no process."))


def _check_event(node: Any, name: str, found: Findings) -> None:
    definitions = reading.event_definitions(node)
    for definition in definitions:
        kind = reading.local_name(definition).removesuffix("EventDefinition")
        if kind not in _EVENT_KINDS[name]:
            known = {"message", "signal", "timer", "error", "escalation", "terminate"}
            if kind in known:
                found.error(node, "wrong_event", _("An event of the kind %(kind)s cannot stand here."), kind=kind)
            else:
                _unsupported(definition, found)
    if len(definitions) > 1:
        found.error(
            node, "several_definitions", _("The event waits for more than one thing. Draw an event-based gateway.")
        )
    if name in _MUST_HAVE_ONE and not definitions:
        found.error(node, "no_definition", _("The event does not say what it waits for."))
    if (
        node.getparent() is not None
        and reading.local_name(node.getparent()) == "subProcess"
        and name == "startEvent"
        and definitions
    ):
        found.error(node, "wrong_event", _("A subprocess begins with a plain start event."))
    _check_boundary(node, definitions, found)


def _check_boundary(node: Any, definitions: list[Any], found: Findings) -> None:
    kinds = {reading.local_name(definition) for definition in definitions}
    interrupting = node.get("cancelActivity", "true") == "true"
    if reading.local_name(node) == "boundaryEvent" and "errorEventDefinition" in kinds and not interrupting:
        found.error(node, "wrong_event", _("An error always interrupts. Draw an interrupting event."))
    for definition in definitions:
        cyclic = reading.timer_text(definition)[0] == "timeCycle"
        if cyclic and (reading.local_name(node) != "boundaryEvent" or interrupting):
            found.error(
                node, "wrong_cycle", _("A cycle stands only at a non-interrupting boundary event. Draw a duration.")
            )


def _check_loop(node: Any, loop: Any, found: Findings) -> None:
    if reading.local_name(node) not in ACTIVITIES:
        _unsupported(loop, found)
    count = reading.text_of(reading.child(loop, "loopCardinality"))
    items = reading.text_of(reading.child(loop, "loopDataInputRef"))
    if bool(count) == bool(items):
        found.error(
            node, "loop_items", _("A multi-instance activity has either a list of items or a number of instances.")
        )
    if items and reading.child(loop, "inputDataItem") is None:
        found.error(node, "loop_item_name", _("A multi-instance activity over a list names its item."))
    if (reading.child(loop, "loopDataOutputRef") is None) != (reading.child(loop, "outputDataItem") is None):
        found.error(node, "loop_output", _("Results need both the list and the name of what each instance gives."))
