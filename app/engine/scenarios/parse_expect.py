"""Reads what a scenario expects."""

from collections.abc import Callable, Mapping
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from app.engine.instances.models import InstanceState
from app.engine.scenarios import model
from app.engine.scenarios.parse_values import moment
from app.engine.scenarios.yaml_text import Reader

STATES = tuple(state.value for state in InstanceState)


def parse_expect(reader: Reader, node: Node, line: int) -> model.Expect:
    """Read one step `expect`."""
    fields = reader.fields(node, (*_READ, "instance"), "«expect»")
    checks = tuple(
        model.Check(name, _READ[name](reader, value), value.start_mark.line + 1)
        for name, value in fields.items()
        if name in _READ
    )
    return model.Expect(
        line=line, checks=checks, instance=reader.text(fields["instance"]) if "instance" in fields else ""
    )


def _state(reader: Reader, node: Node) -> str:
    text = reader.text(node)
    if text not in STATES:
        reader.wrong(node, f"A state is one of {', '.join(STATES)}, not «{text}».")
    return text


def _elements(reader: Reader, node: Node) -> tuple[str, ...]:
    return reader.texts(node)


def _each(reader: Reader, node: Node) -> tuple[str, ...]:
    """Read elements, one entry for each time; `{id: 2}` stands for two entries."""
    if isinstance(node, MappingNode):
        return tuple(name for name, number in _counts(reader, node).items() for _turn in range(min(number, 10_000)))
    return reader.texts(node)


def _counts(reader: Reader, node: Node) -> dict[str, int]:
    return {key.value: reader.number(value) for key, value in reader.entries(node)}


def _instances(reader: Reader, node: Node) -> int | dict[str, int]:
    return _counts(reader, node) if isinstance(node, MappingNode) else reader.number(node)


def _incidents(reader: Reader, node: Node) -> int | tuple[Mapping[str, str], ...]:
    if isinstance(node, ScalarNode) and str(node.value).isdigit():
        return reader.number(node)
    return tuple(_incident(reader, item) for item in reader.items(node))


def _incident(reader: Reader, node: Node) -> dict[str, str]:
    if not isinstance(node, MappingNode):
        return {"element": reader.text(node)}
    known = ("element", "message", "detail")
    return {name: reader.text(value) for name, value in reader.fields(node, known, "An incident").items()}


_READ: Mapping[str, Callable[[Reader, Node], Any]] = {
    "state": _state,
    "open": _each,
    "calls": _each,
    "waiting": _each,
    "data": lambda reader, node: reader.mapping(node),
    "visited": _elements,
    "not_visited": _elements,
    "order": _elements,
    "count": _counts,
    "incidents": _incidents,
    "instances": _instances,
    "at": moment,
}
