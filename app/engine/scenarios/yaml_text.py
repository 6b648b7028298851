"""Reads YAML as the scenarios write it: no tags, no dates, no duplicates, and every complaint has its line."""

import math
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.engine.definitions.problems import Problem
from app.kernel.errors import Invalid
from app.kernel.i18n import _

MAX_FILE_BYTES = 2 * 1024 * 1024
MAX_NODES = 100_000
MAX_DEPTH = 60

_TAG = "tag:yaml.org,2002:"
_SCALARS = (
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("bool", r"yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF", tuple("yYnNtTfFoO")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", tuple("-+0123456789")),
    ("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?", tuple("-+.0123456789")),
)
_TRUE = {"yes", "true", "on"}


class NotAScenario(Invalid):
    """The file cannot be played.

    Attributes:
        problems: everything that is wrong with it, or with the diagrams that it names.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(_("The scenario cannot be played: %(first)s"), first=str(self.problems[0]))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Numbers, booleans and null as in JSON; a date stays the text that it is."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _kind, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(_TAG + _kind, re.compile(f"(?:{_pattern})\\Z"), list(_first))


class Reader:
    """Collects what is wrong with one file while it is being read."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.nodes = 0

    def wrong(self, node: Node | None, message: str, code: str = "not_a_scenario") -> None:
        """Note a problem at a place of the file."""
        line = node.start_mark.line + 1 if node is not None else 1
        self.problems.append(Problem(self.file, line, "", code, "error", message))

    def documents(self, content: bytes) -> list[Node]:
        """Return the roots of the documents in the file.

        Raises:
            NotAScenario: it is no YAML.
        """
        try:
            if len(content) > MAX_FILE_BYTES:
                self.wrong(None, f"The file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB.")
                raise NotAScenario(self.problems)
            found: list[Node] = list(yaml.compose_all(content.decode("utf-8-sig"), Loader=_Loader))
        except UnicodeDecodeError as error:
            self.wrong(None, "The file is not UTF-8.")
            raise NotAScenario(self.problems) from error
        except (yaml.YAMLError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = min(mark.line, max(len(content.splitlines()) - 1, 0)) + 1 if mark is not None else 1
            message = f"The file is not YAML: {getattr(error, 'problem', None) or error}"
            self.problems.append(Problem(self.file, line, "", "not_yaml", "error", message))
            raise NotAScenario(self.problems) from error
        if not found:
            self.wrong(None, "The file holds no scenario.")
        return found

    def entries(self, node: Node) -> list[tuple[ScalarNode, Node]]:
        """Return the entries of a mapping; a name that stands twice is a problem."""
        if not isinstance(node, MappingNode):
            self.wrong(node, f"Here a mapping is expected, not {shape(node)}.")
            return []
        self._refuse_tag(node)
        seen: set[str] = set()
        found = []
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.wrong(key, "A name must be a plain text.")
            elif key.value in seen:
                self.wrong(key, f"«{key.value}» stands here twice.", "duplicate_key")
            elif key.value == "<<":
                self.wrong(key, "Merging mappings with << is not supported; write the entries out.")
            else:
                seen.add(key.value)
                found.append((key, value))
        return found

    def fields(self, node: Node, known: Sequence[str], what: str) -> dict[str, Node]:
        """Return the entries of a mapping by name; a name that is not known is a problem."""
        found: dict[str, Node] = {}
        for key, value in self.entries(node):
            if key.value in known:
                found[key.value] = value
            else:
                near = get_close_matches(key.value, known, n=1, cutoff=0.5)
                hint = f"did you mean «{near[0]}»?" if near else f"known are {', '.join(known)}."
                self.wrong(key, f"{what} has no «{key.value}»: {hint}", "unknown_key")
        return found

    def items(self, node: Node) -> list[Node]:
        """Return the entries of a list; a single value stands for a list of one, nothing for an empty one."""
        if isinstance(node, SequenceNode):
            return list(node.value)
        if isinstance(node, MappingNode):
            self.wrong(node, "Here a list is expected, not a mapping.")
            return []
        return [] if is_null(node) else [node]

    def text(self, node: Node) -> str:
        """Return a text; numbers and words such as `yes` are taken as they are written."""
        if isinstance(node, ScalarNode) and node.value:
            return str(node.value)
        self.wrong(node, f"Here a text is expected, not {shape(node)}.")
        return ""

    def texts(self, node: Node) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(self.text(item) for item in self.items(node))

    def number(self, node: Node) -> int:
        """Return a whole number that is not negative."""
        value = self.value(node)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.wrong(node, f"Here a whole number is expected, not {shape(node)}.")
        return 0

    def mapping(self, node: Node) -> dict[str, Any]:
        """Return data by name; nothing stands for no data."""
        if is_null(node):
            return {}
        if not isinstance(node, MappingNode):
            self.wrong(node, f"Here a mapping is expected, not {shape(node)}.")
            return {}
        found: dict[str, Any] = self.value(node)
        return found

    def value(self, node: Node, depth: int = 0) -> Any:
        """Return what JSON has for the node."""
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            self.wrong(node, "The data is nested too deeply or too large.")
            raise NotAScenario(self.problems)
        if isinstance(node, MappingNode):
            return {key.value: self.value(item, depth + 1) for key, item in self.entries(node)}
        if isinstance(node, SequenceNode):
            self._refuse_tag(node)
            return [self.value(item, depth + 1) for item in node.value]
        return self._scalar(node)

    def _refuse_tag(self, node: Node) -> None:
        if node.tag not in (_TAG + "map", _TAG + "seq"):
            self.wrong(node, f"A value of the kind {node.tag} cannot be used.")

    def _scalar(self, node: Node) -> Any:
        kind, text = str(node.tag).removeprefix(_TAG), node.value
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in _TRUE
        if kind == "int" and len(text) < 25:
            return int(text)
        if kind in ("int", "float") and math.isfinite(float(text)):
            return float(text)
        if kind != "str":
            self.wrong(node, f"A value of the kind {node.tag} cannot be used.")
        return text


def is_null(node: Node) -> bool:
    """Whether nothing stands there."""
    return isinstance(node, ScalarNode) and node.tag == _TAG + "null"


def shape(node: Node) -> str:
    """Say what stands there, for a complaint."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    return f"«{node.value}»" if node.value else "nothing"
