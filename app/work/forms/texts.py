"""Reads what people type: texts, numbers and dates as they are written in Russian schools."""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from app.kernel.i18n import _

FIRST_YEAR, LAST_YEAR = 2020, 2100
MAX_DIGITS = 15
MAX_DECIMALS = 6
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?: [0-9]{3})*(?:[.,][0-9]+)?|[+-]?[0-9]+(?:[.,][0-9]+)?", re.ASCII)
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_RUSSIAN_DATE = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", re.ASCII)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Unreadable(ValueError):
    """What was typed is not what was asked for.

    Attributes:
        message: the sentence, as it stands in the catalogue; params: what goes into its places.
    """

    def __init__(self, message: str, **params: object) -> None:
        self.message, self.params = message, params
        super().__init__(message % params if params else message)


def read_text(raw: str, *, lines: bool) -> str:
    """Return the text in one form: composed letters, LF between lines, no control characters, no blank ends.

    Args:
        raw: as typed.
        lines: whether it may have several lines; otherwise line breaks become spaces.

    Raises:
        Unreadable: it contains NUL or half of a character.
    """
    if _UNSTORABLE.search(raw):
        raise Unreadable(_("The text contains characters that cannot be stored. Type it anew without them."))
    text = unicodedata.normalize("NFC", raw).replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        text = text.replace("\n", " ").replace("\t", " ")
    if not text.isprintable():
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
    return text.strip()


def storable(raw: str) -> str:
    """Return what can be stored of a text that need not be valid: unstorable characters become a visible mark."""
    return _UNSTORABLE.sub("\ufffd", raw)


def read_number(raw: object, *, decimals: int | None = None) -> int | float:
    """Return the number: «1 234,5», "1234.5" or a JSON number; int when it is whole.

    Args:
        raw: as typed or as JSON has it.
        decimals: how many digits may follow the comma.

    Raises:
        Unreadable: it is none, too large, or has too many decimals.
    """
    value = _decimal(raw)
    if abs(value) >= 10**MAX_DIGITS:
        raise Unreadable(_("The number is too large. Check how many digits it has."))
    if value == value.to_integral_value():
        return int(value)
    places = -int(value.normalize().as_tuple().exponent)
    if decimals == 0:
        raise Unreadable(_("Write a whole number, without a fraction."))
    if places > (6 if decimals is None else decimals):
        raise Unreadable(
            _("Write at most %(count)s digits after the comma."), count=6 if decimals is None else decimals
        )
    return float(value)


def _decimal(raw: object) -> Decimal:
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        value = None if raw != raw else Decimal(repr(raw)) if abs(raw) < 10**MAX_DIGITS else Decimal(10**MAX_DIGITS)
    else:
        text = _SPACES.sub(" ", raw).strip().replace("\u2212", "-") if isinstance(raw, str) and len(raw) <= 60 else ""
        value = Decimal(text.replace(" ", "").replace(",", ".")) if _GROUPED.fullmatch(text) else None
    if value is None:
        raise Unreadable(_("Write a number in digits, for example 12 or 3,5."))
    return value


def read_date(raw: object) -> date:
    """Return the date: "2026-04-14" or «14.04.2026».

    Raises:
        Unreadable: it is none, not in the calendar, or of a year that cannot be meant.
    """
    text = raw.strip() if isinstance(raw, str) and len(raw) <= 60 else ""
    if found := _ISO_DATE.fullmatch(text):
        year, month, day = (int(number) for number in found.groups())
    elif found := _RUSSIAN_DATE.fullmatch(text):
        day, month, year = (int(number) for number in found.groups())
    else:
        raise Unreadable(_("Write the date as day.month.year, for example 14.04.2026."))
    try:
        value = date(year, month, day)
    except ValueError:
        raise Unreadable(_("There is no such day in the calendar: %(date)s. Correct the date."), date=text) from None
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise Unreadable(
            _("The year must be between %(first)s and %(last)s. Correct the date."), first=FIRST_YEAR, last=LAST_YEAR
        )
    return value


def show_number(value: object, locale: str) -> str:
    """Return a number as people write it: with a comma, except in English."""
    text = format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
    return text if locale.startswith("en") else text.replace(".", ",")
