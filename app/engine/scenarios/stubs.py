"""The answers that a scenario gives in place of the operations of service tasks."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.engine.expressions import compile_expression, to_json
from app.engine.instances.outcome import Call
from app.engine.scenarios.model import Answer


class Stubs:
    """Standing answers by element or operation; the n-th call gets the n-th answer, later ones the last."""

    def __init__(self, answers: Mapping[str, tuple[Answer, ...]]) -> None:
        self._answers = answers
        self._asked: Counter[str] = Counter()

    def answer(self, call: Call) -> Answer | None:
        """Return the answer to a call; one for its element goes before one for its operation."""
        name = call.element_id if call.element_id in self._answers else call.operation
        answers = self._answers.get(name)
        if not answers:
            return None
        turn = self._asked[name]
        self._asked[name] += 1
        return answers[min(turn, len(answers) - 1)]


def result_of(answer: Answer, call: Call | None, now: datetime, time_zone: str = "UTC") -> Any:
    """Return the result with its FEEL texts evaluated on the parameters and the data of the call.

    Raises:
        Invalid: an expression is none, or costs too much.
    """
    known = {} if call is None else {**call.data, **call.parameters}
    today = now.astimezone(ZoneInfo(time_zone)).date()
    return _filled(answer.result, {"now": now, "today": today, **known})


def _filled(value: Any, context: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("="):
        return to_json(compile_expression(value[1:]).evaluate(context))
    if isinstance(value, dict):
        return {name: _filled(item, context) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, context) for item in value]
    return value
