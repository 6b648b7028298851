"""Functions over dates, times and durations."""

import datetime as dt
from decimal import Decimal

from app.engine.expressions.functions.registry import Functions
from app.engine.expressions.reading import read_date, read_date_time, read_duration, read_time, read_zone
from app.engine.expressions.run import Run
from app.engine.expressions.temporal import (
    UTC,
    combine,
    date_part,
    day_number,
    days_in_month,
    make_date,
    months_between,
    time_part,
)
from app.engine.expressions.values import FarDate, FarDateTime, Value, fine_time

FUNCTIONS = Functions()
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def _noted(run: Run, value: Value, text: str, what: str) -> Value:
    if value is None:
        run.note(f"“{text[:40]}” is no {what}.")
    return value


def _whole(*numbers: Decimal) -> tuple[int, ...] | None:
    if all(number == number.to_integral_value() and abs(number) < 10**10 for number in numbers):
        return tuple(int(number) for number in numbers)
    return None


@FUNCTIONS("date", "from:string")
def date_from_text(run: Run, text: str) -> Value:
    """Return the date of `2026-04-30`."""
    return _noted(run, read_date(text), text, "date")


@FUNCTIONS("date", "from:dates")
def date_of(_run: Run, value: Value) -> Value:
    """Return the date alone."""
    return date_part(value)


@FUNCTIONS("date", "year:number", "month:number", "day:number")
def date_from_numbers(_run: Run, year: Decimal, month: Decimal, day: Decimal) -> Value:
    """Return the date of three numbers, or null."""
    numbers = _whole(year, month, day)
    return make_date(*numbers) if numbers else None


@FUNCTIONS("time", "from:string")
def time_from_text(run: Run, text: str) -> Value:
    """Return the time of `10:30:00`."""
    return _noted(run, read_time(text), text, "time")


@FUNCTIONS("time", "from:temporal")
def time_of(_run: Run, value: Value) -> Value:
    """Return the time alone; of a date midnight in UTC."""
    if isinstance(value, dt.time):
        return value
    if isinstance(value, dt.datetime | FarDateTime):
        return time_part(value)
    return dt.time(tzinfo=UTC)


@FUNCTIONS("time", "hour:number", "minute:number", "second:number", "offset:days?")
def time_from_numbers(
    _run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: dt.timedelta | None = None
) -> Value:
    """Return the time of its parts, or null."""
    numbers = _whole(hour, minute)
    if numbers is None or not 0 <= second < 60:
        return None
    micro, nano = divmod(int((second % 1) * 1_000_000_000), 1000)
    try:
        time = fine_time(dt.time(numbers[0], numbers[1], int(second), micro), nano)
        return time if offset is None else time.replace(tzinfo=dt.timezone(offset) if offset else UTC)
    except ValueError:
        return None


@FUNCTIONS("date and time", "from:string")
def date_time_from_text(run: Run, text: str) -> Value:
    """Return the date and time of `2026-04-30T10:30:00`."""
    return _noted(run, read_date_time(text), text, "date and time")


@FUNCTIONS("date and time", "date:dates", "time:time")
def date_time_of(_run: Run, date: Value, time: dt.time) -> Value:
    """Return the date at that time."""
    return combine(date_part(date), time)


@FUNCTIONS("date and time", "from:dates")
def date_time_itself(_run: Run, value: Value) -> Value:
    """Return the date and time unchanged, a date at midnight in UTC."""
    if isinstance(value, dt.datetime | FarDateTime):
        return value
    return combine(value, dt.time(tzinfo=UTC))


@FUNCTIONS("date and time", "date:date and time", "timezone:string")
def date_time_in_zone(_run: Run, value: Value, timezone: str) -> Value:
    """Return the same instant in another zone."""
    zone = read_zone(timezone if timezone[:1] in "Z+-" else "@" + timezone) if timezone else None
    if zone is None or not isinstance(value, dt.datetime) or value.tzinfo is None:
        return None
    return value.astimezone(zone)


@FUNCTIONS(
    "date and time", "year:number", "month:number", "day:number", "hour:number", "minute:number", "second:number"
)
def date_time_from_numbers(run: Run, *numbers: Decimal) -> Value:
    """Return the local date and time of its parts, or null."""
    date = date_from_numbers(run, *numbers[:3])
    time = time_from_numbers(run, numbers[3], numbers[4], numbers[5])
    return None if date is None or time is None else combine(date, time)


@FUNCTIONS("duration", "from:string")
def duration_from_text(run: Run, text: str) -> Value:
    """Return the duration of `P1Y6M` or `P1DT12H`."""
    return _noted(run, read_duration(text), text, "duration")


@FUNCTIONS("duration", "from:duration")
def duration_itself(_run: Run, value: Value) -> Value:
    """Return the duration unchanged."""
    return value


@FUNCTIONS("years and months duration", "from:dates", "to:dates")
def years_and_months_duration(_run: Run, start: Value, end: Value) -> Value:
    """Return the whole months between two dates."""
    return months_between(date_part(start), date_part(end))


@FUNCTIONS("day of year", "date:dates")
def day_of_year(_run: Run, date: Value) -> Value:
    """Return the number of the day in its year."""
    day = date_part(date)
    first = make_date(day.year, 1, 1)
    return None if first is None else Decimal(day_number(day) - day_number(first) + 1)


@FUNCTIONS("day of week", "date:dates")
def day_of_week(_run: Run, date: Value) -> Value:
    """Return the English name of the day."""
    return _DAYS[weekday(date) - 1]


def weekday(date: Value) -> int:
    """Return 1 for Monday to 7 for Sunday."""
    return (day_number(date_part(date)) + 3) % 7 + 1


@FUNCTIONS("month of year", "date:dates")
def month_of_year(_run: Run, date: Value) -> Value:
    """Return the English name of the month."""
    return _MONTHS[date_part(date).month - 1]


@FUNCTIONS("week of year", "date:dates")
def week_of_year(_run: Run, date: Value) -> Value:
    """Return the number of the ISO 8601 week."""
    day = date_part(date)
    return None if isinstance(day, FarDate) else Decimal(day.isocalendar().week)


@FUNCTIONS("last day of month", "date:dates")
def last_day_of_month(_run: Run, date: Value) -> Value:
    """Return the last date of the month."""
    day = date_part(date)
    return make_date(day.year, day.month, days_in_month(day.year, day.month))


def _handed_in(run: Run, key: str) -> Value:
    value = run.context.get(key)
    if isinstance(value, str):
        value = read_date(value) if key == "today" else read_date_time(value)
    if value is None:
        run.note(f"Nobody handed in “{key}”.")
    return value


@FUNCTIONS("now")
def now(run: Run) -> Value:
    """Return the time that the caller handed in as `now`; the clock is never read."""
    value = _handed_in(run, "now")
    return value if isinstance(value, dt.datetime | FarDateTime) else None


@FUNCTIONS("today")
def today(run: Run) -> Value:
    """Return the date that the caller handed in as `today`, or that of `now`."""
    value = _handed_in(run, "today")
    if value is None:
        value = now(run)
    return None if value is None else date_part(value)
