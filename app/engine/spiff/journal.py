"""What a run is told from outside, and what it reports: steps, messages, signals, failures."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.engine.spiff.data import Data
from app.engine.spiff.failures import StepFailure


@dataclass
class RunContext:
    """What the run is told from outside: the time, the zone of local dates, and what the instance is about."""

    now: datetime
    time_zone: str
    business_key: str

    @cached_property
    def surroundings(self) -> Data:
        """What expressions know beside the variables: `now` and, in the instance's time zone, `today`."""
        return {"now": self.now, "today": self.now.astimezone(ZoneInfo(self.time_zone)).date()}


class Change(NamedTuple):
    """A step of the diagram was entered, completed or cancelled."""

    process_key: str
    element_id: str
    element_type: str
    event: str


class Thrown(NamedTuple):
    """A message sent by the diagram; whoever runs the instance delivers it."""

    name: str
    correlation: str
    payload: Data


class Failed(NamedTuple):
    """A task that is held because its step failed."""

    task: Any
    failure: StepFailure


@dataclass(frozen=True)
class StartedBy:
    """The start event that an instance begins at, and what came with the event. An empty element is the plain start.

    `number` says which of the things that it waits for has come.
    """

    element: str
    payload: Data
    number: int = 0


@dataclass
class Outbox:
    """What the run wants from outside, in order."""

    messages: list[Thrown] = field(default_factory=list)
    signals: list[str] = field(default_factory=list)
    failures: list[Failed] = field(default_factory=list)
