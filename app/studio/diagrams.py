"""What a page needs to know about a diagram without running it: its shapes by name and kind."""

from dataclasses import dataclass
from typing import Any

from app.engine.definitions.documents import read_diagram

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
_SKIPPED = {"sequenceFlow", "lane", "laneSet", "documentation", "participant", "collaboration"}


@dataclass(frozen=True)
class Shape:
    """A shape of a diagram.

    Attributes:
        kind: the BPMN element, `userTask`.
        name: its label; empty for shapes without one.
        name_en: the label in English, where the designer gave one.
        form: key of the form of a user task.
        calls: key of the process that a call activity calls.
    """

    id: str
    kind: str
    name: str
    name_en: str
    form: str
    calls: str
    line: int


def shapes(content: bytes) -> tuple[Shape, ...]:
    """Return the shapes of a diagram that have an id, in the order of the file; processes are among them.

    Raises:
        NotReadable: it is no BPMN.
    """
    root = read_diagram(content)
    found = []
    for node in root.iter(f"{{{BPMN}}}*"):
        kind = node.tag.rpartition("}")[2]
        if node.get("id") is None or kind in _SKIPPED:
            continue
        given = _properties(node)
        found.append(
            Shape(
                id=node.get("id"),
                kind=kind,
                name=" ".join((node.get("name") or "").split()),
                name_en=given.get("name_en", ""),
                form=given.get("form", "") if kind == "userTask" else "",
                calls=node.get("calledElement") or "",
                line=node.sourceline or 0,
            )
        )
    return tuple(found)


def _properties(node: Any) -> dict[str, str]:
    extensions = node.find(f"{{{BPMN}}}extensionElements")
    if extensions is None:
        return {}
    return {
        child.get("name"): child.get("value") or ""
        for child in extensions.iter()
        if isinstance(child.tag, str) and child.tag.endswith("}property") and child.get("name")
    }
