"""Reads what modellers write beside BPMN: the extensions of Spiff, Camunda 8 (zeebe) and Camunda 7 that we honour.

Pure functions on nodes of the XML, used both where a diagram is checked and where it is made executable, so that the
two can never read it differently. Expressions are given back as FEEL without the leading `=`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from app.engine.spiff import reading
from app.engine.spiff.languages import as_feel as as_feel
from app.engine.spiff.languages import expression_text as expression_text
from app.engine.spiff.languages import is_feel_language as is_feel_language
from app.engine.spiff.languages import is_foreign_expression as is_foreign_expression
from app.engine.spiff.languages import literal as literal

ZEEBE = "http://camunda.org/schema/zeebe/1.0"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
# The engines that Camunda 7 comes from and those that come of it write some things alike.
FAMILY = (CAMUNDA, "http://activiti.org/bpmn", "http://flowable.org/bpmn")


@dataclass(frozen=True)
class Operation:
    """What a service task asks of the program; the parameters are FEEL texts by name."""

    name: str
    parameters: Mapping[str, str]
    result_variable: str | None = None


@dataclass(frozen=True)
class Mappings:
    """What a call activity hands over: pairs of a variable's name and a FEEL text; None for everything.

    Attributes:
        inputs: values of the called process, computed from the caller's data.
        outputs: values of the caller, computed from the called process's data.
        all_inputs: whether everything is handed over beside `inputs`.
        all_outputs: the same on the way back.
    """

    inputs: tuple[tuple[str, str], ...] | None = None
    outputs: tuple[tuple[str, str], ...] | None = None
    all_inputs: bool = False
    all_outputs: bool = False


@dataclass(frozen=True)
class CalledDecision:
    """The decision of a business rule task, and the variable of its result."""

    key: str
    result_variable: str | None = None


@dataclass(frozen=True)
class Loop:
    """The loop of an activity; what is not said is empty.

    Attributes:
        kind: `standard`, `parallel` or `sequential`.
        cardinality: how many, of a multi-instance.
        collection: FEEL of the items, of a vendor's extension; empty where `input_ref` says it.
        input_ref: text of loopDataInputRef as it is written: the id of a data input, data object or property, or
            the name of a variable.
        item: name of the variable that holds one item.
        output_ref: text of loopDataOutputRef, or the name that an extension gives to the results.
        output_item: name of the outputDataItem.
        output_element: FEEL of one result, of an extension; empty where `output_item` says it.
        completion: condition that ends a multi-instance.
        condition: that of a standard loop.
        maximum: of a standard loop, None without one.
        test_before: whether a standard loop asks before its first turn.
        behavior: None, One, All or Complex: which events the instances throw.
    """

    kind: str
    cardinality: str = ""
    collection: str = ""
    input_ref: str = ""
    item: str = ""
    output_ref: str = ""
    output_item: str = ""
    output_element: str = ""
    completion: str = ""
    condition: str = ""
    maximum: str | None = None
    test_before: bool = False
    behavior: str = "All"


def vendor(node: Any, namespace: str, *names: str) -> Iterator[Any]:
    """Return a node's extension elements of a namespace, of these names."""
    holder = reading.child(node, "extensionElements")
    for element in () if holder is None else holder:
        if isinstance(element.tag, str):
            name = etree.QName(element)
            if name.namespace == namespace and name.localname in names:
                yield element


def _of_family(node: Any, name: str) -> str:
    return next((node.get(f"{{{one}}}{name}") for one in FAMILY if node.get(f"{{{one}}}{name}")), "")


def _first(node: Any, namespace: str, name: str) -> Any:
    return next(vendor(node, namespace, name), None)


def operation(node: Any) -> Operation | None:
    """Return the operation that a service task names, by an extension or as an operation of BPMN; or None."""
    spiff = next(reading.extensions(node, "serviceTaskOperator"), None)
    if spiff is not None and spiff.get("id"):
        parameters = {
            item.get("id", ""): expression_text(item.get("value", ""))
            for item in spiff.iter(f"{{{reading.SPIFF}}}parameter")
        }
        return Operation(spiff.get("id"), parameters, spiff.get("resultVariable") or None)
    zeebe = _first(node, ZEEBE, "taskDefinition")
    if zeebe is not None and zeebe.get("type"):
        return Operation(zeebe.get("type"), dict(_io_mapping(node, "input")))
    topic = node.get(f"{{{CAMUNDA}}}topic")
    if topic and node.get(f"{{{CAMUNDA}}}type", "external") == "external":
        return Operation(topic, dict(_camunda_parameters(node)), node.get(f"{{{CAMUNDA}}}resultVariable") or None)
    return _bpmn_operation(node)


def _bpmn_operation(node: Any) -> Operation | None:
    wanted = _local(node.get("operationRef", ""))
    if not wanted:
        return None
    found = (
        one for one in node.getroottree().getroot().iter(f"{{{reading.BPMN}}}operation") if one.get("id") == wanted
    )
    one = next(found, None)
    return None if one is None else Operation(one.get("name") or wanted, {})


def _camunda_parameters(node: Any) -> Iterator[tuple[str, str]]:
    for group in vendor(node, CAMUNDA, "inputOutput"):
        for item in group.iter(f"{{{CAMUNDA}}}inputParameter"):
            text = reading.text_of(item)
            yield item.get("name", ""), text if is_foreign_expression(text) else literal(text)


def _io_mapping(node: Any, name: str) -> Iterator[tuple[str, str]]:
    """A source without `=` is a text as it stands, as Camunda 8 has it."""
    for group in vendor(node, ZEEBE, "ioMapping"):
        for item in group.iter(f"{{{ZEEBE}}}{name}"):
            source = item.get("source", "")
            feel = source if is_foreign_expression(source) else literal(source)
            yield item.get("target", ""), expression_text(source) if source.lstrip().startswith("=") else feel


def mappings(node: Any) -> Mappings:
    """Return what a call activity hands over and takes back."""
    properties = reading.properties(node)
    inputs = _prefixed(properties, "in.")
    outputs = _prefixed(properties, "out.")
    if inputs or outputs:
        return Mappings(inputs or None, outputs or None)
    if _first(node, ZEEBE, "ioMapping") is not None:
        return _zeebe_mappings(node)
    return _camunda_mappings(node)


def _prefixed(properties: Mapping[str, str], prefix: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.removeprefix(prefix), expression_text(text))
        for name, text in properties.items()
        if name.startswith(prefix) and name != prefix
    )


def _zeebe_mappings(node: Any) -> Mappings:
    asked = getattr(_first(node, ZEEBE, "calledElement"), "attrib", {})
    inputs, outputs = tuple(_io_mapping(node, "input")), tuple(_io_mapping(node, "output"))
    all_in = asked.get("propagateAllParentVariables", "true") != "false"
    all_out = not outputs and asked.get("propagateAllChildVariables", "true") != "false"
    return Mappings(inputs or (None if all_in else ()), None if all_out else outputs, bool(inputs) and all_in, False)


def _camunda_mappings(node: Any) -> Mappings:
    sides: list[tuple[tuple[tuple[str, str], ...], bool]] = []
    for name in ("in", "out"):
        items = [item for one in FAMILY for item in vendor(node, one, name) if not item.get("businessKey")]
        pairs = tuple(
            (item.get("target", ""), item.get("sourceExpression") or item.get("source", ""))
            for item in items
            if item.get("target")
        )
        sides.append((pairs, any(item.get("variables") == "all" for item in items)))
    (inputs, all_in), (outputs, all_out) = sides
    if not (inputs or outputs or all_in or all_out):
        return Mappings()
    return Mappings(
        inputs or (None if all_in else ()),
        outputs or (None if all_out else ()),
        bool(inputs) and all_in,
        bool(outputs) and all_out,
    )


def called_element(node: Any) -> str:
    """Return the key of the process or global task that a call activity calls; empty where none is named."""
    zeebe = _first(node, ZEEBE, "calledElement")
    named = node.get("calledElement") or ("" if zeebe is None else zeebe.get("processId", ""))
    named = named.strip()
    return named if is_foreign_expression(named) or named.startswith("=") else named.rpartition(":")[2]


def called_binding(node: Any) -> str:
    """Return which version a call activity calls: `deployment`, as it was when its caller was deployed, or `latest`.

    Anything else is what the file says and nobody here can do.
    """
    zeebe = _first(node, ZEEBE, "calledElement")
    named = (
        reading.properties(node).get("binding")
        or ("" if zeebe is None else zeebe.get("bindingType", ""))
        or node.get(f"{{{CAMUNDA}}}calledElementBinding", "")
    ).strip()
    return named or "deployment"


def called_decision(node: Any) -> CalledDecision | None:
    """Return the decision that a business rule task asks, or None."""
    result = reading.properties(node).get("result") or None
    key = reading.extension_text(node, "calledDecisionId")
    if key:
        return CalledDecision(key, result)
    zeebe = _first(node, ZEEBE, "calledDecision")
    if zeebe is not None and zeebe.get("decisionId"):
        return CalledDecision(zeebe.get("decisionId"), zeebe.get("resultVariable") or result)
    key = node.get(f"{{{CAMUNDA}}}decisionRef", "")
    return CalledDecision(key, node.get(f"{{{CAMUNDA}}}resultVariable") or result) if key else None


def correlation(event_node: Any, message_node: Any, root: Any) -> str | None:
    """Return the FEEL of what a message is correlated by, None where by nothing but its name.

    The property `correlation` of event or message, zeebe's key, or BPMN's keys: a context of several by their names.
    """
    holders = [node for node in (event_node, message_node) if node is not None]
    for holder in holders:
        text = reading.properties(holder).get("correlation", "").strip()
        if text:
            return expression_text(text)
    for holder in reversed(holders):
        zeebe = _first(holder, ZEEBE, "subscription")
        if zeebe is not None and zeebe.get("correlationKey", "").strip():
            return expression_text(zeebe.get("correlationKey"))
    return _bpmn_correlation(message_node, root)


def _bpmn_correlation(message_node: Any, root: Any) -> str | None:
    """Only properties that belong to a correlation key count, and only their expression for this message."""
    if message_node is None or root is None or not message_node.get("id"):
        return None
    keyed = {
        _local(reading.text_of(reference))
        for key in root.iter(f"{{{reading.BPMN}}}correlationKey")
        for reference in reading.children(key, "correlationPropertyRef")
    }
    paths: dict[str, str] = {}
    for item in root.iter(f"{{{reading.BPMN}}}correlationProperty"):
        for retrieval in reading.children(item, "correlationPropertyRetrievalExpression"):
            text = expression_text(reading.text_of(reading.child(retrieval, "messagePath")))
            if item.get("id") in keyed and _local(retrieval.get("messageRef", "")) == message_node.get("id") and text:
                paths[item.get("name") or item.get("id")] = text
    if len(paths) <= 1:
        return next(iter(paths.values()), None)
    return "{" + ", ".join(f"{literal(name)}: {paths[name]}" for name in sorted(paths)) + "}"


def _local(reference: str) -> str:
    return reference.strip().rpartition(":")[2]


def script(node: Any) -> tuple[str, str]:
    """Return the format of a script task, in small letters, and its script: a FEEL context of assignments."""
    zeebe = _first(node, ZEEBE, "script")
    if zeebe is not None:
        return "feel", _assigning(zeebe.get("resultVariable"), expression_text(zeebe.get("expression")))
    language = (node.get("scriptFormat") or "").strip().lower()
    text = reading.text_of(reading.child(node, "script"))
    result = _of_family(node, "resultVariable")
    return language, _assigning(result, expression_text(text)) if result and text else text


def _assigning(name: str | None, text: str) -> str:
    return f"{{{name}: {text}}}" if name and text else text


def timer(definition: Any) -> tuple[str, str]:
    """Return which time a timer has (timeDate, timeDuration, timeCycle; empty for none) and its text as written."""
    item = next(reading.children(definition, "timeDate", "timeDuration", "timeCycle"), None)
    return ("", "") if item is None else (reading.local_name(item), reading.text_of(item))


def loop(node: Any) -> Loop | None:
    """Return the loop of an activity, or None."""
    standard = reading.child(node, "standardLoopCharacteristics")
    if standard is not None:
        return Loop(
            "standard",
            condition=expression_text(reading.text_of(reading.child(standard, "loopCondition"))),
            maximum=standard.get("loopMaximum"),
            test_before=standard.get("testBefore", "false") in ("true", "1"),
        )
    several = reading.child(node, "multiInstanceLoopCharacteristics")
    return None if several is None else _multi_instance(several)


def _multi_instance(node: Any) -> Loop:
    asked: Mapping[str, str] = getattr(_first(node, ZEEBE, "loopCharacteristics"), "attrib", {})
    collection = asked.get("inputCollection") or _of_family(node, "collection")
    return Loop(
        "sequential" if node.get("isSequential", "false") in ("true", "1") else "parallel",
        cardinality=_text(node, "loopCardinality"),
        collection=expression_text(collection),
        input_ref=reading.text_of(reading.child(node, "loopDataInputRef")),
        item=_item(node, "inputDataItem") or asked.get("inputElement") or _of_family(node, "elementVariable"),
        output_ref=reading.text_of(reading.child(node, "loopDataOutputRef")) or asked.get("outputCollection", ""),
        output_item=_item(node, "outputDataItem"),
        output_element=expression_text(asked.get("outputElement")),
        completion=_text(node, "completionCondition"),
        behavior=node.get("behavior", "All"),
    )


def _text(node: Any, name: str) -> str:
    return expression_text(reading.text_of(reading.child(node, name)))


def _item(node: Any, name: str) -> str:
    item = reading.child(node, name)
    return "" if item is None else item.get("name") or item.get("id") or ""
