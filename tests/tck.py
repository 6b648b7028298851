"""Runs test cases of the DMN Technology Compatibility Kit: `python -m tests.tck FOLDER`.

Prints passed and failed of every model below FOLDER, with `-v` each failure, and ends with `N passed, M failed`.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from app.engine.decisions import DecisionError, Model, parse_model
from app.engine.decisions.running import DecisionRun
from app.engine.expressions import ExpressionBudgetExceeded, Function, Value
from app.engine.expressions.comparison import is_same
from app.engine.expressions.reading import read_date, read_date_time, read_duration, read_time
from app.engine.expressions.run import Run
from app.engine.expressions.scope import Scope

Element = etree._Element
NOW = datetime(2026, 4, 30, 12, tzinfo=UTC)
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_NUMBERS = ("decimal", "double", "integer", "int", "float", "long")
_CALLED = {"decisionService": "decisionService", "bkm": "businessKnowledgeModel"}
_READERS: dict[str, Any] = {
    "date": read_date,
    "time": read_time,
    "dateTime": read_date_time,
    "duration": read_duration,
    "dayTimeDuration": read_duration,
    "yearMonthDuration": read_duration,
}


def value_of(element: Element) -> Value:
    """Return the value that a node of a test file holds."""
    components = element.findall("{*}component")
    if components:
        return {part.get("name") or "": value_of(part) for part in components}
    entries = element.find("{*}list")
    if entries is not None:
        nothing = entries.get(_NIL) == "true"
        return None if nothing else [value_of(item) for item in entries.findall("{*}item")]
    single = element.find("{*}value")
    if single is None or single.get(_NIL) == "true" or element.get(_NIL) == "true":
        return None
    return typed((single.get(_TYPE) or "").rpartition(":")[2], single.text or "")


def typed(kind: str, text: str) -> Value:
    """Return the value of a text of an XML Schema type."""
    if kind in _READERS:
        return _READERS[kind](text.strip())
    if kind == "boolean":
        return text.strip() == "true"
    return Decimal(text.strip()) if kind in _NUMBERS else text


def agrees(expected: Value, actual: Value) -> bool:
    """Return whether the result is the expected one; numbers may differ in the ninth digit."""
    if isinstance(expected, Decimal) and isinstance(actual, Decimal):
        return abs(expected - actual) <= Decimal("1e-8") * max(Decimal(1), abs(expected))
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(agrees, expected, actual))
    if isinstance(expected, dict) and isinstance(actual, dict):
        same_keys = expected.keys() == actual.keys()
        return same_keys and all(agrees(expected[key], actual[key]) for key in expected)
    return is_same(expected, actual, Run({}))


def results_of(model: Model, case: Element) -> Iterator[tuple[str, Value, Value]]:
    """Yield (name, expected, actual) for every result of a case."""
    context: dict[str, Value] = {"now": NOW}
    for node in case.findall("{*}inputNode"):
        context[node.get("name") or ""] = value_of(node)
    for node in case.findall("{*}resultNode"):
        expected = node.find("{*}expected")
        name = node.get("name") or ""
        yield name, None if expected is None else value_of(expected), evaluated(model, case, name, context)


def evaluated(model: Model, case: Element, name: str, context: dict[str, Value]) -> Value:
    """Return the value of a decision, or of the service or function that the case calls."""
    run = DecisionRun(context)
    kind = _CALLED.get(case.get("type") or "", "decision")
    wanted = name if kind == "decision" else case.get("invocableName") or ""
    called = model.part_named(" ".join(wanted.split()), kind)
    if called is None:
        return "no such part of the model"
    try:
        result = model.value_of(called.id, run)
        if kind != "decision" and isinstance(result, Function):
            scope = Scope(run, {})
            result = result.call(run, [scope.find(parameter) for parameter in result.parameters])
    except (ExpressionBudgetExceeded, RecursionError) as error:
        return f"{type(error).__name__}: {error}"
    return result[name] if isinstance(result, dict) and len(called.outputs) > 1 else result


def run_file(path: Path, verbose: bool) -> tuple[int, int]:
    """Return (passed, failed) of one file of cases."""
    tree = etree.parse(path).getroot()
    model_path = path.parent / (tree.findtext("{*}modelName") or "").strip()
    try:
        model = parse_model(model_path.read_bytes(), model_path.name, strict=False)
    except (DecisionError, OSError) as error:
        print(f"  {path.name}: {error}")  # noqa: T201
        return 0, len(tree.findall("{*}testCase"))
    passed = failed = 0
    for case in tree.findall("{*}testCase"):
        wrong = [result for result in results_of(model, case) if not agrees(*result[1:])]
        passed, failed = passed + (not wrong), failed + bool(wrong)
        for name, expected, actual in wrong if verbose else ():
            print(f"  {path.name} {case.get('id')} {name}: expected {expected!r}, got {actual!r}")  # noqa: T201
    return passed, failed


def main(arguments: Sequence[str]) -> int:
    """Run everything below the folder; return 1 when a case failed."""
    verbose = "-v" in arguments
    folders = [Path(argument) for argument in arguments if argument != "-v"]
    if len(folders) != 1 or not folders[0].is_dir():
        print("Usage: python -m tests.tck FOLDER [-v]")  # noqa: T201
        return 2
    total = [0, 0]
    for path in sorted(folders[0].rglob("*.xml")):
        if etree.QName(etree.parse(path).getroot()).localname != "testCases":
            continue
        passed, failed = run_file(path, verbose)
        total = [total[0] + passed, total[1] + failed]
        print(f"{path.stem}: {passed} passed, {failed} failed")  # noqa: T201
    print(f"{total[0]} passed, {total[1]} failed")  # noqa: T201
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
