"""Checks the loop of an activity: that it says how often, over what, and what comes of it."""

from typing import Any

from app.engine.definitions.drawing import ACTIVITIES, Scope, is_event_subprocess, local
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
    if attribute and local(several.get(attribute)) not in scope.ids:
        found.error(node, "loop_event", _("The multi-instance activity throws an event that is not there. Choose one."))
    if loop.behavior == "Complex":
        found.error(
            node,
            "unsupported_element",
            _("The element %(name)s is not supported. %(instead)s"),
            name="complexBehaviorDefinition",
            instead=_("Throw the event inside the activity, behind a gateway."),
        )
