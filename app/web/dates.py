"""Dates and times as people write them, in the reader's language."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from flask import Flask
from flask_babel import get_locale, gettext, ngettext


def day(value: date | str | None) -> str:
    """«14 апреля 2026»."""
    found = _as_date(value)
    return format_date(found, "d MMMM y", locale=get_locale()) if found else ""


def short_day(value: date | str | None) -> str:
    """«14 апреля»: where the year is plain."""
    found = _as_date(value)
    return format_date(found, "d MMMM", locale=get_locale()) if found else ""


def moment(value: datetime | None, zone: str) -> str:
    """«14 апреля 2026, 14:32», on the clock of `zone`."""
    if value is None:
        return ""
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local.date())}, {clock(value, zone)}"


def clock(value: datetime, zone: str) -> str:
    """«14:32» on the clock of `zone`."""
    return format_time(value.astimezone(ZoneInfo(zone)), "HH:mm", locale=get_locale())


def due(due_on: date | None, today: date) -> str:
    """«Срок – завтра, 14 апреля», «Просрочено на 2 дня», as a person would say it."""
    if due_on is None:
        return gettext("No due date")
    left = (due_on - today).days
    if left < 0:
        return ngettext("Overdue by %(num)s day", "Overdue by %(num)s days", -left)
    when = day(due_on) if due_on.year != today.year else short_day(due_on)
    if left == 0:
        return gettext("Due today, %(when)s", when=when)
    if left == 1:
        return gettext("Due tomorrow, %(when)s", when=when)
    if left <= 14:
        return gettext("Due %(when)s, in %(days)s", when=when, days=days_words(left))
    return gettext("Due %(when)s", when=when)


def due_kind(due_on: date | None, today: date) -> str:
    """The badge of a due date: late, soon (three days) or neutral."""
    if due_on is None:
        return "neutral"
    left = (due_on - today).days
    return "late" if left < 0 else "soon" if left <= 3 else "neutral"


def since(value: datetime, now: datetime) -> str:
    """«сегодня», «вчера», «3 дня»: how long somebody has been waiting."""
    days = (now - value).days
    return gettext("today") if days <= 0 else days_words(days)


def days_words(days: int) -> str:
    """«3 дня»."""
    return ngettext("%(num)s day", "%(num)s days", days)


def _as_date(value: date | str | None) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return None
    return value


def init_app(app: Flask) -> None:
    """Let templates write dates."""
    for function in (day, short_day, moment, clock, due, due_kind, since, days_words):
        app.jinja_env.filters[function.__name__] = function
