"""Hostile durations, cycles and dates: each is refused with its line."""

import pytest

from app.engine.definitions.check import lint
from tests.engine.diagrams import END, START, a_diagram, after, boundary, every, user_task

TIMES = [
    *("-PT5M", "garbageT5M", "", "P", "PT", "PT٥M", "PT5M ; rm", "P 1 D", "P999999999M", "PT100000000000000000000S"),
    *("P100Y", "0 0 * * *", "@daily", "2026-02-29", "24:00", "PT1H/PT2H", "P1.5Y", "R5/", "++P1D", "P1D\u200b", "p1d"),
]
CYCLES = [
    "R-1",
    "R-5/PT1H",
    "R/PT0S",
    "R1000000000000/PT1S",
    "R/P",
    "R2/2026/PT1H",
    "R٣/PT1H",
    "PT1H",
    "R/-PT1H",
    "R3/PT",
]
DATES = [
    "0000-01-01",
    "2026-02-29",
    "2026-13-01",
    "2026-01-01T24:61",
    "2026-W54-1",
    "tomorrow",
    "99999-01-01",
    "2026-01-01T10:00:00+99:00",
]


def codes(definition: str, *, beside: bool = False) -> set[str]:
    if beside:
        act = user_task("act") + boundary("b", "act", definition, False) + "\nb -> done\n"
    else:
        act = f'<intermediateCatchEvent id="act">{definition}</intermediateCatchEvent>'
    drawn = a_diagram(f"{START}{act}{END}\nbegun -> act\nact -> done\n")
    return {problem.code for problem in lint({"main.bpmn": drawn}) if problem.severity == "error" and problem.line}


@pytest.mark.parametrize("text", TIMES)
def test_a_hostile_duration_is_refused(text: str) -> None:
    assert codes(after(text)) & {"bad_time", "no_time", "bad_expression"}


@pytest.mark.parametrize("text", CYCLES)
def test_a_hostile_cycle_is_refused(text: str) -> None:
    assert codes(every(text), beside=True) & {"bad_time", "no_time"}


@pytest.mark.parametrize("text", DATES)
def test_a_hostile_date_is_refused(text: str) -> None:
    assert codes(f"<timerEventDefinition><timeDate>{text}</timeDate></timerEventDefinition>") & {"bad_time", "no_time"}
