"""What starts a process: its start events, and what it begins with where that waits for a message.

Only what stands directly in the process counts; event subprocesses begin inside an instance.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.engine.definitions.problems import Findings, NotDeployable
from app.engine.expressions import ExpressionError, compile_expression, to_json
from app.engine.spiff import reading
from app.engine.spiff.build_events import EventReader
from app.engine.starts.rules import StartEvent, first_turn
from app.kernel.errors import Invalid
from app.kernel.i18n import _

_INSTANTIATING = ("receiveTask", "eventBasedGateway")


def start_events(root: Any, process: Any) -> tuple[StartEvent, ...]:
    """Return the messages, signals and times that start the process, in the order of the file.

    What needs several things at once is started by hand only.

    Raises:
        ExpressionError: an expression of such an event cannot be read.
    """
    reader = EventReader(root)
    return tuple(
        event
        for node in _beginnings(process)
        for number, (holder, definition) in enumerate(_waits(reader, process, node))
        for event in _read(node, number, holder, definition)
    )


def _beginnings(process: Any) -> list[Any]:
    """Return the elements that begin an instance by waiting; tasks and gateways only where there is no start event."""
    starts = list(reading.children(process, "startEvent"))
    others = [node for node in reading.children(process, *_INSTANTIATING) if node.get("instantiate") == "true"]
    return [node for node in starts or others if not _needs_all(node)]


def _needs_all(node: Any) -> bool:
    return bool(node.get("parallelMultiple") == "true" or node.get("eventGatewayType") == "Parallel")


def _waits(reader: EventReader, process: Any, node: Any) -> list[tuple[Any, Any]]:
    """Return what the element waits for, in the order that the engine counts, each with the element that says so."""
    if reading.local_name(node) != "eventBasedGateway":
        return [(node, definition) for definition in reader.of(node)]
    by_id = {one.get("id"): one for one in reading.children(process)}
    flows = [flow for flow in reading.children(process, "sequenceFlow") if flow.get("sourceRef") == node.get("id")]
    targets = [by_id[flow.get("targetRef")] for flow in flows if flow.get("targetRef") in by_id]
    return [(target, definition) for target in targets for definition in reader.of(target)]


def _read(node: Any, number: int, holder: Any, definition: Any) -> Iterator[StartEvent]:
    if definition.kind in ("message", "signal"):
        yield StartEvent(node.get("id"), definition.kind, number, definition.name)
    elif definition.kind == "timer":
        properties = reading.properties(holder)
        yield StartEvent(
            node.get("id"),
            "timer",
            number,
            time=definition.text,
            cyclic=definition.cyclic,
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
