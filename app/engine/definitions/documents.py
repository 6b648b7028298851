"""Reads files of diagrams and decisions: strictly, within limits, without anything from outside the file."""

import re
from typing import Any

from lxml import etree

from app.engine.spiff.reading import BPMN, local_name
from app.kernel.errors import Invalid
from app.kernel.i18n import _

MAX_FILE_BYTES = 2 * 1024 * 1024

_ID = re.compile(rb"""\sid\s*=\s*(?:"([^"<>]{1,255})"|'([^'<>]{1,255})')""")
_ELEMENT = re.compile(rb"<([A-Za-z_][\w.:-]{0,100})")
_LOOKED_AT = 2_000_000
_WITH_ID = re.compile(r".*(Task|Event|Gateway|Flow|Process|Activity|transaction|lane|task)$")


_BOOLEAN = {
    "isExecutable", "isClosed", "triggeredByEvent", "cancelActivity", "isInterrupting", "isForCompensation",
    "parallelMultiple", "instantiate", "cancelRemainingInstances", "isSequential", "testBefore", "isCollection",
    "isImmediate", "waitForCompletion",
}  # fmt: skip
_REFERENCES = {
    "id", "sourceRef", "targetRef", "default", "attachedToRef", "messageRef", "signalRef", "errorRef",
    "escalationRef", "activityRef", "operationRef", "dataObjectRef", "dataStoreRef", "itemSubjectRef", "itemRef",
    "processRef", "calledElement", "noneBehaviorEventRef", "oneBehaviorEventRef", "correlationPropertyRef",
    "correlationKeyRef",
}  # fmt: skip
_REFERRING = {
    "eventDefinitionRef", "flowNodeRef", "incoming", "outgoing", "sourceRef", "targetRef", "loopDataInputRef",
    "loopDataOutputRef", "correlationPropertyRef", "operationRef", "inMessageRef", "outMessageRef", "source", "target",
}  # fmt: skip


class NotReadable(Invalid):
    """The file is no XML that may be read here.

    Attributes:
        line: where, from 1.
        element_id: of the element nearest before it; else the name of the root element, empty where there is none.
    """

    def __init__(self, message: str, *, line: int = 1, element_id: str = "", **params: object) -> None:
        super().__init__(message, **params)
        self.line = max(line, 1)
        self.element_id = element_id


def _nearest(content: bytes, line: int) -> str:
    """Return the id of the element that begins last up to a line of what is perhaps no XML."""
    text = content[:_LOOKED_AT]
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = text.decode("utf-16", "replace").encode()
    before = b"".join(text.splitlines(keepends=True)[:line])
    ids = _ID.findall(before) or _ID.findall(text)[:1] or _ELEMENT.findall(text)[:1]
    found = ids[-1] if ids else b""
    plain = found if isinstance(found, bytes) else found[0] or found[1]
    return plain.decode("utf-8", "replace").rpartition(":")[2]


def read(content: bytes) -> Any:
    """Return the root element of a file.

    Raises:
        NotReadable: no XML, too large, too deep, or with a DOCTYPE.
    """
    if len(content) > MAX_FILE_BYTES:
        raise NotReadable(
            _("The file is larger than %(limit)s MB."),
            element_id=_nearest(content[:100_000], 1),
            limit=MAX_FILE_BYTES // 1024 // 1024,
        )
    if b"<!DOCTYPE" in content[:100_000]:
        line = content[: content.index(b"<!DOCTYPE")].count(b"\n") + 1
        raise NotReadable(_("A diagram with a DOCTYPE is not accepted."), line=line, element_id=_nearest(content, line))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise NotReadable(
            _("The file is not XML: %(error)s"), line=line, element_id=_nearest(content, line), error=error.msg
        ) from error
    except ValueError as error:
        raise NotReadable(
            _("The file is not XML: %(error)s"), element_id=_nearest(content, 1), error=str(error)
        ) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotReadable(_("A diagram with a DOCTYPE is not accepted."), element_id=_nearest(content, 1))
    return root


def read_diagram(content: bytes) -> Any:
    """Return the root of a BPMN file; every element that can be executed has an id afterwards.

    Raises:
        NotReadable: it is no BPMN 2.0.
    """
    root = read(content)
    if root.tag != f"{{{BPMN}}}definitions":
        raise NotReadable(
            _("The file is not a BPMN 2.0 diagram."),
            line=root.sourceline or 1,
            element_id=root.get("id") or local_name(root),
        )
    _write_plainly(root)
    _give_ids(root)
    return root


def _write_plainly(root: Any) -> None:
    """Write truth as true and false, and references to this file without its prefix: XML allows it in several ways."""
    target = root.get("targetNamespace")
    for node in root.iter(f"{{{BPMN}}}*"):
        for name in _BOOLEAN & set(node.attrib):
            node.set(name, {"1": "true", "0": "false"}.get(node.get(name).strip(), node.get(name).strip()))
        for name in _REFERENCES & set(node.attrib):
            node.set(name, _without_prefix(node, node.get(name), target))
        if local_name(node) in _REFERRING and len(node) == 0 and node.text:
            node.text = _without_prefix(node, node.text, target)


def _without_prefix(node: Any, reference: str, target: str | None) -> str:
    prefix, colon, name = reference.strip().rpartition(":")
    return name if colon and target and node.nsmap.get(prefix) == target else reference.strip()


def _give_ids(root: Any) -> None:
    """SpiffWorkflow silently drops a flow without an id, and the task behind it is never done."""
    taken = set(root.xpath("//@id"))
    number = 0
    for node in root.iter(f"{{{BPMN}}}*"):
        if node.get("id") is None and _WITH_ID.match(local_name(node)):
            number += 1
            while f"unnamed_{number}" in taken:
                number += 1
            node.set("id", f"unnamed_{number}")
            taken.add(f"unnamed_{number}")


def as_text(root: Any) -> str:
    """Return the document as text in UTF-8 terms, whatever its encoding was."""
    return etree.tostring(root, encoding="unicode")
