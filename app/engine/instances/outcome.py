"""What one call of the engine did, and what it wants from whoever called it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.engine.calls.rules import DEFAULT_ATTEMPTS
from app.engine.instances.models import InstanceState


@dataclass(frozen=True)
class OpenedTask:
    """A task for a person has opened.

    Attributes:
        role: the lane's role; None where the diagram has no lanes.
        due: a day, an instant, a duration counted from now, or None.
        about: a line to show beside the name.
        properties: as the designer wrote them, such as `form` and `why`.
    """

    task_ref: str
    process_key: str
    element_id: str
    name: str
    role: str | None
    properties: Mapping[str, str]
    due: date | datetime | timedelta | None
    about: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """A service task waits for the result of an operation, which is tried up to `retries` times."""

    task_ref: str
    process_key: str
    element_id: str
    operation: str
    parameters: Mapping[str, Any]
    data: Mapping[str, Any]
    retries: int = DEFAULT_ATTEMPTS


@dataclass(frozen=True)
class ThrownMessage:
    """The diagram sends a message; `app.engine.events.operations.deliver_message` brings it to whoever waits."""

    name: str
    correlation: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Reached:
    """A step of a diagram was `entered`, `completed` or `cancelled`."""

    process_key: str
    element_id: str
    element_type: str
    event: str


@dataclass(frozen=True)
class Outcome:
    """What one call of the engine did to one instance, everything in order.

    Attributes:
        cancelled: refs of tasks for persons that closed without being done.
        signals: names to broadcast in the scope.
        incidents: ids of incidents that opened.
        failure: of an instance that has failed, the error that nothing caught, or why it was given up.
    """

    instance_id: int
    process_key: str
    business_key: str
    scope_key: str
    opened: tuple[OpenedTask, ...]
    cancelled: tuple[str, ...]
    calls: tuple[Call, ...]
    messages: tuple[ThrownMessage, ...]
    signals: tuple[str, ...]
    reached: tuple[Reached, ...]
    state: InstanceState
    incidents: tuple[int, ...]
    failure: str = ""
