"""Validates a diagram against the schema of BPMN 2.0, the files of which SpiffWorkflow brings along."""

import re
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import SpiffWorkflow.bpmn.parser
from lxml import etree

from app.engine.definitions.drawing import NODES
from app.engine.definitions.problems import Findings
from app.engine.spiff import reading
from app.kernel.i18n import _

MOST_ERRORS = 50
_NAMESPACE = re.compile(r"\{[^}]*\}")
# In the list of a loop, FEEL may stand in place of a reference.
_OF_LISTS = re.compile(r"^Element 'loopData(Input|Output)Ref': .*'xs:QName'")
# Ids are looked at one by one elsewhere, with sentences of their own.
_OF_IDS = re.compile(r"'xs:ID'|'xs:NCName'|attribute 'id'")
_ORDER = (
    ("documentation",), ("extensionElements",), ("supportedInterfaceRef",), ("auditing",), ("monitoring",),
    ("categoryValueRef",), ("incoming",), ("outgoing",), ("ioSpecification",), ("ioBinding",), ("property",),
    ("dataInput",), ("dataOutput",), ("dataInputAssociation",), ("dataOutputAssociation",), ("inputSet",),
    ("outputSet",), ("resourceRole", "performer", "humanPerformer", "potentialOwner"),
    ("standardLoopCharacteristics", "multiInstanceLoopCharacteristics"), ("laneSet",), (),
    ("textAnnotation", "association", "group"), ("completionCondition",), ("correlationSubscription",), ("supports",),
)  # fmt: skip
_RANKS = {name: rank for rank, names in enumerate(_ORDER) for name in names}
_FLOW_ELEMENT = _ORDER.index(())
_SORTED = frozenset(NODES | {"process", "ioSpecification"})
_PERFORMERS = _ORDER[17]


@lru_cache(maxsize=1)
def _schema() -> Any:
    folder = Path(SpiffWorkflow.bpmn.parser.__file__).parent / "schema"
    return etree.XMLSchema(file=str(folder / "BPMN20.xsd"))


def check_schema(root: Any, found: Findings) -> None:
    """Note each place where the file is not written as BPMN 2.0 says.

    In which order the parts of an element stand has no meaning, and the drawing none for what is executed: neither
    is looked at.
    """
    schema = _schema()
    if schema.validate(root):
        return
    document = deepcopy(root)
    _sort(document)
    if schema.validate(document):
        return
    names = {prefix: name for node in document.iter() for prefix, name in node.nsmap.items() if prefix}
    shown = 0
    for error in schema.error_log:
        message = _NAMESPACE.sub("", error.message)
        node = _node(document, error, names)
        if (node is not None and not reading.is_bpmn(node)) or shown == MOST_ERRORS:
            continue
        if _OF_IDS.search(message) or _OF_LISTS.search(message):
            continue
        shown += 1
        found.error(
            document if node is None else node,
            "schema",
            _("This is not written as BPMN 2.0 says: %(detail)s Draw it anew with a modeller, or take it out."),
            detail=message[:400],
        )


def _sort(document: Any) -> None:
    for node in document.iter(f"{{{reading.BPMN}}}*"):
        name = reading.local_name(node)
        if name in _SORTED:
            parts = list(node)
            ordered = sorted(parts, key=lambda part: _rank(name, part))
            if ordered != parts:
                node[:] = ordered


def _rank(parent: str, part: Any) -> int:
    name = reading.local_name(part)
    if parent == "process" and name in _PERFORMERS:
        return _RANKS["completionCondition"]
    if parent not in ("process", "ioSpecification") and name.endswith("EventDefinition"):
        return _FLOW_ELEMENT
    return _RANKS.get(name, _FLOW_ELEMENT)


def _node(document: Any, error: Any, names: dict[str, str]) -> Any:
    """Return the element of an error, by its path; where there is none, by its line."""
    try:
        places = document.getroottree().xpath(error.path, namespaces=names) if error.path else []
    except (etree.XPathError, TypeError):
        places = []
    return places[0] if places else next((node for node in document.iter() if node.sourceline == error.line), None)
