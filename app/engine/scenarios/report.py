"""Says how scenarios went: for people, and as JSON for programs."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from app.engine.definitions.problems import Problem
from app.engine.scenarios.play import Result

_PROBLEM = ("file", "line", "element_id", "code", "severity", "message")


def as_json(result: Result) -> str:
    """Return one line of JSON."""
    return json.dumps(_facts(result) | {"failures": _failures(result)}, ensure_ascii=False, default=str)


def _failures(result: Result) -> list[dict[str, Any]]:
    problems = _plain_problems(result.problems)
    if result.crash:
        problems.append({"what": "internal", "message": result.crash, "line": result.line})
    return problems + [asdict(failure) for failure in result.failures]


def _plain_problems(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [{name: getattr(problem, name) for name in _PROBLEM} for problem in problems]


def _facts(result: Result) -> dict[str, Any]:
    facts = result.facts
    about = {"file": result.file, "name": result.name, "line": result.line, "ok": result.ok}
    if facts is None:
        state = "error" if result.crash else "refused"
        nothing: list[str] = []
        lists = dict.fromkeys(("order", "open", "calls", "waiting", "incidents"), nothing)
        refused = {"refused": _plain_problems(result.refused)} if result.refused else {}
        return about | {"state": state, "data": {}, "visited": {}, "instances": {}} | lists | refused
    standing = facts.standing
    return about | {
        "state": facts.state,
        "data": dict(facts.data),
        "visited": dict(Counter(facts.reached)),
        "order": list(facts.reached),
        "open": [place.element_id for place in standing.open],
        "calls": [place.element_id for place in standing.calls],
        "waiting": [place.element_id for place in standing.waiting],
        "incidents": [dict(incident) for incident in facts.incidents],
        "instances": dict(facts.instances),
        "at": facts.at.isoformat(),
    }


def as_text(result: Result) -> Iterator[str]:
    """Return the lines that a person reads."""
    title = f"{result.file} ({result.name})" if result.name else result.file
    if result.problems:
        yield f"unusable  {title}"
        for problem in result.problems:
            kind = "warning: " if problem.severity == "warning" else ""
            yield f"  {problem.file}:{problem.line} {problem.element_id or '-'}: {kind}{problem.message}"
        return
    if result.crash:
        yield f"CRASHED   {title}"
        yield f"  {result.crash}"
        return
    yield f"{'ok      ' if result.ok else 'FAILED  '}  {title}"
    for failure in result.failures:
        step = f"step {failure.step}" if failure.step else "start"
        yield f"  {result.file}:{failure.line} {step}, {failure.what}: {failure.message}"
        if failure.expected is not None or failure.got is not None:
            yield f"    expected: {_plain(failure.expected)}"
            yield f"    got:      {_plain(failure.got)}"
        if failure.where:
            yield f"    where:    {failure.where}"


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
