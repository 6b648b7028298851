"""Functions that turn a value into another type, and those about null and truth."""

import re
from decimal import Decimal

from app.engine.expressions.comparison import is_same
from app.engine.expressions.functions.registry import Functions
from app.engine.expressions.run import Run
from app.engine.expressions.temporal import offset_of
from app.engine.expressions.values import DECIMAL, Value, finite, kind
from app.engine.expressions.writing import text_of

FUNCTIONS = Functions()
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?")


@FUNCTIONS("string", "from:any")
def string(_run: Run, value: Value) -> Value:
    """Return the value as text; null of null."""
    return None if value is None else text_of(value)


@FUNCTIONS("number", "from:string")
def number_from(run: Run, text: str) -> Value:
    """Return the number that is written in a text, or null."""
    if not _NUMBER.fullmatch(text):
        run.note(f"“{text[:40]}” is no number.")
        return None
    return finite(DECIMAL.create_decimal(text))


@FUNCTIONS("number", "from:number")
def number_itself(_run: Run, number: Decimal) -> Value:
    """Return the number unchanged."""
    return number


@FUNCTIONS("number", "from:string", "grouping separator:string?", "decimal separator:string?")
def number_with(run: Run, text: str, grouping: str | None, decimal: str | None = None) -> Value:
    """Return the number written with these separators."""
    if grouping not in (None, " ", ",", ".") or decimal not in (None, ",", "."):
        return None
    if grouping is not None and grouping == decimal:
        return None
    plain = text.replace(grouping, "") if grouping else text
    if decimal == "," and "." in plain:
        return None
    return number_from(run, plain.replace(decimal, ".") if decimal else plain)


@FUNCTIONS("not", "negand:any")
def negation(_run: Run, negand: Value) -> Value:
    """Return the opposite of true or false; null of anything else."""
    return not negand if isinstance(negand, bool) else None


@FUNCTIONS("is", "value1:any", "value2:any")
def identical(run: Run, one: Value, other: Value) -> Value:
    """Return whether two values are the same and of the same type; times also have to be at the same offset."""
    if kind(one) != kind(other):
        return False
    if kind(one) in ("time", "date and time"):
        return offset_of(one) == offset_of(other) and is_same(one, other, run)
    return is_same(one, other, run)


@FUNCTIONS("get or else", "value:any", "default:any")
def get_or_else(_run: Run, value: Value, default: Value) -> Value:
    """Return the value, or `default` for null."""
    return default if value is None else value


@FUNCTIONS("is defined", "value:any")
def is_defined(_run: Run, value: Value) -> Value:
    """Return whether there is a value; names and paths are looked at before they become null."""
    return value is not None
