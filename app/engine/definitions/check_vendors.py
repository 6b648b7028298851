"""Refuses what other programs write beside BPMN where it would change which way a token goes, or what decides on it.

Other namespaces do nothing here, which is as it should be for all that concerns people, forms and machines: the check
of the elements warns of it. Not so where another engine would skip, begin or end something because of it, or where it
sets a variable that an expression of the same process reads.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.engine.definitions.drawing import definitions_of, local
from app.engine.definitions.problems import Findings
from app.engine.spiff import extensions, reading
from app.kernel.i18n import _

# Attributes that steer an engine, with the elements they stand at and the values that steer; None for any value.
_STEERING: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    "skipExpression": ((), None),
    "variableMappingClass": (("callActivity",), None),
    "variableMappingDelegateExpression": (("callActivity",), None),
    "waitForCompletion": (("callActivity",), "false"),
    "variableName": (("conditionalEventDefinition",), None),
    "variableEvents": (("conditionalEventDefinition",), None),
    "terminateAll": (("terminateEventDefinition",), "true"),
    "terminateMultiInstance": (("terminateEventDefinition",), "true"),
    "businessCalendarName": (("timerEventDefinition",), None),
    "endDate": (("timeCycle",), None),
    "adHoc": (("process",), "true"),
    "messageExpression": (("messageEventDefinition",), None),
    "signalExpression": (("signalEventDefinition",), None),
    "correlationKey": (("messageEventDefinition",), None),
    "scope": (("signal",), "processinstance"),
}
_STEERING_ELEMENTS = frozenset({
    "eventType", "triggerEventType", "adHoc", "conditionalFilter", "processVariableCorrelation", "publishMessage",
})  # fmt: skip
_NAMING_ATTRIBUTES = frozenset({
    "initiator", "errorCodeVariable", "errorMessageVariable", "errorVariableName", "escalationCodeVariable",
    "elementIndexVariable",
})  # fmt: skip
_WRITTEN = frozenset({
    "conditionExpression", "condition", "completionCondition", "loopCondition", "activationCondition",
    "loopCardinality", "loopDataInputRef", "timeDate", "timeDuration", "timeCycle", "from", "transformation",
    "script", "messagePath", "dataPath",
})  # fmt: skip
_SETS = re.compile(r"""setVariable(?:Local)?\s*\(\s*["']([^"'\\]{1,100})["']""")
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAMED = {"messageRef": "name", "signalRef": "name", "errorRef": "errorCode", "escalationRef": "escalationCode"}


def check_vendors(process: Any, ids: Mapping[str, Any], found: Findings) -> None:
    """Check the extensions and foreign attributes of an executable process."""
    read = _Read(process)
    for node in process.iter(f"{{{reading.BPMN}}}*"):
        _check_steering(node, found)
        for kind, name in _set_by(node):
            if read.has(name):
                found.error(
                    node,
                    "set_by_extension",
                    _("«%(name)s» is read here, but set by «%(kind)s», which is not carried out. Draw a script task."),
                    name=name[:80],
                    kind=kind,
                )
        _check_names(node, ids, found)
    _check_priorities(process, found)


def _check_steering(node: Any, found: Findings) -> None:
    element = reading.local_name(node)
    for attribute, value in node.attrib.items():
        foreign = _foreign(attribute)
        elements, steers = _STEERING.get(foreign, (("",), None))
        if foreign and (not elements or element in elements) and steers in (None, value.strip().lower()):
            _steers(node, foreign, found)
    for extension in _extensions(node):
        name = reading.local_name(extension)
        if name in _STEERING_ELEMENTS or name.endswith("EventDefinition") or extension.get("throwEvent"):
            _steers(extension, name, found)


def _steers(node: Any, name: str, found: Findings) -> None:
    found.error(
        node,
        "steered_by_extension",
        _("«%(name)s» of another program would change what happens, but is not carried out here. Draw it in BPMN."),
        name=name,
    )


def _foreign(attribute: str) -> str:
    """Return the name of an attribute of another namespace, empty for one without."""
    return attribute.rpartition("}")[2] if attribute.startswith("{") else ""


def _extensions(node: Any) -> Iterator[Any]:
    holder = reading.child(node, "extensionElements")
    yield from (one for one in (() if holder is None else holder) if isinstance(one.tag, str))


def _set_by(node: Any) -> Iterator[tuple[str, str]]:
    """Return what sets a variable beside BPMN, and the variable."""
    for attribute, value in node.attrib.items():
        if _foreign(attribute) in _NAMING_ATTRIBUTES and value.strip():
            yield _foreign(attribute), value.strip()
    element = reading.local_name(node)
    for extension in _extensions(node):
        name = reading.local_name(extension)
        if name == "ioMapping":
            yield from _mapped(extension, name, element)
        elif name == "inputOutput":
            yield from _parameters(extension, name, element)
        elif name == "variableName":
            yield name, reading.text_of(extension)
        elif name == "value" and element == "dataObject":
            yield name, node.get("name") or node.get("id", "")
        elif name not in ("in", "out"):
            yield from ((name, text) for text in _SETS.findall(_all_text(extension)))


def _mapped(extension: Any, kind: str, element: str) -> Iterator[tuple[str, str]]:
    """What is mapped at a call is honoured, and so are the inputs of a service task."""
    for one in extension:
        side = reading.local_name(one)
        honoured = element == "callActivity" or (element in ("serviceTask", "sendTask") and side == "input")
        same = extensions.expression_text(one.get("source")) == one.get("target")
        if side in ("input", "output") and not honoured and not same:
            yield kind, one.get("target", "").partition(".")[0]


def _parameters(extension: Any, kind: str, element: str) -> Iterator[tuple[str, str]]:
    for one in extension:
        side = reading.local_name(one)
        honoured = element in ("serviceTask", "sendTask") and side == "inputParameter"
        if side in ("inputParameter", "outputParameter") and not honoured:
            yield kind, one.get("name", "")


def _all_text(extension: Any) -> str:
    parts = [value for one in extension.iter("*") for value in one.attrib.values()]
    return " ".join((*parts, *extension.itertext("*")))


class _Read:
    """The texts of all expressions of a process, to ask whether one reads a variable."""

    def __init__(self, process: Any) -> None:
        texts = [reading.text_of(node) for node in process.iter(*(f"{{{reading.BPMN}}}{name}" for name in _WRITTEN))]
        for node in process.iter(f"{{{reading.BPMN}}}*"):
            texts += _written_beside(node)
        self._text = "\n".join(_LITERAL.sub('""', text) for text in texts if text)

    def has(self, name: str) -> bool:
        """Whether the name stands in an expression, other than behind a dot."""
        return bool(name) and re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", self._text) is not None


def _written_beside(node: Any) -> Iterator[str]:
    element = reading.local_name(node)
    if element == "callActivity":
        mappings = extensions.mappings(node)
        yield from (text for _target, text in (*(mappings.inputs or ()), *(mappings.outputs or ())))
    elif element == "serviceTask":
        operation = extensions.operation(node)
        yield from () if operation is None else operation.parameters.values()
    elif element == "multiInstanceLoopCharacteristics":
        loop = extensions.loop(node.getparent())
        yield from () if loop is None else (loop.collection, loop.output_element)
    elif element == "scriptTask":
        yield extensions.script(node)[1]


def _check_names(node: Any, ids: Mapping[str, Any], found: Findings) -> None:
    """What is named by an expression in another engine is no name here."""
    places = [node, *definitions_of(node, ids)] if reading.local_name(node).endswith("Event") else [node]
    referred = [
        (ids[key], attribute)
        for place in places
        for reference, attribute in _NAMED.items()
        if (key := local(place.get(reference))) in ids
    ]
    for target, _attribute in referred:
        _check_steering(target, found)
    names = [target.get(attribute, "") for target, attribute in referred]
    element = reading.local_name(node)
    operation = extensions.operation(node) if element in ("serviceTask", "sendTask") else None
    decision = extensions.called_decision(node) if element == "businessRuleTask" else None
    names += [operation.name] if operation is not None else []
    names += [decision.key] if decision is not None else []
    for name in names:
        if name.lstrip().startswith("=") or re.search(r"[$#]\{", name):
            found.error(
                node,
                "named_by_expression",
                _("«%(name)s» is an expression, but a plain name has to stand there."),
                name=name[:80],
            )


def _check_priorities(process: Any, found: Findings) -> None:
    """Conditions are asked in the order of the file; another engine may have numbers at the flows."""
    numbers: dict[str, list[int]] = {}
    defaults = {gateway.get("default") for gateway in process.iter(f"{{{reading.BPMN}}}exclusiveGateway")} - {None}
    for flow in process.iter(f"{{{reading.BPMN}}}sequenceFlow"):
        number = _priority(flow)
        if number is not None and flow.get("id") not in defaults:
            numbers.setdefault(flow.get("sourceRef", ""), []).append(number)
    for gateway in process.iter(f"{{{reading.BPMN}}}exclusiveGateway") if numbers else ():
        mine = numbers.get(gateway.get("id"), [])
        if mine != sorted(mine):
            _steers(gateway, "priority", found)


def _priority(flow: Any) -> int | None:
    values = (value for name, value in flow.attrib.items() if name.startswith("{") and name.endswith("}priority"))
    text = next(values, "").strip()
    return int(text) if text.isascii() and text.isdigit() else None
