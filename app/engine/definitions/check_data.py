"""Checks data: what goes into and out of activities and events, and that both sides are of the same kind."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from app.engine.definitions.drawing import SUBPROCESSES, definitions_of, local
from app.engine.definitions.problems import Findings
from app.engine.spiff import extensions, reading
from app.kernel.i18n import _

_ITEMS = ("dataObject", "dataInput", "dataOutput", "property", "dataStore")
_SETS = (
    ("inputSet", "dataInputRefs", ("optionalInputRefs", "whileExecutingInputRefs"), "outputSetRefs"),
    ("outputSet", "dataOutputRefs", ("optionalOutputRefs", "whileExecutingOutputRefs"), "inputSetRefs"),
)


def check_data(process: Any, ids: Mapping[str, Any], found: Findings) -> None:
    """Check all data of an executable process."""
    for node in process.iter(f"{{{reading.BPMN}}}*"):
        name = reading.local_name(node)
        if name in _ITEMS:
            _check_collection(node, ids, found)
        elif name == "ioSpecification":
            _check_specification(node, found)
        elif name in ("dataInputAssociation", "dataOutputAssociation"):
            _check_association(node, name, ids, found)
        elif name in ("serviceTask", "sendTask", "receiveTask"):
            _check_service(node, name, ids, found)
        elif name.endswith("Event"):
            _check_event(node, ids, found)
        elif name == "callActivity":
            _check_call(node, ids, found)


def _structure(node: Any, ids: Mapping[str, Any]) -> str | None:
    """Return the structure of what an element holds, None where it is not said."""
    if node is not None and reading.local_name(node) in ("dataObjectReference", "dataStoreReference"):
        node = ids.get(local(node.get("dataObjectRef") or node.get("dataStoreRef")), node)
    if node is None:
        return None
    reference = node.get("itemSubjectRef") or node.get("itemRef") or node.get("structureRef")
    item = ids.get(local(reference))
    return item.get("structureRef") if item is not None else None


def _differ(one: Any, other: Any, ids: Mapping[str, Any]) -> bool:
    left, right = _structure(one, ids), _structure(other, ids)
    return left is not None and right is not None and left != right


def _check_collection(node: Any, ids: Mapping[str, Any], found: Findings) -> None:
    item = ids.get(local(node.get("itemSubjectRef")))
    if item is None or reading.local_name(item) != "itemDefinition" or reading.local_name(node) == "property":
        return
    if reading.local_name(node) == "dataStore":
        return
    if (node.get("isCollection", "false") in ("true", "1")) != (item.get("isCollection", "false") in ("true", "1")):
        found.error(
            node,
            "item_differs",
            _("The data and its item definition differ in whether they are a collection. Make them the same."),
        )


def _check_specification(node: Any, found: Findings) -> None:
    if reading.local_name(node.getparent()) in SUBPROCESSES:
        found.error(node, "data_sets", _("A subprocess has no data inputs or outputs. It sees the data around it."))
    for kind, required, others, opposite in _SETS:
        sets = list(reading.children(node, kind))
        used = {text for one in sets for text in _texts(one, required)}
        for item in reading.children(node, required.removesuffix("Refs")):
            if item.get("id") not in used:
                found.error(item, "data_sets", _("The data stands in no set of inputs or outputs. Put it into one."))
        for one in sets:
            if any(set(_texts(one, other)) - set(_texts(one, required)) for other in others):
                found.error(
                    one, "data_sets", _("What is optional or may change while executing is in the set itself, too.")
                )
            _check_opposite(node, one, kind, opposite, found)


def _check_opposite(node: Any, one: Any, kind: str, opposite: str, found: Findings) -> None:
    back = "inputSetRefs" if kind == "inputSet" else "outputSetRefs"
    named = set(_texts(one, opposite))
    naming = {
        other.get("id")
        for other in reading.children(node, opposite.removesuffix("Refs"))
        if one.get("id") and one.get("id") in _texts(other, back)
    }
    if named != naming:
        found.error(one, "data_sets", _("Sets of inputs and outputs that belong together name each other."))


def _texts(node: Any, name: str) -> list[str]:
    return [local(reading.text_of(part)) for part in reading.children(node, name)]


def _check_association(node: Any, name: str, ids: Mapping[str, Any], found: Findings) -> None:
    sources = [ids.get(text) for text in _texts(node, "sourceRef")]
    target = ids.get(next(iter(_texts(node, "targetRef")), ""))
    if any(one is not None and reading.local_name(one).startswith("dataStore") for one in (*sources, target)):
        found.warning(
            node, "data_store", _("Nothing is read from a data store or written to it here. Draw a data object.")
        )
    if reading.child(node, "transformation") is None:
        if len(sources) > 1:
            found.error(
                node, "data_association", _("Several sources need a transformation. Draw one association for each.")
            )
        elif sources and _differ(sources[0], target, ids):
            found.error(
                node, "data_association", _("Source and target are of different structures. Add a transformation.")
            )
    elif not reading.text_of(reading.child(node, "transformation")):
        found.error(node, "data_association", _("The transformation is empty. Write it in FEEL, or take it out."))
    wrong = (
        any(one is not None and reading.local_name(one) == "dataOutput" for one in sources)
        if name == "dataInputAssociation"
        else target is not None and reading.local_name(target) == "dataInput"
    )
    if wrong:
        found.error(
            node,
            "data_association",
            _("What goes in does not come from an output, and what comes out goes to no input."),
        )


def _items(node: Any, name: str) -> list[Any]:
    specification = reading.child(node, "ioSpecification")
    return list(reading.children(node if specification is None else specification, name))


def _check_service(node: Any, name: str, ids: Mapping[str, Any], found: Findings) -> None:
    operation = ids.get(local(node.get("operationRef")))
    message = ids.get(local(node.get("messageRef")))
    inputs, outputs = _items(node, "dataInput"), _items(node, "dataOutput")
    sent = message if message is not None else _message_of(operation, "inMessageRef", ids)
    received = message if name == "receiveTask" else _message_of(operation, "outMessageRef", ids)
    sets = (len(_items(node, "inputSet")), len(_items(node, "outputSet")))
    if name == "serviceTask" and operation is not None and (sets[0] != 1 or sets[1] > 1):
        found.error(
            node, "data_sets", _("A service task with an operation has one set of inputs and at most one of outputs.")
        )
    if name == "sendTask" and (sets[0] > 1 or len(inputs) > 1):
        found.error(node, "data_sets", _("A send task has at most one input, its message."))
    if name == "receiveTask" and (sets[1] > 1 or len(outputs) > 1):
        found.error(node, "data_sets", _("A receive task has at most one output, its message."))
    pairs = [(one, sent) for one in inputs if name != "receiveTask"]
    pairs += [(one, received) for one in outputs if name != "sendTask"]
    for item, carried in pairs:
        if carried is not None and _differ(item, carried, ids):
            found.error(
                item, "item_differs", _("The data is of another structure than the message. Make them the same.")
            )


def _message_of(operation: Any, name: str, ids: Mapping[str, Any]) -> Any:
    return None if operation is None else ids.get(next(iter(_texts(operation, name)), ""))


def _check_event(node: Any, ids: Mapping[str, Any], found: Findings) -> None:
    """The data of an event are those of its definitions, one for each and in the same order."""
    items = _items(node, "dataInput") + _items(node, "dataOutput")
    carried = [
        one for one in (_carried(definition, ids) for definition in definitions_of(node, ids)) if one is not None
    ]
    if not items or not carried:
        return
    if len(items) != len(carried):
        found.error(node, "event_data", _("The event has not as much data as things it waits for or throws."))
    for item, payload in zip(items, carried, strict=False):
        if _differ(item, payload, ids):
            found.error(
                item, "item_differs", _("The data is of another structure than the message. Make them the same.")
            )


def _carried(definition: Any, ids: Mapping[str, Any]) -> Any:
    """Return the message, signal, error or escalation of a definition, if it says what it carries."""
    for kind in ("message", "signal", "error", "escalation"):
        one = ids.get(local(definition.get(f"{kind}Ref")))
        if one is not None and (one.get("itemRef") or one.get("structureRef")):
            return one
    return None


def _check_call(node: Any, ids: Mapping[str, Any], found: Findings) -> None:
    called = ids.get(extensions.called_element(node))
    if called is None or reading.child(called, "ioSpecification") is None:
        return
    for name in ("dataInput", "dataOutput", "inputSet", "outputSet"):
        mine, theirs = _items(node, name), _items(called, name)
        if name.endswith("Set"):
            same = len(mine) == len(theirs)
        else:
            same = Counter(_structure(one, ids) for one in mine) == Counter(_structure(one, ids) for one in theirs)
        if not same:
            found.error(
                node,
                "call_data",
                _("The call does not have the same inputs and outputs as what it calls. Make them the same."),
            )
            return
