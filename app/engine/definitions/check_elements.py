"""Checks each element by itself: is it one that we execute, and is it written as it must be."""

import re
from typing import Any

from lxml import etree

from app.engine.definitions.bindings import BINDINGS
from app.engine.definitions.drawing import GLOBAL_TASKS, NODES, SUBPROCESSES, Scope, is_true
from app.engine.definitions.problems import Findings
from app.engine.spiff import extensions, reading
from app.kernel.i18n import _

MAX_NODES = 1_000
MAX_FLOWS = 3_000
MAX_SUBPROCESS_DEPTH = 10
MAX_NAME = 500
# Flows, documentation, annotations and all else that is written of 1,000 nodes.
MAX_ELEMENTS = 20_000

_ID = re.compile(r"[^\W\d][\w.\-·]{0,254}")
_TRAPS = frozenset({"__proto__", "constructor", "prototype"})
_MIME = re.compile(r"[\w.+-]+/[\w.+-]+(;.*)?")
_URI = re.compile(r"(?:[^\s%<>\"{}|\\^`]|%[0-9A-Fa-f]{2})*")
_PLAIN = frozenset({
    "sequenceFlow", "laneSet", "documentation", "extensionElements", "auditing", "monitoring", "property",
    "ioSpecification", "ioBinding", "dataObject", "dataObjectReference", "dataStoreReference", "textAnnotation",
    "association", "group", "supportedInterfaceRef", "supports", "correlationSubscription", "resourceRole",
    "performer", "humanPerformer", "potentialOwner", "artifact",
})  # fmt: skip
_OF_ACTIVITY = frozenset({
    "incoming", "outgoing", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "categoryValueRef",
    "dataInputAssociation", "dataOutputAssociation", "completionCondition",
})  # fmt: skip
_IN_SCOPE = NODES | _PLAIN
_CONTAINERS = SUBPROCESSES | {"process", "definitions"}
_CHOREOGRAPHY = frozenset({"choreographyTask", "subChoreography", "callChoreography", "choreographyActivity"})
_SPIFF_EXTENSIONS = frozenset({
    "properties", "serviceTaskOperator", "calledDecisionId", "messagePayload", "messageVariable",
})  # fmt: skip
_SCRIPTS = frozenset({"preScript", "postScript"})
# In these, anything may stand.
_OPEN = frozenset({"extensionElements", "documentation", "script", "text"})
_USED_EXTENSIONS = {
    reading.SPIFF: _SPIFF_EXTENSIONS,
    extensions.ZEEBE: frozenset({
        "taskDefinition", "ioMapping", "calledElement", "calledDecision", "subscription", "script",
        "loopCharacteristics",
    }),
    **dict.fromkeys(extensions.FAMILY, frozenset({"in", "out", "inputOutput"})),
}  # fmt: skip
_MAPPINGS = frozenset({"ioMapping", "inputOutput"})
_MAPPED = frozenset({"serviceTask", "sendTask", "callActivity"})
_USED_ATTRIBUTES = frozenset(
    f"{{{extensions.CAMUNDA}}}{name}"
    for name in ("topic", "type", "resultVariable", "decisionRef", "collection", "elementVariable")
)


def is_too_large(root: Any, found: Findings) -> bool:
    """Say whether there is more than the other checks should look at; elements that we do not know count too."""
    written = nodes = 0
    for element in root.iter(f"{{{reading.BPMN}}}*"):
        written += 1
        if reading.local_name(element) in _CONTAINERS:
            nodes += sum(1 for node in reading.children(element) if _is_node(node))
    flows = sum(1 for _flow in root.iter(f"{{{reading.BPMN}}}sequenceFlow"))
    for count, limit in ((nodes, MAX_NODES), (flows, MAX_FLOWS), (written, MAX_ELEMENTS)):
        if count > limit:
            found.error(root, "too_large", _("The file has more than %(limit)s elements."), limit=limit)
            return True
    return False


def _is_node(node: Any) -> bool:
    name = reading.local_name(node)
    known = _PLAIN | _OF_ACTIVITY | GLOBAL_TASKS
    return name in NODES or (name not in known and reading.local_name(node.getparent()) != "definitions")


def check_file(root: Any, found: Findings) -> None:
    """Check ids, names, and what extensions there are."""
    seen: set[str] = set()
    for node in root.iter(f"{{{reading.BPMN}}}*"):
        _check_parts(node, found)
        _check_id(node, seen, found)
        _check_extensions(node, found)
        _check_values(node, found)


def _check_parts(node: Any, found: Findings) -> None:
    """Where BPMN stands, nothing else does: what only has the name of something of BPMN would be lost."""
    if reading.local_name(node) in _OPEN:
        return
    for part in node:
        if not isinstance(part.tag, str) or reading.is_bpmn(part):
            continue
        name = etree.QName(part)
        if name.namespace != reading.DI or node.getparent() is not None:
            found.error(
                part,
                "wrong_namespace",
                _("%(name)s does not belong to BPMN as it is written. Correct its namespace or make it an extension."),
                name=name.localname,
            )


def _check_id(node: Any, seen: set[str], found: Findings) -> None:
    if len(node.get("name", "")) > MAX_NAME:
        found.error(node, "long_name", _("The name is longer than %(limit)s characters."), limit=MAX_NAME)
    name = node.get("id")
    if name is None:
        return
    if name in seen:
        found.error(node, "duplicate_id", _("The id «%(id)s» is used twice."), id=name[:80])
    seen.add(name)
    if not _ID.fullmatch(name):
        found.error(
            node,
            "bad_id",
            _("The id «%(id)s» begins with a letter and holds letters, digits, dots, hyphens and underscores."),
            id=name[:80],
        )
    elif name in _TRAPS:
        found.error(node, "reserved_id", _("The id «%(id)s» is reserved. Choose another one."), id=name)


def _check_values(node: Any, found: Findings) -> None:
    """Check values that the schema lets pass."""
    name = reading.local_name(node)
    if node.get("textFormat") is not None and not _MIME.fullmatch(node.get("textFormat")):
        found.error(
            node, "bad_value", _("The format of a text is written like text/plain, not «%(value)s»."),
            value=node.get("textFormat")[:80],
        )  # fmt: skip
    method = node.get("method") if name == "transaction" else None
    if method is not None and not method.startswith("##") and not _URI.fullmatch(method):
        found.error(node, "bad_value", _("The method of a transaction is a URI, not «%(value)s»."), value=method[:80])
    for attribute in ("startQuantity", "completionQuantity"):
        value = node.get(attribute, "1").strip()
        if not value.isascii() or not value.isdigit() or not 1 <= int(value[:9]) <= MAX_NODES:
            found.error(
                node, "bad_value", _("%(attribute)s is a number from 1, not «%(value)s»."),
                attribute=attribute, value=value[:80],
            )  # fmt: skip


def _check_extensions(node: Any, found: Findings) -> None:
    holder = reading.child(node, "extensionElements")
    for element in () if holder is None else holder:
        if not isinstance(element.tag, str):
            continue
        name = etree.QName(element)
        if name.namespace == reading.SPIFF and name.localname in _SCRIPTS:
            found.error(
                element, "script_beside_task", _("Scripts before and after a task are not run. Draw a script task.")
            )
        elif not _is_used(node, name):
            found.warning(
                element, "ignored_extension", _("The extension %(name)s is not used here."), name=name.localname
            )
    if reading.local_name(node) in NODES and any(
        name.startswith("{") and name not in _USED_ATTRIBUTES for name in node.attrib
    ):
        found.warning(
            node, "ignored_attribute", _("The element has attributes of another program, which are not used here.")
        )


def _is_used(node: Any, name: Any) -> bool:
    """Whether an extension does something where it stands."""
    if name.localname not in _USED_EXTENSIONS.get(name.namespace or "", ()):
        return False
    if name.localname in _MAPPINGS:
        return reading.local_name(node) in _MAPPED
    return name.localname != "taskDefinition" or reading.local_name(node) in ("serviceTask", "sendTask")


def _unsupported(node: Any, found: Findings) -> None:
    name = reading.local_name(node)
    instead = _("Draw it with the elements of the palette.")
    if name in _CHOREOGRAPHY:
        instead = _("A choreography is no process: draw the tasks of each participant and messages between them.")
    found.error(
        node, "unsupported_element", _("The element %(name)s is not supported. %(instead)s"), name=name, instead=instead
    )


def check_scope(scope: Scope, depth: int, found: Findings) -> None:
    """Check the elements of a process or subprocess."""
    for node in reading.children(scope.element):
        name = reading.local_name(node)
        if name not in _IN_SCOPE and (scope.is_process or name not in _OF_ACTIVITY):
            _unsupported(node, found)
    for node in scope.nodes.values():
        _check_named(node, found)
    if depth > MAX_SUBPROCESS_DEPTH:
        found.error(
            scope.element,
            "too_deep",
            _("Subprocesses stand more than %(limit)s deep in each other."),
            limit=MAX_SUBPROCESS_DEPTH,
        )
    if scope.is_process:
        _check_process(scope.element, found)
    if scope.is_ad_hoc:
        _check_ad_hoc(scope, found)


def _check_process(process: Any, found: Findings) -> None:
    if not process.get("id"):
        found.error(process, "no_process_id", _("The process has no id, so it cannot be deployed. Give it one."))
    if process.get("processType") == "Public" and is_true(process, "isExecutable"):
        found.warning(process, "public_process", _("An executable process is a private one: choose this type."))


def _check_ad_hoc(scope: Scope, found: Findings) -> None:
    for node in scope.named("startEvent", "endEvent"):
        found.error(node, "ad_hoc", _("An ad-hoc subprocess has no start or end events. Take the event out."))
    if not any(not reading.local_name(node).endswith(("Event", "Gateway")) for node in scope.nodes.values()):
        found.error(scope.element, "ad_hoc", _("An ad-hoc subprocess holds at least one activity. Draw one."))
    if scope.element.get("ordering", "Parallel") not in ("Parallel", "Sequential"):
        found.error(scope.element, "ad_hoc", _("The activities of an ad-hoc subprocess are parallel or sequential."))


def _check_named(node: Any, found: Findings) -> None:
    """Check that the element names what it works with."""
    name = reading.local_name(node)
    if name == "sendTask" and not node.get("messageRef") and extensions.operation(node) is None:
        found.error(node, "no_message", _("The task names no message. Choose the one it sends."))
    if name == "receiveTask" and not node.get("messageRef"):
        found.warning(node, "no_reference", _("No message or signal is named, so it is called like the element."))
    if name == "serviceTask" and extensions.operation(node) is None:
        found.error(
            node,
            "no_operation",
            _("The service task names no operation. Name one, or draw a user task or a script task."),
        )
    if name == "businessRuleTask" and extensions.called_decision(node) is None:
        found.error(node, "no_decision", _("The business rule task names no decision. Choose a decision table."))
    if name == "callActivity":
        _check_called(node, found)


def _check_called(node: Any, found: Findings) -> None:
    key = extensions.called_element(node)
    if not key:
        found.error(node, "no_called_process", _("The call activity names no process. Choose the one it calls."))
    elif key.startswith("=") or extensions.is_foreign_expression(key):
        found.error(
            node,
            "called_by_expression",
            _("The called process is named by an expression. Name one process, or draw a gateway and several calls."),
        )
    if extensions.called_binding(node) not in BINDINGS:
        found.error(
            node,
            "called_version",
            _("Which version is called cannot be told by «%(binding)s». Write «deployment» or «latest»."),
            binding=extensions.called_binding(node),
        )
