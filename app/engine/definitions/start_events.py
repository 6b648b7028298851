"""What starts a process: its start events, and what it begins with where that waits for a message.

Only what stands directly in the process counts; event subprocesses begin inside an instance.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.engine.definitions.problems import Findings, NotDeployable
from app.engine.expressions import ExpressionError, compile_expression, to_json
from app.engine.spiff import reading
from app.engine.starts.rules import StartEvent, first_turn
from app.kernel.errors import Invalid
from app.kernel.i18n import _


def start_events(root: Any, process: Any) -> tuple[StartEvent, ...]:
    """Return the messages, signals and times that start the process, in the order of the file.

    An event that needs several things at once is started by hand only.
    """
    names = {node.get("id"): node.get("name") or node.get("id") for node in reading.children(root, "message", "signal")}
    shared = {node.get("id"): node for node in reading.children(root) if node.tag.endswith("EventDefinition")}
    found = []
    for node in _beginnings(process):
        definitions = [*reading.event_definitions(node), *_referred(node, shared)]
        if node.get("parallelMultiple") == "true" and len(definitions) > 1:
            continue
        found += [event for definition in definitions for event in _read(node, definition, names)]
    return tuple(found)


def _beginnings(process: Any) -> Iterator[Any]:
    """Return the elements that can begin an instance by waiting for something."""
    by_id = {node.get("id"): node for node in reading.children(process)}
    flows = list(reading.children(process, "sequenceFlow"))
    for node in by_id.values():
        name = reading.local_name(node)
        if name == "startEvent" or (name == "receiveTask" and node.get("instantiate") == "true"):
            yield node
        elif name == "eventBasedGateway" and node.get("instantiate") == "true":
            targets = [flow.get("targetRef") for flow in flows if flow.get("sourceRef") == node.get("id")]
            yield from (by_id[name] for name in targets if name in by_id and _catches(by_id[name]))


def _catches(node: Any) -> bool:
    return reading.local_name(node) in {"intermediateCatchEvent", "receiveTask"}


def _referred(node: Any, shared: Mapping[str, Any]) -> list[Any]:
    references = [reading.text_of(part) for part in reading.children(node, "eventDefinitionRef")]
    return [shared[name] for name in references if name in shared]


def _read(node: Any, definition: Any, names: Mapping[str, str]) -> Iterator[StartEvent]:
    kind = reading.local_name(definition)
    message, signal = names.get(definition.get("messageRef", "")), names.get(definition.get("signalRef", ""))
    if kind in {"messageEventDefinition", "receiveTask"} and message:
        yield StartEvent(node.get("id"), "message", message)
    elif kind == "signalEventDefinition" and signal:
        yield StartEvent(node.get("id"), "signal", signal)
    elif kind == "timerEventDefinition":
        properties = reading.properties(node)
        time_kind, text = reading.timer_text(definition)
        yield StartEvent(
            node.get("id"),
            "timer",
            time=text,
            cyclic=time_kind == "timeCycle",
            business_key=properties.get("business_key", ""),
            scope_key=properties.get("scope_key", ""),
        )


def with_times(
    events: tuple[StartEvent, ...], process: Any, file: str, now: datetime, time_zone: str
) -> tuple[StartEvent, ...]:
    """Return the events with the times that their expressions give at this deployment, all else tried out once.

    Raises:
        NotDeployable: a start timer has no time.
    """
    found, timed = Findings(file), []
    nodes = {node.get("id"): node for node in reading.children(process)}
    for event in events:
        if event.kind == "timer":
            node = nodes[event.element_id]
            try:
                event = replace(event, time=text_value(event.time, now=now, time_zone=time_zone))
                first_turn(event, now, ZoneInfo(time_zone))
                for text in (event.business_key, event.scope_key):
                    text_value(text, now=now, time_zone=time_zone)
            except (Invalid, OverflowError, ValueError) as error:
                found.error(node, "bad_time", _("The start timer cannot be used: %(why)s"), why=error)
        timed.append(event)
    if found.problems:
        raise NotDeployable(tuple(found.problems))
    return tuple(timed)


def text_value(text: str, *, now: datetime, time_zone: str) -> str:
    """Return a text, or what the expression after its `=` gives, as text; it knows `now` and `today` only.

    Raises:
        Invalid: the expression gives neither a text nor a number.
    """
    if not text.startswith("="):
        return text
    surroundings = {"now": now, "today": now.astimezone(ZoneInfo(time_zone)).date()}
    value = to_json(compile_expression(text[1:]).evaluate(surroundings))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ExpressionError(_("The expression gives no text."))
    return str(value)
