"""What a service task's handler is given and gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.engine.instances.outcome import Call, Outcome
from app.kernel.errors import Invalid
from app.programme.cycles.models import Case, Cycle


@dataclass(frozen=True)
class Work:
    """One service task to carry out.

    Attributes:
        session: the caller's; a handler flushes at most.
        call: the operation with its evaluated parameters and the instance's data.
        cycle: the cycle that the instance belongs to.
        case: the school's case, or None when the instance is about the cycle itself.
        actor_id: the person whose act led here; None when it was a timer.
        now: the current instant.
    """

    session: Session
    call: Call
    cycle: Cycle
    case: Case | None
    actor_id: int | None
    now: datetime

    @property
    def data(self) -> Mapping[str, Any]:
        """The data of the instance, as the diagram sees it."""
        return self.call.data

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters that the diagram hands to the operation."""
        return self.call.parameters

    @property
    def school_case(self) -> Case:
        """The case, where the operation makes no sense without one.

        Raises:
            NotAboutASchool: the instance is about a cycle.
        """
        if self.case is None:
            raise NotAboutASchool("The operation needs the case of a school.")
        return self.case

    @property
    def today(self) -> date:
        """The local date where the work happens: at the school, or in the region."""
        place = self.case.school if self.case is not None else self.cycle.region
        return self.now.astimezone(ZoneInfo(place.time_zone)).date()


class NotAboutASchool(Invalid):
    """The diagram calls an operation of a school in a process that is not about one."""


@dataclass(frozen=True)
class Done:
    """What a handler gives back: `result` goes into the instance's data, `outcomes` are of instances it moved."""

    result: Mapping[str, Any] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()


Handler = Callable[[Work], Done]


@dataclass(frozen=True)
class Errand:
    """One service task whose effects are outside the database: a worker carries it out between two transactions.

    It can be sent twice when a worker dies on the way; the other side knows by `key` that it is the same one.

    Attributes:
        call_id: its row.
        attempt: which attempt this is; the answer to an earlier one is not taken any more.
        operation: what is to be done.
        parameters: what the diagram hands to the operation.
        data: the data of the instance.
        business_key: what the instance is about.
        now: the current instant.
    """

    call_id: int
    attempt: int
    operation: str
    parameters: Mapping[str, Any]
    data: Mapping[str, Any]
    business_key: str
    now: datetime

    @property
    def key(self) -> str:
        """The same for every attempt at this errand, and for no other errand."""
        return f"call:{self.call_id}"


@dataclass(frozen=True)
class Answer:
    """What came of an errand: its result, or why it was in vain."""

    result: Mapping[str, Any] = field(default_factory=dict)
    error: Exception | None = None


RemoteHandler = Callable[[Errand], Mapping[str, Any]]
