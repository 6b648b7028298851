"""Compares what is the case with what was expected."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.engine.decisions import DecisionResult
from app.engine.definitions.problems import Problem
from app.engine.scenarios.decide import fired_rules
from app.engine.scenarios.facts import Facts, Place
from app.engine.scenarios.model import Decide, Expect, Refusal


@dataclass(frozen=True)
class Failure:
    """One thing that did not come as expected.

    Attributes:
        what: the name of the step, or of what was expected in it.
        step: its number, from 1; 0 is the start.
        where: what the instances wait for.
    """

    what: str
    message: str
    expected: Any
    got: Any
    line: int
    step: int = 0
    where: str = ""


def compare(step: Expect, facts: Facts) -> Iterator[Failure]:
    """Return what does not hold."""
    for check in step.checks:
        for message, expected, got in _CHECKS[check.what](check.value, facts):
            yield Failure(check.what, message, expected, got, check.line)


def compare_decision(step: Decide, result: DecisionResult) -> Iterator[Failure]:
    """Return what was decided otherwise than expected."""
    if step.compares and not same(step.expected, result.output):
        yield Failure("decision", "Something else was decided.", step.expected, result.output, step.line)
    fired = fired_rules(result)
    if step.rules is not None and step.rules != fired:
        yield Failure("decision", "Other rules held.", list(step.rules), list(fired), step.line)


def compare_refusal(wanted: Sequence[Refusal], problems: Sequence[Problem]) -> Iterator[Failure]:
    """Return each reason for which the files should have been refused, and were not."""
    errors = [problem for problem in problems if problem.severity == "error"]
    for one in wanted:
        if not any(
            one.code == error.code and one.element in ("", error.element_id) and one.line in (0, error.line)
            for error in errors
        ):
            expected = {"code": one.code, "element": one.element, "line": one.line}
            got = [{"code": error.code, "element": error.element_id, "line": error.line} for error in errors]
            message = "The files are refused, but not because of this." if errors else "The files are not refused."
            yield Failure(
                "refused", message, {name: value for name, value in expected.items() if value}, got, one.written
            )


def same(expected: Any, got: Any) -> bool:
    """Whether two JSON values are equal; numbers by value, lists and mappings in every entry."""
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, int | float) and isinstance(got, int | float):
        return expected == got or math.isclose(expected, got, rel_tol=1e-12)
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(same(value, got[name]) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(same, expected, got))
    return type(expected) is type(got) and bool(expected == got)


_Found = Iterator[tuple[str, Any, Any]]


def _state(expected: str, facts: Facts) -> _Found:
    if expected != facts.state:
        yield "The instance is in another state.", expected, facts.state


def _places(expected: Sequence[str], places: Iterable[Place]) -> _Found:
    got = [place.element_id for place in places]
    if Counter(expected) != Counter(got):
        missing, other = Counter(expected) - Counter(got), Counter(got) - Counter(expected)
        words = [f"missing: {', '.join(missing.elements())}"] if missing else []
        words += [f"not expected: {', '.join(other.elements())}"] if other else []
        yield "; ".join(words), list(expected), got


def _data(expected: Mapping[str, Any], facts: Facts) -> _Found:
    for name, value in expected.items():
        # What was never written is null, as in FEEL.
        got = facts.data.get(name)
        if not same(value, got):
            there = "" if name in facts.data else " (there is no such name)"
            yield f"«{name}» has another value{there}.", value, got


def _visited(expected: Sequence[str], facts: Facts) -> _Found:
    missing = [element for element in expected if element not in set(facts.reached)]
    if missing:
        yield f"never reached: {', '.join(missing)}", list(expected), list(facts.reached)


def _not_visited(expected: Sequence[str], facts: Facts) -> _Found:
    wrong = [element for element in expected if element in set(facts.reached)]
    if wrong:
        yield f"reached: {', '.join(wrong)}", list(expected), list(facts.reached)


def _order(expected: Sequence[str], facts: Facts) -> _Found:
    rest = iter(facts.reached)
    for element in expected:
        if element not in rest:
            yield f"«{element}» does not come in this place.", list(expected), list(facts.reached)
            return


def _count(expected: Mapping[str, int], facts: Facts) -> _Found:
    got = Counter(facts.reached)
    for element, number in expected.items():
        if got[element] != number:
            yield f"«{element}» was reached another number of times.", number, got[element]


def _incidents(expected: int | Sequence[Mapping[str, str]], facts: Facts) -> _Found:
    got = [dict(incident) for incident in facts.incidents]
    if isinstance(expected, int):
        if expected != len(got):
            yield "There is another number of incidents.", expected, got
        return
    rest = list(got)
    for wanted in expected:
        found = next((one for one in rest if _fits(wanted, one)), None)
        if found is None:
            yield "There is no such incident.", dict(wanted), got
        else:
            rest.remove(found)
    if rest and len(got) > len(expected):
        yield "There are incidents that were not expected.", [dict(one) for one in expected], got


def _fits(wanted: Mapping[str, str], got: Mapping[str, str]) -> bool:
    return all(value == got[name] if name == "element" else value in got[name] for name, value in wanted.items())


def _instances(expected: int | Mapping[str, int], facts: Facts) -> _Found:
    got = dict(facts.instances)
    if isinstance(expected, int):
        if expected != sum(got.values()):
            yield "There is another number of instances.", expected, got
        return
    for key, number in expected.items():
        if got.get(key, 0) != number:
            yield f"«{key}» has another number of instances.", number, got.get(key, 0)


def _at(expected: Any, facts: Facts) -> _Found:
    if expected != facts.at:
        yield "It is another time.", expected.isoformat(), facts.at.isoformat()


_CHECKS: Mapping[str, Callable[[Any, Facts], _Found]] = {
    "state": _state,
    "open": lambda expected, facts: _places(expected, facts.standing.open),
    "calls": lambda expected, facts: _places(expected, facts.standing.calls),
    "waiting": lambda expected, facts: _places(expected, facts.standing.waiting),
    "data": _data,
    "visited": _visited,
    "not_visited": _not_visited,
    "order": _order,
    "count": _count,
    "incidents": _incidents,
    "instances": _instances,
    "at": _at,
}
