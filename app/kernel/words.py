"""Numbers and dates as people write them, in Russian and in English. Templates and mails share these."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

_MONTHS_RU = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def plural_ru(n: int, one: str, few: str, many: str) -> str:
    """Return the form of a Russian noun that agrees with `n`: 1 день, 2 дня, 5 дней, 11 дней, 21 день."""
    tens, units = abs(n) % 100, abs(n) % 10
    if units == 1 and tens != 11:
        return one
    if units in {2, 3, 4} and tens not in {12, 13, 14}:
        return few
    return many


def plural_en(n: int, one: str, many: str) -> str:
    """Return the form of an English noun that agrees with `n`."""
    return one if abs(n) == 1 else many


def days_ru(n: int) -> str:
    """«3 дня»."""
    return f"{n} {plural_ru(n, 'день', 'дня', 'дней')}"


def days_en(n: int) -> str:
    """«3 days»."""
    return f"{n} {plural_en(n, 'day', 'days')}"


def date_ru(day: date, *, year: bool = True) -> str:
    """«14 апреля 2026»; without the year where it is plain which one."""
    return f"{day.day} {_MONTHS_RU[day.month - 1]}" + (f" {day.year}" if year else "")


def date_en(day: date, *, year: bool = True) -> str:
    """«14 April 2026»; without the year where it is plain which one."""
    return f"{day.day} {_MONTHS_EN[day.month - 1]}" + (f" {day.year}" if year else "")


def days_words(n: int, locale: str) -> str:
    """A number of days in the reader's language; Russian unless that is English."""
    return days_en(n) if locale == "en" else days_ru(n)


def date_words(day: date, locale: str, *, year: bool = True) -> str:
    """A date in the reader's language; Russian unless that is English."""
    return date_en(day, year=year) if locale == "en" else date_ru(day, year=year)


def moment(at: datetime, time_zone: str) -> str:
    """«02.03.2026 14:32» on the clocks of `time_zone`: for sentences whose language is not known yet."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%d.%m.%Y %H:%M")
