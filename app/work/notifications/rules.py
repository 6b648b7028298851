"""Decisions about notices and mails: what they say, when a mail is tried again. No session, no clock, no web."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.kernel.errors import Conflict, Invalid
from app.kernel.words import date_words, days_words
from app.work.notifications.templates import TEXTS

MAX_ATTEMPTS = 8
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
MAX_SUBJECT_LENGTH = 200

_PLACE = re.compile(r"%\((\w+)\)s")
_BASE_URL = "%(base_url)s"


class NoAddress(Invalid):
    """The person has no mail address."""


class MailNotPending(Conflict):
    """The mail has been sent, or given up."""


def render(kind: str, values: Mapping[str, Any], *, link: str, locale: str) -> tuple[str, str]:
    """Return subject and body of a notice in the reader's language; the subject alone is what the bell shows.

    The body's addresses still begin with a place for the program's own one, see `with_addresses`.
    """
    subject, body = TEXTS[kind]["en" if locale == "en" else "ru"]
    places = _places(values, locale) | {"link": link, "base_url": _BASE_URL}
    lines = [_fill(line, places) for line in body.split("\n") if _is_said(line, places)]
    return " ".join(_fill(subject, places).split())[:MAX_SUBJECT_LENGTH], "\n".join(lines)


def sentence(kind: str, values: Mapping[str, Any], *, locale: str) -> str:
    """Return what the bell shows for a notice."""
    return render(kind, values, link="", locale=locale)[0]


def with_addresses(body: str, *, base_url: str) -> str:
    """Return a mail's body with the address of this installation in its links."""
    return body.replace(_BASE_URL, base_url)


def pause_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many failed attempts; None when it is time to give up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    doubled: int = 2 ** max(attempts - 1, 0)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def _places(values: Mapping[str, Any], locale: str) -> dict[str, str]:
    english = locale == "en"
    said = {
        name: _written(name, (english and values.get(f"{name}_en")) or value, locale) for name, value in values.items()
    }
    title, about = said.get("title", ""), said.get("about", "")
    said["task"] = f"«{title}. {about}»" if about else f"«{title}»"
    if isinstance(days := values.get("days"), int):
        said["in_days"] = _in_days(days, locale)
    return said


def _written(name: str, value: Any, locale: str) -> str:
    """Return a value as people write it; what is not there is empty."""
    if value is None:
        return ""
    if name.endswith("_on") and isinstance(value, str) and value:
        return date_words(date.fromisoformat(value), locale)
    if name == "days" and isinstance(value, int):
        return days_words(abs(value), locale)
    return " ".join(str(value).split()) if name != "text" else str(value).strip()


def _in_days(days: int, locale: str) -> str:
    near = {0: ("сегодня", "today"), 1: ("завтра", "tomorrow")}
    if days in near:
        return near[days][locale == "en"]
    return f"in {days_words(days, locale)}" if locale == "en" else f"через {days_words(days, locale)}"


def _is_said(line: str, places: Mapping[str, str]) -> bool:
    """Say whether every place of the line has something in it."""
    return all(places.get(name) or name == "base_url" for name in _PLACE.findall(line))


def _fill(text: str, places: Mapping[str, str]) -> str:
    """Put the values into their places, once: what looks like a place inside a value stays as it is."""
    return _PLACE.sub(lambda place: places.get(place[1], ""), text)
