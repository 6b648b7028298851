"""Decisions about deadlines: which rungs a ladder has, when each is due, who is told. No session, no clock, no web."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.kernel.days import at_local_time, end_of_day, local_date
from app.kernel.errors import Conflict
from app.work.deadlines.models import RungKind
from app.work.people.roles import Role

# Reminders come when people come to work.
RUNG_HOUR = 8

# Rungs that help somebody to be in time are pointless once their day has passed.
_BEFOREHAND = frozenset({RungKind.SOON, RungKind.REMIND})

# Whom a rung tells besides those who are to do the task: at the task's own organisation, by the task's role.
ALSO_TOLD: dict[RungKind, dict[Role, frozenset[Role]]] = {
    RungKind.OVERDUE: {Role.SCHOOL_TEAM: frozenset({Role.PRINCIPAL})},
}
# Kinds that tell people; `escalate` starts a process, which tells its own people.
TELLING = frozenset({RungKind.SOON, RungKind.REMIND, RungKind.OVERDUE})


class DeadlineEnded(Conflict):
    """The deadline was met, or the task was cancelled."""


@dataclass(frozen=True)
class RungPlan:
    """One step of a ladder: what it does and how many days after the last day, negative before it."""

    kind: RungKind
    offset_days: int


@dataclass(frozen=True)
class PlannedRung:
    """A step of the ladder of one deadline, with its moment; what is past already never fires."""

    plan: RungPlan
    due_at: datetime
    is_past: bool


def due_at(due_on: date, time_zone: str) -> datetime:
    """Return the first instant, in UTC, at which the last day is over there."""
    return end_of_day(due_on, time_zone)


def rung_due_at(day: date, time_zone: str) -> datetime:
    """Return the instant, in UTC, at which a rung of that local day is due."""
    return at_local_time(day, time_zone, hour=RUNG_HOUR)


def plan_rungs(ladder: Iterable[RungPlan], *, due_on: date, time_zone: str, now: datetime) -> tuple[PlannedRung, ...]:
    """Return the steps of the ladder for a deadline, the earliest first.

    A task that opens late gets no burst of reminders: those of past days are past. If even its last day is over,
    what follows it (overdue, escalations) keeps its distances, counted from today.
    """
    today = local_date(now, time_zone)
    planned = []
    for plan in sorted(set(ladder), key=lambda plan: (plan.offset_days, plan.kind)):
        base = due_on if plan.kind in _BEFOREHAND else max(due_on, today)
        at = rung_due_at(base + timedelta(days=plan.offset_days), time_zone)
        planned.append(PlannedRung(plan=plan, due_at=at, is_past=at < now))
    return tuple(planned)


def is_worth_telling(kind: RungKind, *, due_on: date, today: date) -> bool:
    """Say whether the rung tells people: a reminder that comes when the last day is over reminds of nothing."""
    return kind in TELLING and not (kind in _BEFOREHAND and today > due_on)


def roles_also_told(kind: RungKind, role: Role) -> Collection[Role]:
    """Return the roles that hear of this rung besides those who are to do the task."""
    return ALSO_TOLD.get(kind, {}).get(role, frozenset())


def escalation_number(offset_days: int, escalations: Sequence[int]) -> int:
    """Return which escalation of its ladder this one is, from 1; `escalations` are the offsets of all."""
    return sorted(set(escalations)).index(offset_days) + 1


def overdue_days(due_on: date, today: date) -> int:
    """Return by how many whole days the last day is over; 0 on that day and before."""
    return max(0, (today - due_on).days)


def add_days(day: date, count: int) -> date:
    """Return the day `count` calendar days later."""
    return day + timedelta(days=count)


def add_working_days(day: date, count: int, *, days_off: Collection[date] = (), worked: Collection[date] = ()) -> date:
    """Return the working day `count` working days later.

    Args:
        day: the day from which is counted, itself not counted.
        count: how many working days, at least 0.
        days_off: holidays on days from Monday to Friday.
        worked: Saturdays and Sundays that are worked instead.
    """
    while count > 0:
        day += timedelta(days=1)
        if day in worked or (day.weekday() < 5 and day not in days_off):
            count -= 1
    return day
