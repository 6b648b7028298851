"""What differs between two versions of a process, element by element."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.expressions import Expression
from app.engine.spiff.containers import CallActivity
from app.engine.spiff.events import EventBasedGateway
from app.engine.spiff.loops import MultiInstance, StandardLoop


@dataclass(frozen=True)
class Differences:
    """Ids of elements: only in the newer version, only in the older one, and in both but not the same."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def differences(older: Mapping[str, Any], newer: Mapping[str, Any]) -> Differences:
    """Compare two versions: their specs by the place in the process, as `places` gives them."""
    before, after = _elements(older), _elements(newer)
    return Differences(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(name for name in before.keys() & after.keys() if before[name] != after[name])),
    )


def places(specs: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the specs of one version by their place in it: empty for the process, else the subprocess."""
    return {key[len(name) :]: spec for key, spec in specs.items() if key == name or key.startswith(f"{name}/")}


def _elements(specs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        task_spec.name: (place, _looks(task_spec))
        for place, spec in specs.items()
        for task_spec in spec.task_specs.values()
        if task_spec.element_type and not task_spec.name.endswith(" [child]")
    }


def _looks(task_spec: Any) -> tuple[Any, ...]:
    flows = tuple((flow.target, _text(flow.condition), flow.is_default) for flow in task_spec.flows)
    return (
        kind_of(task_spec),
        task_spec.bpmn_name,
        task_spec.role,
        dict(task_spec.properties),
        flows,
        waits(task_spec),
    )


def kind_of(task_spec: Any) -> tuple[Any, ...]:
    """Return what a token at an element relies on: another kind of step cannot take the token over."""
    about: tuple[Any, ...] = (type(task_spec).__name__, task_spec.element_type)
    if isinstance(task_spec, CallActivity):
        return (*about, task_spec.element)
    return (*about, getattr(task_spec, "operation", None))


def frame_of(task_spec: Any) -> tuple[Any, ...]:
    """Return what the running turns of a loop rely on."""
    if isinstance(task_spec, MultiInstance):
        return (
            task_spec.sequential,
            task_spec.item_name,
            task_spec.output,
            task_spec.output_item,
            _text(task_spec.output_formula),
            _text(task_spec.condition),
            (task_spec.items is None),
        )
    if isinstance(task_spec, StandardLoop):
        return (_text(task_spec.condition), task_spec.maximum, task_spec.test_before)
    return ()


def waits(task_spec: Any) -> tuple[Any, ...]:
    """Return what an event waits for, in order: kinds and names; for a gateway also where each leads."""
    definitions: Iterable[Any] = getattr(task_spec, "definitions", ())
    targets = task_spec.targets if isinstance(task_spec, EventBasedGateway) else ()
    return (
        tuple((definition.kind, definition.name) for definition in definitions),
        tuple(flow.target for flow, _number in targets),
    )


def _text(expression: Expression | None) -> str:
    return "" if expression is None else expression.text
