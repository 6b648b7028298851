"""Durations, dates and cycles as ISO 8601 writes them, read strictly, and when they fall due.

Days, months and years are counted on the calendar of a time zone; a month that is too short gives its last day.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.kernel.errors import Invalid
from app.kernel.i18n import _

MAX_YEARS = 10
MAX_REPETITIONS = 1_000
SHORTEST_ENDLESS_SECONDS = 15 * 60
SHORTEST_CYCLE_SECONDS = 1

_DURATION = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,6})W|(?:([0-9]{1,6})Y)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,9})S)?)?)",
    re.ASCII,
)
_CYCLE = re.compile(r"R([0-9]{0,6})/(P[0-9A-Z]+)", re.ASCII)
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?", re.ASCII
)


class NotATime(Invalid):
    """The text is no duration, date or cycle that a timer may have."""


@dataclass(frozen=True)
class Duration:
    """A length of time: months and days on the calendar, seconds on the clock."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def times(self, factor: int) -> "Duration":
        """Return this duration `factor` times."""
        return Duration(self.months * factor, self.days * factor, self.seconds * factor)

    def after(self, start: datetime, zone: ZoneInfo) -> datetime:
        """Return the instant this long after `start`, counted on the calendar of `zone`."""
        local = start.astimezone(zone)
        month = local.month - 1 + self.months
        year, month = local.year + month // 12, month % 12 + 1
        moved = local.replace(year=year, month=month, day=min(local.day, _days_in_month(year, month)))
        moved = moved.replace(tzinfo=None) + timedelta(days=self.days)
        return moved.replace(tzinfo=zone).astimezone(UTC) + timedelta(seconds=self.seconds)

    def shortest_seconds(self) -> int:
        """Return how many seconds this is at the least."""
        return self.months * 28 * 86400 + self.days * 86400 + self.seconds


@dataclass(frozen=True)
class Cycle:
    """A duration that repeats, so many times or, with None, without end."""

    repetitions: int | None
    every: Duration


def _days_in_month(year: int, month: int) -> int:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def parse_duration(text: str) -> Duration:
    """Read a duration such as P14D, P1M, PT36H.

    Raises:
        NotATime: it is no duration, negative, fractional, or longer than ten years.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise NotATime(_("«%(text)s» is not a duration. Write it like P14D, P1M or PT12H."), text=text[:80])
    weeks, years, months, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    duration = Duration(
        months=years * 12 + months, days=weeks * 7 + days, seconds=hours * 3600 + minutes * 60 + seconds
    )
    if duration.shortest_seconds() > MAX_YEARS * 366 * 86400:
        raise NotATime(_("«%(text)s» is longer than %(years)s years."), text=text[:80], years=MAX_YEARS)
    return duration


def parse_cycle(text: str) -> Cycle:
    """Read a cycle such as R3/P1D, or R/P7D without end.

    Raises:
        NotATime: it is no cycle, too short, or repeats more than a thousand times.
    """
    match = _CYCLE.fullmatch(text)
    if match is None:
        raise NotATime(_("«%(text)s» is not a cycle. Write it like R3/P1D or R/P7D."), text=text[:80])
    every = parse_duration(match[2])
    repetitions = int(match[1]) if match[1] else None
    shortest = SHORTEST_CYCLE_SECONDS if repetitions is not None else SHORTEST_ENDLESS_SECONDS
    if every.shortest_seconds() < shortest or repetitions == 0 or (repetitions or 0) > MAX_REPETITIONS:
        raise NotATime(_("The cycle «%(text)s» is too short, too frequent or never happens."), text=text[:80])
    return Cycle(repetitions, every)


def parse_moment(text: str, zone: ZoneInfo) -> datetime:
    """Read a date or a date and time; without a zone of its own it is local time in `zone`.

    A date alone is the start of that day.

    Raises:
        NotATime: it is no date, or further than ten years from this century's ordinary dates.
    """
    try:
        if _MOMENT.fullmatch(text) is None:
            raise ValueError(text)
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        instant = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise NotATime(_("«%(text)s» is not a date. Write it like 2026-04-30."), text=text[:80]) from error
    if not 2000 <= instant.year <= 2200:
        raise NotATime(_("«%(text)s» is not a date of this time."), text=text[:80])
    return instant


def due_at(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant that a duration counted from `now`, or a date, falls due.

    Raises:
        NotATime: it is neither, or further away than ten years.
    """
    if text.startswith("P"):
        return parse_duration(text).after(now, zone)
    instant = parse_moment(text, zone)
    if instant > now + timedelta(days=MAX_YEARS * 366):
        raise NotATime(_("«%(text)s» is longer than %(years)s years away."), text=text[:80], years=MAX_YEARS)
    return instant
