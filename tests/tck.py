"""Runs test cases of the DMN Technology Compatibility Kit: `python -m tests.tck FOLDER`.

Prints passed and failed of every model below FOLDER, with `-v` each failure, and ends with `N passed, M failed`.
Cases that call Java are neither: they are counted as skipped, with the reason.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from app.engine.decisions import DecisionError, Model, parse_model
from app.engine.decisions.model import Part
from app.engine.decisions.running import DecisionRun
from app.engine.expressions import ExpressionBudgetExceeded, Function, Value
from app.engine.expressions.comparison import is_same
from app.engine.expressions.reading import read_date, read_date_time, read_duration, read_time
from app.engine.expressions.run import Run
from app.engine.expressions.scope import Scope

Element = etree._Element
NOW = datetime(2026, 4, 30, 12, tzinfo=UTC)
SKIPPED = "calls a function written in Java, which Vekha refuses"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_NUMBERS = ("decimal", "double", "integer", "int", "float", "long", "short", "byte")
_CALLED = {"decisionService": "decisionService", "bkm": "businessKnowledgeModel"}
_READERS: dict[str, Any] = {
    "date": read_date,
    "time": read_time,
    "dateTime": read_date_time,
    "duration": read_duration,
    "dayTimeDuration": read_duration,
    "yearMonthDuration": read_duration,
}


class Nowhere(Exception):
    """The model has no part of that name."""


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
        return text.strip() in ("true", "1")
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


def context_of(case: Element) -> dict[str, Value]:
    """Return what a case hands in, by name, and by name in its namespace where one is given."""
    context: dict[str, Value] = {"now": NOW}
    for node in case.findall("{*}inputNode"):
        name, namespace = " ".join((node.get("name") or "").split()), node.get("namespace")
        context[f"{namespace}#{name}" if namespace else name] = value_of(node)
    return context


def part_of(model: Model, case: Element, node: Element) -> Part:
    """Return the decision, or the service or function that a case calls.

    Raises:
        Nowhere: the model has none of that name.
    """
    called = case.get("type") in _CALLED and case.get("invocableName")
    name = " ".join((called or node.get("name") or "").split())
    kinds = (case.get("type") if called else node.get("type"), "decision", *_CALLED)
    for kind in kinds:
        part = model.part_named(name, _CALLED.get(kind or "", "decision"))
        if part is not None:
            return part
    raise Nowhere(f"The model has no “{name}”.")


def result_of(model: Model, part: Part, name: str, context: dict[str, Value]) -> Value:
    """Return the value of a part: of a service or function, what it gives for the values handed in."""
    run = DecisionRun(context)
    try:
        result = model.value_of(part.id, run)
        if part.kind != "decision" and isinstance(result, Function):
            scope = Scope(run, {})
            result = result.call(run, [scope.find(parameter) for parameter in result.parameters])
    except (ExpressionBudgetExceeded, RecursionError) as error:
        return f"{type(error).__name__}: {error}"
    return result[name] if isinstance(result, dict) and len(part.outputs) > 1 and name in result else result


def wrong_results(model: Model, case: Element) -> Iterator[str]:
    """Yield a sentence about every result of a case that is not the expected one.

    Raises:
        Nowhere: the model has no such part.
    """
    context = context_of(case)
    for node in case.findall("{*}resultNode"):
        expected_node, name = node.find("{*}expected"), node.get("name") or ""
        expected = None if expected_node is None else value_of(expected_node)
        actual = result_of(model, part_of(model, case, node), name, context)
        if not agrees(expected, actual):
            yield f"{name}: expected {expected!r}, got {actual!r}"


def needs_java(model: Model, case: Element) -> bool:
    """Return whether the case calls a function written in Java."""
    parts = [part_of(model, case, node) for node in case.findall("{*}resultNode")]
    return any(needed.external for part in parts for needed in model.reachable(part))


def outcome_of(model: Model, case: Element, say: str, verbose: bool) -> str:
    """Return passed, failed or skipped."""
    try:
        if needs_java(model, case):
            print(f"  {say} skipped: {SKIPPED}")  # noqa: T201
            return "skipped"
        wrong = list(wrong_results(model, case))
    except Nowhere as error:
        wrong = [str(error)]
    for sentence in wrong if verbose else ():
        print(f"  {say} {sentence}")  # noqa: T201
    return "failed" if wrong else "passed"


def library_of(folder: Path, main: Path) -> dict[str, bytes]:
    """Return the other models of a folder and below it by their namespaces, nearer files first."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*.dmn"), key=lambda path: (len(path.parts), path)):
        if path != main:
            xml = path.read_bytes()
            try:
                found.setdefault(etree.fromstring(xml).get("namespace") or "", xml)
            except etree.XMLSyntaxError:
                continue
    return found


def run_file(path: Path, verbose: bool) -> Counter[str]:
    """Return how many cases of a file passed, failed or were skipped."""
    tree = etree.parse(path).getroot()
    cases = tree.findall("{*}testCase")
    main = path.parent / (tree.findtext("{*}modelName") or "").strip()
    try:
        model = parse_model(main.read_bytes(), main.name, strict=False, library=library_of(main.parent, main))
    except (DecisionError, OSError) as error:
        print(f"  {path.name}: {error}")  # noqa: T201
        return Counter(failed=len(cases))
    return Counter(outcome_of(model, case, f"{path.name} {case.get('id')}", verbose) for case in cases)


def is_test_file(path: Path) -> bool:
    """Return whether a file holds test cases."""
    try:
        return etree.QName(etree.parse(path).getroot()).localname == "testCases"
    except etree.XMLSyntaxError:
        return False


def main(arguments: Sequence[str]) -> int:
    """Run everything below the folder; return 1 when a case failed."""
    verbose = "-v" in arguments
    folders = [Path(argument) for argument in arguments if argument != "-v"]
    if len(folders) != 1 or not folders[0].is_dir():
        print("Usage: python -m tests.tck FOLDER [-v]")  # noqa: T201
        return 2
    total: Counter[str] = Counter()
    for path in filter(is_test_file, sorted(folders[0].rglob("*.xml"))):
        counts = run_file(path, verbose)
        total += counts
        print(f"{path.stem}: {counts['passed']} passed, {counts['failed']} failed")  # noqa: T201
    if total["skipped"]:
        print(f"{total['skipped']} skipped: {SKIPPED}")  # noqa: T201
    print(f"{total['passed']} passed, {total['failed']} failed")  # noqa: T201
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
