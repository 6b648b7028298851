"""Values as text, the way FEEL's `string()` writes them."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.engine.expressions import limits
from app.engine.expressions.run import raise_text_too_long
from app.engine.expressions.temporal import UTC, AnyDate, AnyDateTime, date_part, microseconds, time_part
from app.engine.expressions.values import Function, Months, Range, Value, kind

_PLAIN_NAME = re.compile(r"[^\W\d][\w ]*")


def text_of(value: Value) -> str:
    """Return the value as text; a text alone stays as it is, inside a list or context it is quoted.

    Raises:
        ExpressionBudgetExceeded: the text would be too long.
    """
    if isinstance(value, str):
        return value
    pieces: list[str] = []
    _write(value, pieces, _Room())
    return "".join(pieces)


class _Room:
    """How much may still be written, and how deep."""

    def __init__(self) -> None:
        self.left = limits.MAX_TEXT

    def take(self, length: int) -> None:
        self.left -= length
        if self.left < 0:
            raise_text_too_long()


def _write(value: Value, pieces: list[str], room: _Room) -> None:
    if isinstance(value, list):
        _write_between("[", "]", [("", entry) for entry in value], pieces, room)
    elif isinstance(value, dict):
        entries = [(_key(key) + ": ", entry) for key, entry in value.items()]
        _write_between("{", "}", entries, pieces, room)
    else:
        piece = scalar_text(value)
        room.take(len(piece) + 1)
        pieces.append(piece)


def _write_between(start: str, end: str, entries: list[tuple[str, Value]], pieces: list[str], room: _Room) -> None:
    room.take(2)
    pieces.append(start)
    for number, (label, entry) in enumerate(entries):
        room.take(len(label))
        pieces.append(", " + label if number else label)
        _write(entry, pieces, room)
    pieces.append(end)


def _key(key: str) -> str:
    return key if _PLAIN_NAME.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def scalar_text(value: Value) -> str:
    """Return a value that is no list and no context as text; a text quoted."""
    writer = _WRITERS.get(kind(value))
    return str(value) if writer is None else writer(value)


def _function_text(value: Function) -> str:
    return "function(" + ", ".join(value.parameters) + ")"


def number_text(value: Decimal) -> str:
    """Return the number without an exponent and without needless zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _date_time_text(value: AnyDateTime) -> str:
    return f"{_date_text(date_part(value))}T{_time_text(time_part(value))}"


def _date_text(value: AnyDate) -> str:
    sign = "-" if value.year < 0 else ""
    return f"{sign}{abs(value.year):04}-{value.month:02}-{value.day:02}"


def _time_text(value: dt.time) -> str:
    text = f"{value.hour:02}:{value.minute:02}:{value.second:02}"
    nano = getattr(value, "nano", 0)
    if value.microsecond or nano:
        text += f".{value.microsecond:06}{nano:03}".rstrip("0")
    zone = value.tzinfo
    if zone is None:
        return text
    if zone is UTC:
        return text + "Z"
    key = getattr(zone, "key", None)
    return f"{text}@{key}" if key else text + str(zone).removeprefix("UTC")


def _days_text(value: dt.timedelta) -> str:
    total = microseconds(value)
    sign, total = ("-", -total) if total < 0 else ("", total)
    seconds, micro = divmod(total, 1_000_000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    text = f"{day}D" if day else ""
    fraction = f".{micro:06}".rstrip("0") if micro else ""
    clock = (f"{hour}H" if hour else "") + (f"{minute}M" if minute else "")
    clock += f"{second}{fraction}S" if second or micro else ""
    if clock:
        text += "T" + clock
    return f"{sign}P{text}" if text else "PT0S"


def _months_text(value: Months) -> str:
    years, months = divmod(abs(value.count), 12)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
    return ("-" if value.count < 0 else "") + "P" + text if text else "P0M"


def _range_text(value: Range) -> str:
    if value.operator:
        bound = value.start if value.start is not None else value.end
        return value.operator + " " + text_in(bound)
    start = "[" if value.start_included else "("
    end = "]" if value.end_included else ")"
    return f"{start}{text_in(value.start)}..{text_in(value.end)}{end}"


def text_in(value: Value) -> str:
    """Return the value as it stands inside another: a text quoted."""
    return scalar_text(value) if not isinstance(value, list | dict) else text_of(value)


_WRITERS: dict[str, Callable[[Any], str]] = {
    "null": lambda _value: "null",
    "boolean": lambda value: "true" if value else "false",
    "string": _quoted,
    "number": number_text,
    "range": _range_text,
    "function": _function_text,
    "date": _date_text,
    "time": _time_text,
    "date and time": _date_time_text,
    "days and time duration": _days_text,
    "years and months duration": _months_text,
}
