"""Dates, times and durations read from text, strictly: ASCII digits, nothing around, days that exist."""

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.engine.expressions.temporal import UTC, AnyDate, AnyDateTime, combine, make_date
from app.engine.expressions.values import Months, fine_time

_DATE = re.compile(r"(-?)([0-9]{4}|[1-9][0-9]{4,8})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,18}))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z][A-Za-z0-9_+\-/]{0,63})?"
)
_DAYS = re.compile(
    r"(-?)P(?:([0-9]{1,12})D)?(?:T(?=[0-9])(?:([0-9]{1,12})H)?(?:([0-9]{1,12})M)?"
    r"(?:([0-9]{1,15})(?:\.([0-9]{0,18}))?S)?)?"
)
_MONTHS = re.compile(r"(-?)P(?:([0-9]{1,10})Y)?(?:([0-9]{1,11})M)?")
_MAX_OFFSET = dt.timedelta(hours=18)


def read_date(text: str) -> AnyDate | None:
    """Return the date of `2026-04-30`, or null."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    sign, year, month, day = found.groups()
    return make_date(int(sign + year), int(month), int(day))


def read_time(text: str) -> dt.time | None:
    """Return the time of `10:30:00`, `10:30:00Z`, `10:30:00+03:00` or `10:30:00@Europe/Moscow`, or null."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second, fraction, zone = found.groups()
    try:
        time = dt.time(int(hour), int(minute), int(second), _micro(fraction))
    except ValueError:
        return None
    tzinfo = None if zone is None else read_zone(zone)
    if zone is not None and tzinfo is None:
        return None
    nano = int(fraction[6:9].ljust(3, "0")) if fraction else 0
    return fine_time(time.replace(tzinfo=tzinfo), nano)


def read_zone(text: str) -> dt.tzinfo | None:
    """Return the zone of `Z`, `+03:00` or `@Europe/Moscow`, or null."""
    if text == "Z":
        return UTC
    if text.startswith("@"):
        return _zone(text[1:])
    parts = [int(part) for part in text[1:].split(":")]
    if max(parts[1:]) > 59:
        return None
    offset = dt.timedelta(hours=parts[0], minutes=parts[1], seconds=parts[2] if len(parts) > 2 else 0)
    return None if offset > _MAX_OFFSET else dt.timezone(-offset if text[0] == "-" else offset)


@lru_cache(maxsize=256)
def _zone(key: str) -> dt.tzinfo | None:
    try:
        return ZoneInfo(key)
    except (ValueError, OSError, LookupError):
        return None


def read_date_time(text: str) -> AnyDateTime | None:
    """Return the date and time of `2026-04-30T10:30:00…`, or of a date alone at midnight, or null."""
    date_text, separator, time_text = text.partition("T")
    date = read_date(date_text)
    time = read_time(time_text) if separator else dt.time()
    return None if date is None or time is None else combine(date, time)


def read_duration(text: str) -> dt.timedelta | Months | None:
    """Return the duration of `P1Y6M` or `P1DT12H`; never of a mixture of the two kinds; or null."""
    if text.endswith(("P", "T")):
        return None
    months = _MONTHS.fullmatch(text)
    if months is not None:
        sign, years, rest = months.groups()
        count = int(years or 0) * 12 + int(rest or 0)
        return Months(-count if sign else count)
    days = _DAYS.fullmatch(text)
    if days is None:
        return None
    sign, *counts, fraction = days.groups()
    day, hour, minute, second = (int(count or 0) for count in counts)
    try:
        duration = dt.timedelta(day, second, _micro(fraction), 0, minute, hour)
    except OverflowError:
        return None
    return -duration if sign else duration


def read_temporal(text: str) -> AnyDate | AnyDateTime | dt.time | dt.timedelta | Months | None:
    """Return what the text of an at-literal, `@"2026-04-30"`, means, or null."""
    if "P" in text[:2]:
        return read_duration(text)
    if "T" in text and not text.startswith("T") and text[:1] in "-0123456789" and _TIME.match(text) is None:
        return read_date_time(text)
    date = read_date(text)
    return date if date is not None else read_time(text)


def _micro(fraction: str | None) -> int:
    return int(fraction[:6].ljust(6, "0")) if fraction else 0
