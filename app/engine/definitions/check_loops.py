"""Checks the loop of an activity: that it says how often, over what, and what comes of it."""

from typing import Any

from app.engine.definitions.drawing import ACTIVITIES, Scope, definitions_of, is_event_subprocess, is_true, local
from app.engine.definitions.problems import Findings
from app.engine.spiff import extensions, reading
from app.engine.spiff.extensions import Loop
from app.kernel.i18n import _

MAX_INSTANCES = 1_000
_THROWN = {"None": "noneBehaviorEventRef", "One": "oneBehaviorEventRef"}


def check_loops(scope: Scope, found: Findings) -> None:
    """Check the loops of a process's or subprocess's activities."""
    for node in scope.nodes.values():
        try:
            loop = extensions.loop(node)
        except ValueError:
            continue
        if loop is None:
            continue
        if reading.local_name(node) not in ACTIVITIES or is_event_subprocess(node):
            found.error(node, "loop", _("Only an activity can be repeated. Take the loop away."))
        elif loop.kind == "standard":
            _check_standard(node, loop, found)
        else:
            _check_several(node, loop, found)
            _check_data(scope, node, loop, found)
            _check_behavior(scope, node, loop, found)


def _check_standard(node: Any, loop: Loop, found: Findings) -> None:
    if not loop.condition and not loop.maximum:
        found.error(node, "loop", _("The loop has neither a condition nor a maximum. Give it one."))
    if loop.maximum is not None and not _is_count(loop.maximum):
        found.error(node, "loop", _("The maximum of a loop is a number from 1 to %(limit)s."), limit=MAX_INSTANCES)


def _is_count(text: str) -> bool:
    plain = text.strip()
    return plain.isascii() and plain.isdigit() and 1 <= int(plain[:9]) <= MAX_INSTANCES


def _check_several(node: Any, loop: Loop, found: Findings) -> None:
    items = loop.collection or loop.input_ref
    if bool(loop.cardinality) == bool(items):
        found.error(
            node, "loop_items", _("A multi-instance activity has either a list of items or a number of instances.")
        )
    if loop.cardinality.isdigit() and int(loop.cardinality[:9]) > MAX_INSTANCES:
        found.error(node, "loop_items", _("There are more than %(limit)s instances."), limit=MAX_INSTANCES)
    if loop.cardinality.startswith("-") and loop.cardinality[1:].strip().isdigit():
        found.error(node, "loop_items", _("The number of instances is below zero."))
    if loop.output_ref and not (loop.output_item or loop.output_element):
        found.error(node, "loop_output", _("Results need both the list and the name of what each instance gives."))


def _check_data(scope: Scope, node: Any, loop: Loop, found: Findings) -> None:
    """Where lists and items are data of the diagram, the list is a collection of such items."""
    several = reading.child(node, "multiInstanceLoopCharacteristics")
    for association in reading.children(node, "dataInputAssociation", "dataOutputAssociation"):
        ends = {reading.text_of(end) for end in reading.children(association, "sourceRef", "targetRef")}
        changes = next(reading.children(association, "assignment", "transformation"), None)
        if changes is not None and ends & ({loop.input_ref, loop.output_ref} - {""}):
            found.error(
                association, "loop_data", _("The list of a loop is handed over as it is. Change it in a script task.")
            )
    for reference, part in ((loop.input_ref, "inputDataItem"), (loop.output_ref, "outputDataItem")):
        holder = scope.ids.get(local(reference)) if reference else None
        if holder is None:
            continue
        holder = scope.ids.get(local(holder.get("dataObjectRef")), holder)
        whole = scope.ids.get(local(holder.get("itemSubjectRef")))
        single = reading.child(several, part)
        one = None if single is None else scope.ids.get(local(single.get("itemSubjectRef")))
        if whole is not None and whole.get("isCollection", "false") not in ("true", "1"):
            found.error(
                node, "loop_data", _("What a multi-instance activity goes through is no collection. Make it one.")
            )
        elif whole is not None and one is not None and whole.get("structureRef") != one.get("structureRef"):
            found.error(node, "loop_data", _("The items of the list are of another structure than the item."))


def _check_behavior(scope: Scope, node: Any, loop: Loop, found: Findings) -> None:
    several = reading.child(node, "multiInstanceLoopCharacteristics")
    attribute = _THROWN.get(loop.behavior)
    thrown = scope.ids.get(local(several.get(attribute))) if attribute else None
    if attribute and (thrown is None or not reading.local_name(thrown).endswith("EventDefinition")):
        _no_event(node, found)
    if loop.behavior == "Complex":
        _check_complex(scope, node, several, found)


def _no_event(node: Any, found: Findings) -> None:
    found.error(node, "loop_event", _("The multi-instance activity throws an event that is not there. Choose one."))


def _check_complex(scope: Scope, node: Any, several: Any, found: Findings) -> None:
    """What is thrown on a condition must not end the activity that throws it: BPMN does not say where it goes on."""
    described = list(reading.children(several, "complexBehaviorDefinition"))
    events = [reading.child(one, "event") for one in described]
    thrown = [definitions_of(event, scope.ids) if event is not None else [] for event in events]
    if not described or not all(thrown):
        _no_event(node, found)
    named = {_named(one) for definitions in thrown for one in definitions}
    ending = [one for one in scope.boundary.get(node.get("id"), []) if is_true(one, "cancelActivity", default=True)]
    if any(_named(one) in named for event in ending for one in definitions_of(event, scope.ids)):
        found.error(
            node,
            "unsupported_element",
            _(
                "What the instances throw would end the activity that throws it. Draw a boundary event that does not"
                " interrupt, or a completion condition."
            ),
        )


def _named(definition: Any) -> tuple[str, str]:
    name = reading.local_name(definition)
    return name, local(definition.get(name.removesuffix("EventDefinition") + "Ref"))
