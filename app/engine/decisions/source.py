"""A DMN file as XML, read with suspicion, and the collector of what is wrong with it."""

from collections.abc import Iterator

from lxml import etree

from app.engine.decisions.problems import DecisionError, DecisionProblem
from app.kernel.i18n import _

Element = etree._Element
MAX_BYTES = 2_000_000
MAX_ELEMENTS = 50_000
MAX_DEPTH = 50
_NOT_XML = _("The file is not XML.")


class Source:
    """A file being read.

    Attributes:
        strict: problems stop the reading; otherwise what is wrong evaluates to null, as DMN says.
    """

    def __init__(self, file: str, *, strict: bool) -> None:
        self.file = file
        self.strict = strict
        self.problems: list[DecisionProblem] = []

    def problem(self, element: Element | None, code: str, sentence: str, **params: object) -> None:
        """Remember something wrong with `element`; `params` go into the places of the sentence."""
        line, message = _line_of(element), sentence % params if params else sentence
        self.problems.append(DecisionProblem(self.file, line, _nearest_id(element), code, message, sentence, params))

    def refuse(self, element: Element | None, code: str, message: str) -> DecisionError:
        """Return the error of something that nobody can read on from."""
        self.problem(element, code, message)
        return DecisionError(self.problems)

    def root(self, xml: bytes) -> Element:
        """Return the file's `definitions`.

        Raises:
            DecisionError: it is no DMN, too large, or has a DOCTYPE.
        """
        if len(xml) > MAX_BYTES:
            raise self.refuse(None, "too_large", _("The file is larger than 2 MB."))
        if b"<!DOCTYPE" in xml or "<!DOCTYPE".encode("utf-16-le") in xml or "<!DOCTYPE".encode("utf-16-be") in xml:
            raise self.refuse(None, "doctype", _("A file with a DOCTYPE is not accepted."))
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = etree.fromstring(xml, parser)
        except etree.XMLSyntaxError as error:
            self.problems.append(DecisionProblem(self.file, error.lineno or 1, "", "not_xml", _NOT_XML, _NOT_XML))
            raise DecisionError(self.problems) from None
        self._check(root)
        return root

    def _check(self, root: Element) -> None:
        if root.getroottree().docinfo.internalDTD is not None:
            raise self.refuse(root, "doctype", _("A file with a DOCTYPE is not accepted."))
        if local(root) != "definitions" or "dmn" not in namespace(root).lower():
            raise self.refuse(root, "not_dmn", _("The file is not a DMN model."))
        pending = [(root, 0)]
        seen = 0
        while pending:
            element, depth = pending.pop()
            seen += 1
            if seen > MAX_ELEMENTS or depth > MAX_DEPTH:
                raise self.refuse(element, "too_large", _("The model is too large or nested too deeply."))
            pending.extend((child, depth + 1) for child in element)


def _line_of(element: Element | None) -> int:
    return int(getattr(element, "sourceline", None) or 1)


def _nearest_id(element: Element | None) -> str:
    if element is None:
        return ""
    places = [element, *element.iterancestors()]
    return next((found for place in places if (found := place.get("id"))), "")


def local(element: Element) -> str:
    """Return the element's name without its namespace."""
    return etree.QName(element).localname


def namespace(element: Element) -> str:
    """Return the element's namespace."""
    return etree.QName(element).namespace or ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """Yield the children of these names, or all that are DMN elements."""
    own = namespace(element)
    for child in element:
        if namespace(child) == own and (not names or local(child) in names):
            yield child


def child(element: Element, *names: str) -> Element | None:
    """Return the first child of one of these names."""
    return next(children(element, *names), None)


def text_in(element: Element | None) -> str:
    """Return the text of the element's `text` child, without space around it."""
    inner = None if element is None else child(element, "text")
    return "" if inner is None else "".join(str(piece) for piece in inner.itertext()).strip()


def name_of(element: Element) -> str:
    """Return the element's name with single spaces."""
    return " ".join((element.get("name") or "").split())
