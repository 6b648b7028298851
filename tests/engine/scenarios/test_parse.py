"""Reading scenarios: what is wrong is said with its line."""

from pathlib import Path

import pytest

from app.engine.scenarios.model import Expect, Message
from app.engine.scenarios.parse import parse_scenarios
from tests.engine.scenarios.playing import refused

HEAD = "files: [process.bpmn]\nsteps:\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("file", 1, "a mapping is expected"),
        ("", 1, "no scenario"),
        ("files: [process.bpmn]\nsteps: [", 2, "not YAML"),
        ("steps: []", 1, "names no «files»"),
        ("files: [other.bpmn]", 1, "There is no file «other.bpmn»"),
        ("files: [process.bpmn]\nstart: {dat: {}}", 2, "did you mean «data»?"),
        ("files: [process.bpmn]\nfiles: [process.bpmn]", 2, "stands here twice"),
        ("files: [process.bpmn]\nstart: {at: tomorrow}", 2, "«tomorrow» is not a date"),
        ("files: [process.bpmn]\nstart: {time_zone: Mars}", 2, "no time zone «Mars»"),
        ("files: [process.bpmn]\nstart: {data: !!python/object:os.system {}}", 2, ""),
        ("files: [process.bpmn]\nstart: {data: {a: !!python/name:os.system x}}", 2, "cannot be used"),
        (HEAD + "  - expect: {opne: []}", 3, "did you mean «open»?"),
        (HEAD + "  - expect: {state: done}", 3, "running, completed, failed, cancelled"),
        (HEAD + "  - expect: {count: {a: many}}", 3, "a whole number is expected, not «many»"),
        (HEAD + "  - exepct: {}", 3, "did you mean «expect»?"),
        (HEAD + "  - {complete: a, advance: P1D}", 3, "exactly one of"),
        (HEAD + "  - signal: s\n    data: {}", 4, "has no «data»"),
        (HEAD + "  - advance: P1X", 3, "is not a duration"),
        (HEAD + "  - advance: {}", 3, "is a duration such as P3D"),
        (HEAD + "  - complete: {index: 1}", 3, "«element» is missing"),
        (HEAD + "  - service: {element: a, result: {}, error: b}", 3, "ends in one way"),
        (HEAD + "  - message: {data: {}}", 3, "«name» is missing"),
        (HEAD + "  - cancel: false", 3, "«cancel» is «true»"),
        ("files: [process.bpmn]\nservices: {a: {reslut: 1}}", 2, "did you mean «result»?"),
        ("a: &a [*a]", 1, ""),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    problems = refused(tmp_path, text)

    assert any(number == line and says in message for number, message in problems), problems


def test_data_that_hold_themselves_are_refused(tmp_path: Path) -> None:
    problems = refused(tmp_path, "files: [process.bpmn]\nstart:\n  data: &a {a: *a}")

    assert any("nested too deeply" in message for _line, message in problems)


def test_data_that_explode_are_refused(tmp_path: Path) -> None:
    levels = "".join(f"    l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 9))

    problems = refused(tmp_path, f"files: [process.bpmn]\nstart:\n  data:\n    l0: &l0 [x]\n{levels}")

    assert any("too large" in message for _line, message in problems)


def test_all_problems_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    problems = refused(tmp_path, f"{HEAD}  - expect: {{opne: []}}\n  - complte: a\n---\nfile: x.bpmn\n")

    assert [line for line, _message in problems] == [3, 4, 6]


def test_values_are_those_of_json_and_dates_are_texts(tmp_path: Path) -> None:
    (tmp_path / "process.bpmn").touch()
    text = "files: process.bpmn\nstart: {data: {d: 2026-03-01, n: 1, f: 0.5, e: 1e3, z: 007, t: 12:30, b: yes, no: ~}}"

    (scenario,) = parse_scenarios(text.encode(), file="a.yaml", folder=tmp_path)

    assert scenario.start is not None
    assert scenario.start.data == {
        "d": "2026-03-01", "n": 1, "f": 0.5, "e": 1000.0, "z": "007", "t": "12:30", "b": True, "no": None,
    }  # fmt: skip


def test_short_forms_stand_for_long_ones(tmp_path: Path) -> None:
    (tmp_path / "process.bpmn").touch()
    text = f"{HEAD}  - message: came\n    data: {{a: 1}}\n  - expect: {{open: {{a: 2, b: 1}}, visited: a}}"

    (scenario,) = parse_scenarios(text.encode(), file="a.yaml", folder=tmp_path)

    came, expected = scenario.steps
    assert came == Message(line=3, name="came", correlation=None, data={"a": 1})
    assert isinstance(expected, Expect)
    assert [(check.what, check.value) for check in expected.checks] == [("open", ("a", "a", "b")), ("visited", ("a",))]
