"""Plays scenarios that are written in a test."""

from pathlib import Path

from app.engine.scenarios.parse import parse_scenarios
from app.engine.scenarios.play import Result, play
from app.engine.scenarios.store import MemoryStore, Store
from app.engine.scenarios.yaml_text import NotAScenario
from tests.engine.diagrams import END, START, a_diagram, after, boundary, message, on_message, service_task, user_task

LETTER = a_diagram(
    f"""{START}
    {user_task("write_letter")}
    {service_task("post_letter", "post", result="letter", text="question")}
    <intermediateCatchEvent id="answer_received">{on_message("answer")}</intermediateCatchEvent>
    {boundary("letter_delayed", "write_letter", after("P7D"), interrupting=False)}
    {user_task("remind_writer")}
    <endEvent id="writer_reminded"/>
    {END}
    begun -> write_letter
    write_letter -> post_letter
    post_letter -> answer_received
    answer_received -> done
    letter_delayed -> remind_writer
    remind_writer -> writer_reminded
    """,
    before=message("answer"),
    key="letter",
)
"""A letter is written, posted by a service and answered; after a week somebody reminds the writer."""


def played(folder: Path, text: str, diagram: bytes = LETTER, store: Store | None = None) -> Result:
    """Play one scenario about `process.bpmn`."""
    (folder / "process.bpmn").write_bytes(diagram)
    content = f"files: [process.bpmn]\n{text}".encode()
    (scenario,) = parse_scenarios(content, file="tried.yaml", folder=folder)
    return play(scenario, store or MemoryStore())


def failures(result: Result) -> list[tuple[int, int, str]]:
    """Return what did not hold: step, line and name."""
    assert result.problems == ()
    return [(failure.step, failure.line, failure.what) for failure in result.failures]


def refused(folder: Path, text: str) -> list[tuple[int, str]]:
    """Return line and sentence of each problem of a file that cannot be used."""
    (folder / "process.bpmn").write_bytes(LETTER)
    try:
        parse_scenarios(text.encode(), file="tried.yaml", folder=folder)
    except NotAScenario as error:
        return [(problem.line, problem.message) for problem in error.problems]
    raise AssertionError("The file was accepted.")
