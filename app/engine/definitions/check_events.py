"""Checks events: what may stand where, what it needs, how links and compensation belong together."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from app.engine.definitions.drawing import (
    ACTIVITIES,
    EVENTS,
    Scope,
    definitions_of,
    is_event_subprocess,
    is_true,
    kinds_of,
    link_names,
    local,
)
from app.engine.definitions.problems import Findings
from app.engine.spiff import extensions, reading
from app.engine.timers.rules import NotATime, parse_cycle
from app.kernel.i18n import _

_ALLOWED = {
    "endEvent": {"message", "signal", "error", "escalation", "terminate", "cancel", "compensate"},
    "intermediateCatchEvent": {"message", "signal", "timer", "conditional", "link"},
    "intermediateThrowEvent": {"message", "signal", "escalation", "link", "compensate"},
    "boundaryEvent": {"message", "signal", "timer", "error", "escalation", "conditional", "cancel", "compensate"},
}
_OF_PROCESS = {"message", "signal", "timer", "conditional"}
_OF_EVENT_SUBPROCESS = _OF_PROCESS | {"error", "escalation", "compensate"}
_MUST_HAVE_ONE = {"intermediateCatchEvent", "boundaryEvent"}
_ALWAYS_INTERRUPTS = {"error", "cancel", "compensate"}
_ALONE = {"link", "cancel", "terminate"}
_REFERENCES = {"message": "messageRef", "signal": "signalRef"}


def check_events(scope: Scope, found: Findings) -> None:
    """Check the events of a process or subprocess."""
    for node in scope.named(*EVENTS):
        kinds = kinds_of(node, scope.ids)
        _check_kinds(scope, node, kinds, found)
        _check_definitions(node, definitions_of(node, scope.ids), found)
        if reading.local_name(node) == "boundaryEvent":
            _check_boundary(scope, node, kinds, found)
        _check_cycle(scope, node, found)
    _check_starts(scope, found)
    _check_links(scope, found)
    _check_compensation(scope, found)


def _allowed(scope: Scope, name: str) -> set[str]:
    if name != "startEvent":
        return _ALLOWED[name]
    if scope.is_process:
        return _OF_PROCESS
    return _OF_EVENT_SUBPROCESS if scope.is_event_subprocess else set()


def _check_kinds(scope: Scope, node: Any, kinds: list[str], found: Findings) -> None:
    name = reading.local_name(node)
    allowed = _allowed(scope, name)
    for kind in kinds:
        if kind not in allowed:
            _refuse_kind(scope, node, kind, allowed, found)
    if len(kinds) > 1 and _ALONE & set(kinds):
        found.error(node, "wrong_event", _("A link, cancel or terminate event does nothing else. Draw two events."))
    needs_one = name in _MUST_HAVE_ONE or (name == "startEvent" and scope.is_event_subprocess)
    if needs_one and not kinds:
        found.error(node, "no_definition", _("The event does not say what it waits for."))
    if "cancel" in kinds and name == "endEvent" and not _in_transaction(node):
        found.error(
            node, "wrong_event", _("A cancel end event stands only in a transaction. Draw an error end event instead.")
        )


def _refuse_kind(scope: Scope, node: Any, kind: str, allowed: set[str], found: Findings) -> None:
    if not allowed:
        found.error(
            node,
            "wrong_event",
            _("A subprocess begins with a plain start event. Draw a catching event behind it, or an event subprocess."),
        )
        return
    found.error(
        node,
        "wrong_event",
        _("An event of the kind %(kind)s cannot stand here. What can: %(allowed)s."),
        kind=kind,
        allowed=", ".join(sorted(allowed)),
    )


def _in_transaction(node: Any) -> bool:
    return any(reading.local_name(one) == "transaction" for one in node.iterancestors())


def _check_definitions(node: Any, definitions: list[Any], found: Findings) -> None:
    throwing = reading.local_name(node) in ("endEvent", "intermediateThrowEvent")
    for definition in definitions:
        kind = reading.local_name(definition).removesuffix("EventDefinition")
        if kind in _REFERENCES and not definition.get(_REFERENCES[kind]):
            found.warning(node, "no_reference", _("No message or signal is named, so it is called like the element."))
        if kind == "conditional" and not reading.text_of(reading.child(definition, "condition")):
            found.error(node, "no_condition_text", _("The conditional event has no condition. Write one in FEEL."))
        if kind in ("error", "escalation") and throwing:
            _check_code(node, definition, kind, found)


def _check_code(node: Any, definition: Any, kind: str, found: Findings) -> None:
    target = _root_element(definition, definition.get(f"{kind}Ref"), kind)
    if target is not None and target.get(f"{kind}Code"):
        return
    sentence = _("What is thrown has no code, so nothing can tell it apart. Choose an error or escalation with a code.")
    if kind == "escalation":
        found.error(node, "no_code", sentence)
    else:
        found.warning(node, "no_code", sentence)


def _root_element(node: Any, reference: str | None, kind: str) -> Any:
    wanted = local(reference)
    root = node.getroottree().getroot()
    return next((one for one in reading.children(root, kind) if wanted and one.get("id") == wanted), None)


def _check_boundary(scope: Scope, node: Any, kinds: list[str], found: Findings) -> None:
    host = scope.nodes.get(local(node.get("attachedToRef")))
    if host is None or reading.local_name(host) not in ACTIVITIES or is_event_subprocess(host):
        found.error(
            node, "dangling_reference", _("The boundary event is attached to no activity. Put it on the border of one.")
        )
        return
    if not is_true(node, "cancelActivity", default=True) and _ALWAYS_INTERRUPTS & set(kinds):
        found.error(node, "wrong_event", _("An error always interrupts. Draw an interrupting event."))
    if "cancel" in kinds and reading.local_name(host) != "transaction":
        found.error(node, "wrong_event", _("A cancel event stands only at a transaction. Draw an error event instead."))


def _check_cycle(scope: Scope, node: Any, found: Findings) -> None:
    """Of what interrupts only the first time of a cycle counts, and so it does where a catching event has no last."""
    name = reading.local_name(node)
    attribute = "cancelActivity" if name == "boundaryEvent" else "isInterrupting"
    once = name == "intermediateCatchEvent" or is_true(node, attribute, default=True)
    if scope.is_process and name == "startEvent":
        return
    found_here = definitions_of(node, scope.ids)
    cycles = [text for kind, text in map(extensions.timer, found_here) if kind == "timeCycle"]
    if name == "intermediateCatchEvent" and len(found_here) == 1 and any(map(_ends, cycles)):
        return
    if once and cycles:
        found.warning(node, "cycle_once", _("Of the cycle only its first time counts here. Draw a duration."))


def _ends(text: str) -> bool:
    """Whether a cycle has a last turn."""
    try:
        return parse_cycle(text).repetitions is not None
    except NotATime:
        return False


def _check_starts(scope: Scope, found: Findings) -> None:
    starts = scope.named("startEvent")
    ends = scope.named("endEvent")
    plain = [node for node in starts if not kinds_of(node, scope.ids)]
    if scope.is_event_subprocess and len(starts) != 1:
        found.error(scope.element, "several_starts", _("An event subprocess has exactly one start event."))
    elif not scope.is_process and len(starts) > 1:
        found.error(starts[-1], "several_starts", _("A subprocess has one start event at most."))
    elif len(plain) > 1:
        found.error(plain[-1], "several_starts", _("There is more than one plain start event. Draw one."))
    for node in starts if scope.is_process else ():
        if "conditional" in kinds_of(node, scope.ids) or is_true(node, "parallelMultiple"):
            found.warning(
                node, "started_by_hand", _("Nothing starts the process at this event by itself, only a person does.")
            )
    if scope.is_ad_hoc:
        return
    if ends and not starts and not any(is_true(node, "instantiate") for node in scope.nodes.values()):
        found.error(ends[0], "no_start", _("There is an end event, but no start event. Draw one."))
    if starts and not ends:
        found.error(starts[0], "no_end", _("There is a start event, but no end event. Draw one."))


def _check_links(scope: Scope, found: Findings) -> None:
    catches = Counter(name for node in scope.named("intermediateCatchEvent") for name in link_names(node, scope.ids))
    throws = {name for node in scope.named("intermediateThrowEvent") for name in link_names(node, scope.ids)}
    for node in scope.named("intermediateCatchEvent", "intermediateThrowEvent"):
        is_catch = reading.local_name(node) == "intermediateCatchEvent"
        for name in link_names(node, scope.ids):
            if not name:
                found.error(node, "link", _("The link has no name. Give events that belong together one name."))
            elif is_catch and (catches[name] > 1 or name not in throws):
                found.error(node, "link", _("One link event leads from «%(name)s» and one or more to it."), name=name)
            elif not is_catch and name not in catches:
                found.error(
                    node, "link", _("No link event «%(name)s» catches this in the same process level."), name=name
                )
        _check_link_references(node, scope.ids, is_catch, found)


def _check_link_references(node: Any, ids: Mapping[str, Any], is_catch: bool, found: Findings) -> None:
    """Where links name each other, they do so both ways."""
    mine, theirs = ("source", "target") if is_catch else ("target", "source")
    for definition in definitions_of(node, ids):
        if reading.local_name(definition) != "linkEventDefinition":
            continue
        named = {local(reading.text_of(part)) for part in reading.children(definition, mine)}
        naming = {
            one.get("id")
            for one in node.getroottree().getroot().iter(definition.tag)
            if definition.get("id") in {local(reading.text_of(part)) for part in reading.children(one, theirs)}
        }
        if named != naming - {None} and (named or naming):
            found.error(node, "link", _("The source and the target of the link do not name each other."))


def _check_compensation(scope: Scope, found: Findings) -> None:
    handlers: Counter[str] = Counter()
    for node in scope.named("boundaryEvent"):
        if "compensate" in kinds_of(node, scope.ids):
            targets = scope.beside.get(node.get("id"), [])
            handlers.update(targets)
            if len(targets) != 1:
                found.error(
                    node,
                    "compensation",
                    _("A compensation event leads by an association to exactly one activity marked for compensation."),
                )
    for node_id, node in scope.nodes.items():
        if is_true(node, "isForCompensation") and not is_event_subprocess(node):
            if scope.incoming.get(node_id) or scope.outgoing.get(node_id):
                found.error(
                    node, "compensation", _("No flow leads to or from an activity for compensation. Take it away.")
                )
            if not handlers[node_id]:
                found.error(
                    node,
                    "compensation",
                    _("No compensation event leads to the activity, so it is never done. Draw an association to it."),
                )
        _check_compensated(scope, node, found)


def _check_compensated(scope: Scope, node: Any, found: Findings) -> None:
    for definition in definitions_of(node, scope.ids):
        reference = local(definition.get("activityRef"))
        if reading.local_name(definition) == "compensateEventDefinition" and reference:
            target = scope.ids.get(reference)
            if target is None or reading.local_name(target) not in ACTIVITIES:
                found.error(
                    node, "dangling_reference", _("There is no activity «%(id)s» to compensate."), id=reference[:80]
                )
