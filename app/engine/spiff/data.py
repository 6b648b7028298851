"""Instance data: what may be in it, and when two are the same. Values are never changed in place."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson

from app.engine.expressions import to_json
from app.engine.spiff.limits import MAX_DATA_DEPTH
from app.kernel.errors import Invalid
from app.kernel.i18n import _

Data = dict[str, Any]

# A larger integer has no place in JSON that other programs read, nor in the stored state.
_INTEGER_BOUND = 2**63
# NUL, and halves of characters.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class DataNotStorable(Invalid):
    """Data handed to an instance holds something that is not plain JSON."""


def storable(value: Any, depth: int = 0) -> Any:
    """Return a copy of `value` as plain JSON, sharing nothing that can change with it.

    Dates, decimals and durations become what JSON has for them.

    Raises:
        DataNotStorable: an object of another kind, a number without a value, a key that is no string.
    """
    if depth > MAX_DATA_DEPTH:
        raise DataNotStorable(_("The data is nested too deeply."))
    if value is None or isinstance(value, bool | str):
        return _clean_text(value) if isinstance(value, str) else value
    if isinstance(value, int | float):
        return _clean_number(value)
    if isinstance(value, Mapping):
        return {_clean_key(key): storable(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Decimal | date | datetime | time | timedelta):
        return storable(to_json(value), depth + 1)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [storable(item, depth + 1) for item in value]
    raise DataNotStorable(_("Data of the kind %(kind)s cannot be stored."), kind=type(value).__name__)


def _clean_key(key: object) -> str:
    if not isinstance(key, str):
        raise DataNotStorable(_("A name in the data is not a text."))
    return _clean_text(key)


def _clean_text(text: str) -> str:
    if _UNSTORABLE.search(text):
        raise DataNotStorable(_("The text holds a character that cannot be stored."))
    return text


def _clean_number(number: float) -> float:
    if isinstance(number, int) and not -_INTEGER_BOUND <= number < _INTEGER_BOUND:
        raise DataNotStorable(_("The number %(number)s is too large."), number=number)
    if not math.isfinite(number):
        raise DataNotStorable(_("The data holds a number without a value."))
    return number


def is_same(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal, with `true` not being 1 and 1 not being 1.0."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(is_same(item, right[key]) for key, item in left.items())
    if isinstance(left, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    return bool(left == right)


def digest(value: Any) -> str:
    """Return a short text that is the same for the same JSON value, and practically never for another one."""
    return blake2b(orjson.dumps(value), digest_size=9).hexdigest()


def correlation_text(values: Mapping[str, Any]) -> str:
    """Return the text of a message's correlation: a single value as it is, several as JSON in the order of names."""
    if len(values) == 1:
        (value,) = values.values()
        return value if isinstance(value, str) else orjson.dumps(value).decode()
    return orjson.dumps([values[name] for name in sorted(values)]).decode()
