"""Dates, times and their arithmetic, also for years that Python's own types cannot hold."""

import calendar
import datetime as dt
from zoneinfo import ZoneInfo

from app.engine.expressions.values import FarDate, FarDateTime, FineTime, Months, fine_time

AnyDate = dt.date | FarDate
AnyDateTime = dt.datetime | FarDateTime

UTC = dt.UTC
MAX_YEAR = 999_999_999
_DAY = 86_400_000_000
_REFERENCE = dt.datetime(2000, 1, 1)  # noqa: DTZ001  # a zone's offset for a time without a date
_EPOCH = dt.date(1970, 1, 1).toordinal()


def make_date(year: int, month: int, day: int) -> AnyDate | None:
    """Return the date, or null when there is no such day."""
    if not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month) or abs(year) > MAX_YEAR:
        return None
    if dt.MINYEAR <= year <= dt.MAXYEAR:
        return dt.date(year, month, day)
    return FarDate(year, month, day)


def days_in_month(year: int, month: int) -> int:
    """Return the length of a month of the Gregorian calendar, extended to all years."""
    if month == 2:
        return 29 if calendar.isleap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def combine(date: AnyDate, time: dt.time) -> AnyDateTime:
    """Return the date at that time, in the time's zone."""
    if isinstance(date, FarDate) or isinstance(time, FineTime):
        return FarDateTime(date, time)
    return dt.datetime.combine(date, time)


def date_part(value: AnyDate | AnyDateTime) -> AnyDate:
    """Return the date alone."""
    if isinstance(value, dt.datetime):
        return value.date()
    return value.date if isinstance(value, FarDateTime) else value


def time_part(value: AnyDateTime) -> dt.time:
    """Return the time alone, with its zone."""
    return value.time if isinstance(value, FarDateTime) else value.timetz()


def offset_of(value: dt.time | AnyDateTime) -> dt.timedelta | None:
    """Return the distance from UTC, or null for a local value."""
    if isinstance(value, FarDateTime) and isinstance(value.date, dt.date):
        value = dt.datetime.combine(value.date, value.time)
    if isinstance(value, dt.datetime):
        return value.utcoffset()
    zone = value.tzinfo if isinstance(value, dt.time) else value.time.tzinfo
    if zone is None:
        return None
    return (zone.utcoffset(_REFERENCE) or dt.timedelta()) - (zone.dst(_REFERENCE) or dt.timedelta())


def zone_name(value: dt.time | AnyDateTime) -> str | None:
    """Return the zone's name when the value was written with one."""
    zone = value.time.tzinfo if isinstance(value, FarDateTime) else value.tzinfo
    if isinstance(zone, ZoneInfo):
        return zone.key
    return "Z" if zone is UTC else None


def day_number(date: AnyDate) -> int:
    """Return the days since 1970-01-01."""
    if isinstance(date, dt.date):
        return date.toordinal() - _EPOCH
    year = date.year - (date.month <= 2)
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (date.month + (-3 if date.month > 2 else 9)) + 2) // 5 + date.day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def from_day_number(number: int) -> AnyDate | None:
    """Return the date so many days after 1970-01-01, or null when it is too far."""
    era, day_of_era = divmod(number + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return make_date(year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1)


def microseconds(value: dt.time | dt.timedelta) -> int:
    """Return the microseconds since midnight, or of a duration."""
    if isinstance(value, dt.timedelta):
        return (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond


def _time_after_midnight(micro: int) -> dt.time:
    return (_REFERENCE + dt.timedelta(microseconds=micro)).time()


def instant(value: AnyDateTime | AnyDate) -> int:
    """Return the microseconds since 1970-01-01T00:00; local values count as if they were UTC."""
    if isinstance(value, dt.datetime | FarDateTime):
        offset = offset_of(value)
        shift = 0 if offset is None else microseconds(offset)
        return day_number(date_part(value)) * _DAY + microseconds(time_part(value)) - shift
    return day_number(value) * _DAY


def from_instant(number: int, zone: dt.tzinfo | None) -> AnyDateTime | None:
    """Return the date and time of that instant in the zone; null when it is too far."""
    days, rest = divmod(number, _DAY)
    date = from_day_number(days)
    if date is None:
        return None
    time = _time_after_midnight(rest)
    if zone is None or isinstance(date, FarDate):
        return combine(date, time.replace(tzinfo=zone))
    return dt.datetime.combine(date, time, UTC).astimezone(zone)


def add_duration(value: AnyDate | AnyDateTime, duration: dt.timedelta) -> AnyDate | AnyDateTime | None:
    """Return the value moved by a duration of days and time; a date stays a date."""
    if isinstance(value, FarDateTime):
        return _add_to_far(value, duration)
    moved = instant(value) + microseconds(duration)
    if isinstance(value, dt.datetime):
        return from_instant(moved, value.tzinfo)
    return from_day_number(moved // _DAY)


def _add_to_far(value: FarDateTime, duration: dt.timedelta) -> AnyDateTime | None:
    moved = day_number(value.date) * _DAY + microseconds(value.time) + microseconds(duration)
    date = from_day_number(moved // _DAY)
    return None if date is None else combine(date, shift_time(value.time, duration))


def add_months(value: AnyDate | AnyDateTime, months: Months) -> AnyDate | AnyDateTime | None:
    """Return the value moved by months; the day is clamped to the end of a shorter month."""
    date = date_part(value)
    year, month = divmod(date.year * 12 + date.month - 1 + months.count, 12)
    moved = make_date(year, month + 1, min(date.day, days_in_month(year, month + 1)))
    if moved is None or not isinstance(value, dt.datetime | FarDateTime):
        return moved
    return combine(moved, time_part(value))


def shift_time(value: dt.time, duration: dt.timedelta) -> dt.time:
    """Return the time of day moved by a duration, around midnight if need be."""
    moved = (microseconds(value) + microseconds(duration)) % _DAY
    return fine_time(_time_after_midnight(moved).replace(tzinfo=value.tzinfo), getattr(value, "nano", 0))


def months_between(start: AnyDate, end: AnyDate) -> Months:
    """Return the whole months from `start` to `end`; negative when `end` comes first."""
    if (end.year, end.month, end.day) < (start.year, start.month, start.day):
        return Months(-months_between(end, start).count)
    months = (end.year - start.year) * 12 + end.month - start.month
    return Months(months - (end.day < start.day))
