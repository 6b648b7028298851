"""Decisions ready to be evaluated, and what an evaluation gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.engine.decisions.running import DecisionRun
from app.engine.expressions import ExpressionBudgetExceeded, Value, to_json
from app.kernel.i18n import _


@dataclass(frozen=True)
class DecisionResult:
    """What was decided.

    Attributes:
        output: a JSON value: of a table with one output that output, with several a context of them, a
            list of either for the hit policies RULE ORDER, OUTPUT ORDER and COLLECT; null when nothing
            could be decided, for example because two rules of a UNIQUE table match.
        trace: a list, one entry for each table or expression that was evaluated, required ones first:
            `decision`, `name`, `output`; of a table also `hit_policy`, `inputs` (label, expression, value), `rules`
            (number, description, annotations, outputs with label and value), `default_used`, `problem`
            (a sentence, or empty); of an expression `expression`.
    """

    output: Any
    trace: list[dict[str, Any]]


@dataclass(frozen=True)
class Decision:
    """A decision with everything it requires.

    Attributes:
        key: its id in the file.
        names: variables that it and what it requires need from the context.
        requires: keys of the decisions it requires.
    """

    key: str
    name: str
    names: frozenset[str]
    requires: tuple[str, ...]
    value: Callable[[DecisionRun], Value]

    def evaluate(self, context: Mapping[str, Any]) -> DecisionResult:
        """Return what is decided about plain JSON values.

        Raises:
            ExpressionBudgetExceeded: it costs more than a decision may.
        """
        run = DecisionRun(context)
        try:
            output = self.value(run)
        except RecursionError:
            raise ExpressionBudgetExceeded(_("The decision is nested too deeply.")) from None
        return DecisionResult(to_json(output), run.trace)
