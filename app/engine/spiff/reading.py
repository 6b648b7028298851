"""Reads the parts of a diagram's XML that we understand: BPMN elements and the extensions of bpmn-js-spiffworkflow."""

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from app.engine.expressions import from_json

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"


class Variable:
    """Stands for an expression that is only the name of a variable, which need not be a name in FEEL."""

    def __init__(self, text: str) -> None:
        self.text = text

    def evaluate(self, context: Mapping[str, Any]) -> Any:
        """Return the variable's value, null where there is none."""
        return from_json(context.get(self.text))

    def explain(self, context: Mapping[str, Any]) -> tuple[str, ...]:
        """There is nothing to explain."""
        return ()


def local_name(node: Any) -> str:
    """Return the name of an element without its namespace; empty for comments."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def is_bpmn(node: Any) -> bool:
    """Whether the element belongs to BPMN, and not to an extension or the drawing."""
    return isinstance(node.tag, str) and etree.QName(node).namespace == BPMN


def children(node: Any, *names: str) -> Iterator[Any]:
    """Return the BPMN elements directly inside, of these names or of all."""
    for child in node:
        if is_bpmn(child) and (not names or local_name(child) in names):
            yield child


def child(node: Any, name: str) -> Any:
    """Return the first BPMN element of this name directly inside, or None."""
    return next(children(node, name), None)


def text_of(node: Any) -> str:
    """Return the text of an element without the blanks around it; empty for None."""
    return "" if node is None else "".join(node.itertext()).strip()


def extensions(node: Any, name: str) -> Iterator[Any]:
    """Return this element's own extension elements of a name."""
    holder = child(node, "extensionElements")
    for element in () if holder is None else holder:
        if isinstance(element.tag, str) and element.tag == f"{{{SPIFF}}}{name}":
            yield element


def properties(node: Any) -> dict[str, str]:
    """Return the properties of an element, as the modeller shows them in a table of names and values."""
    return {
        item.get("name", ""): item.get("value", "")
        for group in extensions(node, "properties")
        for item in group
        if isinstance(item.tag, str)
    }


def extension_text(node: Any, name: str) -> str:
    """Return the text of an extension element, empty where there is none."""
    return text_of(next(extensions(node, name), None))


def operator(node: Any) -> tuple[str, dict[str, str], str | None]:
    """Return a service task's operation, its parameters as FEEL texts, and the variable of its result."""
    element = next(extensions(node, "serviceTaskOperator"), None)
    if element is None:
        return "", {}, None
    parameters = {item.get("id", ""): item.get("value", "") for item in element.iter(f"{{{SPIFF}}}parameter")}
    return element.get("id", ""), parameters, element.get("resultVariable") or None


def event_definitions(node: Any) -> list[Any]:
    """Return the event definitions of an event; for a send or receive task, the task itself when it names a message."""
    found = [item for item in children(node) if local_name(item).endswith("EventDefinition")]
    return found or ([node] if node.get("messageRef") else [])


def lane_roles(process: Any) -> dict[str, str]:
    """Return the role of each element in a lane: the innermost lane's id up to a double underscore."""
    roles: dict[str, str] = {}
    for lane in process.iter(f"{{{BPMN}}}lane"):
        for reference in children(lane, "flowNodeRef"):
            roles[text_of(reference)] = (lane.get("id") or "").partition("__")[0]
    return roles
