"""Whole calendar days in a place's own time zone, and the instants at which they begin and end."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def local_date(now: datetime, time_zone: str) -> date:
    """Return the date on the calendar of `time_zone` (IANA) at the aware instant `now`."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def at_local_time(day: date, time_zone: str, *, hour: int = 0) -> datetime:
    """Return the instant, in UTC, when clocks of `time_zone` show `hour` on `day`.

    A full hour that the clocks skip is the instant at which they skip; of one shown twice, the first counts.
    """
    return datetime.combine(day, time(hour), tzinfo=ZoneInfo(time_zone)).astimezone(UTC)


def end_of_day(day: date, time_zone: str) -> datetime:
    """Return the first instant, in UTC, that no longer belongs to `day`."""
    return at_local_time(day + timedelta(days=1), time_zone)
