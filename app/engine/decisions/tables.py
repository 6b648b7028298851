"""Decision tables."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.engine.decisions.compiling import Compiling, nothing
from app.engine.decisions.hit_policies import (
    POLICIES,
    WITHOUT_MATCH,
    Match,
    Outputs,
    Ranking,
    Verdict,
    value_of,
)
from app.engine.decisions.running import DecisionRun, json_of
from app.engine.decisions.source import Element, child, children, name_of, text_in
from app.engine.expressions import Value
from app.engine.expressions.code import Code
from app.engine.expressions.compiler import INPUT
from app.engine.expressions.reading import read_date, read_date_time, read_duration, read_time
from app.engine.expressions.scope import Scope
from app.engine.expressions.types import Type
from app.kernel.i18n import _

_SHORT = {
    "U": "UNIQUE",
    "A": "ANY",
    "F": "FIRST",
    "P": "PRIORITY",
    "R": "RULE ORDER",
    "O": "OUTPUT ORDER",
    "C": "COLLECT",
}
_READERS = {
    "date": read_date,
    "time": read_time,
    "date and time": read_date_time,
    "days and time duration": read_duration,
    "years and months duration": read_duration,
}


@dataclass(frozen=True)
class _Column:
    """An input of a table."""

    label: str
    text: str
    code: Code
    type: Type
    allowed: Code | None


@dataclass(frozen=True)
class _Output:
    """An output of a table."""

    name: str
    label: str
    type: Type
    priorities: Code
    default: Code | None
    allowed: Code | None

    def fitting(self, value: Value, scope: Scope) -> Value:
        """Return the value as this output's type, or null when it is none of its values."""
        typed = self.type.coerce(value)
        if self.allowed is None or self.allowed(scope.inner({INPUT: typed})) is True:
            return typed
        scope.run.note(f"“{self.label}” cannot have this value.")
        return None


@dataclass(frozen=True)
class _Rule:
    """A row of a table."""

    number: int
    tests: tuple[Code | None, ...]
    outputs: tuple[Code, ...]
    description: str
    annotations: tuple[str, ...]


@dataclass(frozen=True)
class _Table:
    """A table ready to be evaluated."""

    element_id: str
    policy: str
    columns: tuple[_Column, ...]
    outputs: tuple[_Output, ...]
    rules: tuple[_Rule, ...]
    reads_dates: bool

    def __call__(self, scope: Scope) -> Value:
        """Return the table's result and record how it came about."""
        inputs = [self._input(column, scope) for column in self.columns]
        unfit = self._unfit(inputs, scope)
        verdict = self._verdict([None if n in unfit else value for n, value in enumerate(inputs)], scope)
        if unfit and not verdict.chosen:
            labels = "”, “".join(self.columns[n].label for n in unfit)
            verdict = replace(verdict, problem=_("“%s” has a value that the table does not know.") % labels)
        if isinstance(scope.run, DecisionRun):
            self._record(scope.run, inputs, verdict)
        return verdict.value

    def _input(self, column: _Column, scope: Scope) -> Value:
        value = column.code(scope)
        if self.reads_dates and isinstance(value, str) and column.type.kind in _READERS:
            return _READERS[column.type.kind](value)
        return column.type.coerce(value)

    def _unfit(self, inputs: Sequence[Value], scope: Scope) -> list[int]:
        """Return the places of the inputs whose values the table does not know; they count as null."""
        pairs = enumerate(zip(self.columns, inputs, strict=True))
        return [n for n, (column, value) in pairs if not self._is_allowed(column, value, scope)]

    def _is_allowed(self, column: _Column, value: Value, scope: Scope) -> bool:
        allowed = column.allowed
        if allowed is None:
            return True
        values = value if isinstance(value, list) else [value]
        return all(allowed(scope.inner({INPUT: entry})) is True for entry in values)

    def _verdict(self, inputs: Sequence[Value], scope: Scope) -> Verdict:
        matches = [self._match(rule, scope) for rule in self.rules if self._matches(rule, inputs, scope)]
        if matches:
            return POLICIES[self.policy](matches, self._ranking(scope))
        defaults = self._defaults(scope)
        if defaults is not None:
            return Verdict(value_of(defaults))
        value = WITHOUT_MATCH.get(self.policy, lambda: None)()
        return Verdict(value, (), "" if value is not None else _("No rule matches."))

    def _matches(self, rule: _Rule, inputs: Sequence[Value], scope: Scope) -> bool:
        scope.run.charge()
        for test, value in zip(rule.tests, inputs, strict=True):
            if test is not None and test(scope.inner({INPUT: value})) is not True:
                return False
        return True

    def _match(self, rule: _Rule, scope: Scope) -> Match:
        outputs: Outputs = {}
        for output, code in zip(self.outputs, rule.outputs, strict=True):
            outputs[output.name] = output.fitting(code(scope), scope)
        return Match(rule.number, outputs)

    def _ranking(self, scope: Scope) -> Ranking:
        if self.policy not in ("PRIORITY", "OUTPUT ORDER"):
            return Ranking(scope.run, {})
        return Ranking(scope.run, {output.name: output.priorities(scope) or [] for output in self.outputs})

    def _defaults(self, scope: Scope) -> Outputs | None:
        if all(output.default is None for output in self.outputs):
            return None
        return {output.name: (output.default or nothing)(scope) for output in self.outputs}

    def _record(self, run: DecisionRun, inputs: Sequence[Value], verdict: Verdict) -> None:
        run.record(
            table=self.element_id,
            hit_policy=self.policy,
            inputs=[
                {"label": column.label, "expression": column.text, "value": json_of(value)}
                for column, value in zip(self.columns, inputs, strict=True)
            ],
            rules=[self._recorded(match) for match in verdict.chosen],
            default_used=not verdict.chosen and not verdict.problem,
            output=json_of(verdict.value),
            problem=verdict.problem,
        )

    def _recorded(self, match: Match) -> dict[str, Any]:
        rule = self.rules[match.number - 1]
        return {
            "number": match.number,
            "description": rule.description,
            "annotations": list(rule.annotations),
            "outputs": [
                {"label": output.label, "value": json_of(match.outputs[output.name])} for output in self.outputs
            ],
        }


def compile_table(element: Element, place: Compiling) -> Code:
    """Return the code of a `decisionTable`."""
    columns = tuple(_column(part, place) for part in children(element, "input"))
    outputs = _outputs(element, place)
    rules = tuple(
        _rule(number, part, place, (len(columns), len(outputs)))
        for number, part in enumerate(children(element, "rule"), 1)
    )
    if not outputs:
        place.source.problem(element, "no_output", _("The decision table has no output."))
    return _Table(element.get("id") or "", _policy(element, place), columns, outputs, rules, place.source.strict)


def _policy(element: Element, place: Compiling) -> str:
    written = (element.get("hitPolicy") or "UNIQUE").upper()
    policy = _SHORT.get(written, written)
    aggregation = (element.get("aggregation") or "").upper()
    if policy == "COLLECT" and aggregation:
        policy = f"COLLECT {aggregation}"
    if policy not in POLICIES:
        place.source.problem(element, "hit_policy", _("There is no hit policy “%(policy)s”."), policy=policy)
        return "UNIQUE"
    return policy


def _column(element: Element, place: Compiling) -> _Column:
    expression = child(element, "inputExpression")
    text = text_in(expression)
    if not text:
        place.source.problem(element, "expression", _("An input of the decision table has no expression."))
    kind = place.types.of(expression)
    allowed = place.values(child(element, "inputValues"))
    return _Column(element.get("label") or text, text, place.expression(expression), kind, allowed)


def _outputs(element: Element, place: Compiling) -> tuple[_Output, ...]:
    parts = list(children(element, "output"))
    outputs = []
    for part in parts:
        name = name_of(part) if len(parts) > 1 else ""
        if len(parts) > 1 and not name:
            place.source.problem(part, "no_name", _("Each of several outputs needs a name."))
        values = text_in(child(part, "outputValues"))
        values = "" if values == "-" else values
        default = child(part, "defaultOutputEntry")
        label = part.get("label") or name_of(part) or element.get("outputLabel") or ""
        outputs.append(
            _Output(
                name,
                label,
                place.types.of(part),
                place.feel(f"[{values}]", part) if values else nothing,
                place.expression(default) if text_in(default) else None,
                place.values(child(part, "outputValues")),
            )
        )
    return tuple(outputs)


def _rule(number: int, element: Element, place: Compiling, size: tuple[int, int]) -> _Rule:
    tests = tuple(place.tests(part) for part in children(element, "inputEntry"))
    outputs = tuple(_output_code(part, place) for part in children(element, "outputEntry"))
    if (len(tests), len(outputs)) != size:
        place.source.problem(
            element, "row_length", _("Rule %(number)s has not as many cells as the table has columns."), number=number
        )
    tests = (*tests, *(None,) * size[0])[: size[0]]
    outputs = (*outputs, *(nothing,) * size[1])[: size[1]]
    description = child(element, "description")
    return _Rule(
        number,
        tests,
        outputs,
        " ".join((description.text or "").split()) if description is not None else "",
        tuple(text_in(part) for part in children(element, "annotationEntry")),
    )


def _output_code(element: Element, place: Compiling) -> Code:
    return nothing if text_in(element) == "-" else place.expression(element)
