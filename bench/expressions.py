"""How long expressions and decisions take: `python -m bench.expressions [SECONDS]` prints a table.

Each line is timed in CPU time of this process, several times; the best and the median are printed, per evaluation.
"""

import statistics
import sys
import time
from collections.abc import Callable, Sequence

from app.engine.decisions import parse_decisions
from app.engine.expressions import compile_expression, compile_script

DATA = {
    "сумма баллов": 34,
    "decision": "return",
    "school": {"name": "МБОУ СОШ № 1", "pupils": 640, "risk": "high"},
    "rows": [{"status": "done" if n % 3 else "open", "cost": n} for n in range(50)],
    "кол-во школ": 5,
    **{f"field_{n}": n for n in range(40)},
}
TABLE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="n" name="m">
<decision id="level" name="level"><variable name="level"/><decisionTable hitPolicy="FIRST">
<input><inputExpression><text>points</text></inputExpression></input>
<input><inputExpression><text>kind</text></inputExpression></input><output/>
<rule><inputEntry><text>&lt; 10</text></inputEntry><inputEntry><text>-</text></inputEntry>
<outputEntry><text>"low"</text></outputEntry></rule>
<rule><inputEntry><text>[10..30)</text></inputEntry><inputEntry><text>"school", "lyceum"</text></inputEntry>
<outputEntry><text>"middle"</text></outputEntry></rule>
<rule><inputEntry><text>-</text></inputEntry><inputEntry><text>-</text></inputEntry>
<outputEntry><text>"high"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
EXPRESSIONS = {
    "a gateway's condition": 'сумма баллов >= 30 and decision = "return"',
    "a name with a sign": "кол-во школ > 3",
    "a path": 'school.risk = "high" and school.pupils > 500',
    "a filter over 50 rows": 'count(rows[status = "done"]) >= 30',
    "some, over 50 rows": "some row in rows satisfies row.cost > 45",
    "dates": 'date("2026-04-30") + duration("P10D") > date("2026-05-01")',
    "a text": 'string join(for row in rows return row.status, ", ")',
    "a pattern": 'matches(school.name, "^МБОУ.*[0-9]+$")',
}
_ROUNDS = 7


def per_call(work: Callable[[], object], seconds: float) -> tuple[float, float]:
    """Return (best, median) microseconds of one call."""
    work()
    begin, calls = time.process_time(), 0
    while time.process_time() - begin < seconds / _ROUNDS / 4:
        work()
        calls += 1
    calls = max(1, calls * 3)
    found = []
    for _round in range(_ROUNDS):
        begin = time.process_time()
        for _call in range(calls):
            work()
        found.append((time.process_time() - begin) / calls * 1e6)
    return min(found), statistics.median(found)


def measured() -> dict[str, Callable[[], object]]:
    """Return what is timed, by what it is."""
    found: dict[str, Callable[[], object]] = {}
    for name, text in EXPRESSIONS.items():
        expression = compile_expression(text)
        found[name] = lambda expression=expression: expression.evaluate(DATA)  # type: ignore[misc]
    script = compile_script('{tries: field_1 + 1, outcome: if tries >= 3 then "leaves" else "stays"}')
    decision = parse_decisions(TABLE, "level.dmn")[0]
    gateway = EXPRESSIONS["a gateway's condition"]
    found["a script of two entries"] = lambda: script.evaluate(DATA)
    found["a table of three rules, with its trace"] = lambda: decision.evaluate({"points": 20, "kind": "school"})
    found["compiling the gateway's condition"] = lambda: compile_expression(gateway)
    return found


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    seconds = float(arguments[0]) if arguments else 0.5
    print(f"{'':42}{'best':>10}{'median':>10}")
    for name, work in measured().items():
        best, median = per_call(work, seconds)
        print(f"{name:42}{best:8.1f}µs{median:8.1f}µs")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
