"""Which of the rules that match give the result of a decision table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.engine.expressions import Value
from app.engine.expressions.comparison import is_same
from app.engine.expressions.functions import BUILTINS
from app.engine.expressions.run import Run
from app.kernel.i18n import _

Outputs = dict[str, Value]
"""The outputs of one rule by name; a table with one output has the name ""."""


@dataclass(frozen=True)
class Match:
    """A rule that matches: its number, counted from 1, and its outputs."""

    number: int
    outputs: Outputs


@dataclass(frozen=True)
class Verdict:
    """The result of a table; `problem` says why there is none."""

    value: Value
    chosen: Sequence[Match] = ()
    problem: str = ""


@dataclass(frozen=True)
class Ranking:
    """The outputs' allowed values in order of priority, by output name."""

    run: Run
    order: dict[str, list[Value]]

    def key(self, match: Match) -> list[int]:
        """Return what sorts the more important rules first."""
        return [self._place(match.outputs[name], values) for name, values in self.order.items() if values]

    def _place(self, output: Value, values: list[Value]) -> int:
        return next((n for n, value in enumerate(values) if is_same(value, output, self.run)), len(values))


Policy = Callable[[Sequence[Match], Ranking], Verdict]


def value_of(outputs: Outputs) -> Value:
    """Return the outputs as one value: the single one itself, several as a context."""
    return outputs[""] if "" in outputs else dict(outputs)


def _one(match: Match) -> Verdict:
    return Verdict(value_of(match.outputs), (match,))


def _several(matches: Sequence[Match]) -> Verdict:
    return Verdict([value_of(match.outputs) for match in matches], matches)


def _unique(matches: Sequence[Match], _ranking: Ranking) -> Verdict:
    if len(matches) > 1:
        numbers = ", ".join(str(match.number) for match in matches)
        return Verdict(None, matches, _("Only one rule may match, but these do: %s.") % numbers)
    return _one(matches[0])


def _any(matches: Sequence[Match], ranking: Ranking) -> Verdict:
    first = value_of(matches[0].outputs)
    if not all(is_same(first, value_of(match.outputs), ranking.run) for match in matches):
        return Verdict(None, matches, _("The rules that match give different results."))
    return Verdict(first, matches)


def _first(matches: Sequence[Match], _ranking: Ranking) -> Verdict:
    return _one(matches[0])


def _priority(matches: Sequence[Match], ranking: Ranking) -> Verdict:
    return _one(min(matches, key=ranking.key))


def _rule_order(matches: Sequence[Match], _ranking: Ranking) -> Verdict:
    return _several(matches)


def _output_order(matches: Sequence[Match], ranking: Ranking) -> Verdict:
    return _several(sorted(matches, key=ranking.key))


def _aggregate(function: str) -> Policy:
    def policy(matches: Sequence[Match], ranking: Ranking) -> Verdict:
        result: Outputs = {}
        for name in matches[0].outputs:
            values = [match.outputs[name] for match in matches]
            result[name] = BUILTINS[function].call(ranking.run, [values])
        return Verdict(value_of(result), matches)

    return policy


POLICIES: dict[str, Policy] = {
    "UNIQUE": _unique,
    "ANY": _any,
    "FIRST": _first,
    "PRIORITY": _priority,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
    "COLLECT": _rule_order,
    "COLLECT SUM": _aggregate("sum"),
    "COLLECT MIN": _aggregate("min"),
    "COLLECT MAX": _aggregate("max"),
    "COLLECT COUNT": _aggregate("count"),
}
WITHOUT_MATCH: dict[str, Callable[[], Value]] = {
    "RULE ORDER": list,
    "OUTPUT ORDER": list,
    "COLLECT": list,
    "COLLECT COUNT": lambda: Decimal(0),
}
"""What a table without a default gives when no rule matches; the others give null."""
