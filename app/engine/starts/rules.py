"""When a start timer is due for the first time, and when after that."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.engine.timers.rules import due_at, parse_cycle


@dataclass(frozen=True)
class StartEvent:
    """One thing that starts a process.

    Attributes:
        element_id: the element that begins: a start event, a receive task or an event-based gateway.
        kind: `message`, `signal` or `timer`.
        number: which of the things that the element waits for this is.
        name: of the message or signal.
        time: of a timer: a date, a duration, or a cycle if `cyclic`.
        business_key: of a timer: what the instance is about, see `StartTimer`.
        scope_key: of a timer: how far the instance's signals reach.
    """

    element_id: str
    kind: str
    number: int = 0
    name: str = ""
    time: str = ""
    cyclic: bool = False
    business_key: str = ""
    scope_key: str = ""


class Turn(NamedTuple):
    """An occurrence of a timer and how many before it were missed."""

    number: int
    due_at: datetime
    missed: int


def first_turn(event: StartEvent, now: datetime, zone: ZoneInfo) -> Turn | None:
    """Return when the event happens first; None for a date that has passed: nothing is started for the past.

    Raises:
        NotATime: the text is no time.
    """
    if event.cyclic:
        return Turn(1, parse_cycle(event.time).every.after(now, zone), 0)
    due = due_at(event.time, now, zone)
    return Turn(1, due, 0) if due > now or event.time.startswith("P") else None


def turn_after(turn: int, cycle: str, begun_at: datetime, now: datetime, zone: ZoneInfo) -> Turn | None:
    """Return the first turn after number `turn` that is not past; None when the cycle is over.

    Turns that have passed meanwhile are missed. They count as one with the turn that happens now.
    """
    if not cycle:
        return None
    rules = parse_cycle(cycle)
    number = turn + 1
    while rules.repetitions is None or number <= rules.repetitions:
        due = rules.every.times(number).after(begun_at, zone)
        if due > now:
            return Turn(number, due, number - turn - 1)
        number += 1
    return None
