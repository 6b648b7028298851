"""Numbers that a browser sends for rows: what no database can hold is the number of nothing."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1


class RowNumber(IntegerConverter):
    """`<int:task_id>` in an address; a larger number belongs to no page."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST, **options})


def row_number(text: str) -> int:
    """Read a number from a form or a query, `request.args.get("before", type=row_number)`.

    Raises:
        ValueError: it is none, or larger than any row's.
    """
    number = int(text) if len(text) <= len(str(LARGEST)) else LARGEST + 1
    if not 0 <= number <= LARGEST:
        raise ValueError(text)
    return number


def init_app(app: Flask) -> None:
    """Let every address take only numbers that a row can have."""
    app.url_map.converters["int"] = RowNumber
