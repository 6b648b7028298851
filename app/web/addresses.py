"""Numbers that a browser sends for rows: what no database can hold is the number of nothing."""

import re
from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1
_DIGITS = re.compile(r"[0-9]{1,10}", re.ASCII)


class RowNumber(IntegerConverter):
    """`<int:task_id>` in an address; a larger number, or one in other digits, belongs to no page."""

    regex = _DIGITS.pattern

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST, **options})


def small_int(text: str) -> int | None:
    """Return the number that `text` writes in plain digits; None where it is none, or larger than any row's."""
    text = text.strip()
    number = int(text) if _DIGITS.fullmatch(text) else LARGEST + 1
    return number if number <= LARGEST else None


def row_number(text: str) -> int:
    """Read a number from a form or a query, `request.args.get("before", type=row_number)`.

    Raises:
        ValueError: it is none, or larger than any row's.
    """
    number = small_int(text)
    if number is None:
        raise ValueError(text)
    return number


def init_app(app: Flask) -> None:
    """Let every address take only numbers that a row can have."""
    app.url_map.converters["int"] = RowNumber
