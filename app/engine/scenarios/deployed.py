"""The diagrams of a scenario: read, deployed, and which process is the one to start."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.engine.definitions.documents import read_diagram
from app.engine.definitions.drawing import executable_processes
from app.engine.definitions.operations import BPMN_SUFFIX, DMN_SUFFIX, deploy
from app.engine.definitions.problems import NotDeployable, Problem
from app.engine.scenarios.model import Scenario
from app.engine.scenarios.store import MADE_BY_SCENARIOS
from app.engine.scenarios.yaml_text import NotAScenario
from app.engine.spiff import reading


@dataclass(frozen=True)
class Deployed:
    """What a scenario deployed.

    Attributes:
        process: key of the process that the scenario is about; empty where it is about decisions only.
        starts_plainly: whether that process has a start event that waits for nothing.
        called: for each call activity, by process and element, the key of the process that it calls.
    """

    process: str
    starts_plainly: bool
    called: Mapping[tuple[str, str], str]


def put_in_force(session: Session, scenario: Scenario, *, now: datetime, time_zone: str = "UTC") -> Deployed:
    """Deploy the files of a scenario.

    Raises:
        NotAScenario: they cannot be deployed, or hold no process that can be started; with all problems.
    """
    files = _contents(scenario)
    try:
        deploy(session, files=files, resources=MADE_BY_SCENARIOS, now=now, time_zone=time_zone)
    except NotDeployable as refused:
        raise NotAScenario(refused.problems) from refused
    processes = [
        process
        for name, content in files.items()
        if name.endswith(BPMN_SUFFIX)
        for process in executable_processes(read_diagram(content))
    ]
    if not processes and scenario.start is None and scenario.process is None:
        return Deployed("", False, {})
    main = _main(processes, scenario)
    return Deployed(main.get("id"), _starts_plainly(main), _called(processes))


def _contents(scenario: Scenario) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, path in scenario.files.items():
        try:
            content = path.read_bytes()
        except OSError as error:
            message = f"The file «{name}» cannot be read: {error.strerror}."
            raise NotAScenario([_problem(scenario, "no_file", message)]) from error
        found[_with_suffix(name, content)] = content
    return found


def _with_suffix(name: str, content: bytes) -> str:
    """Return the name with the ending by which the deployment knows what it is; foreign files have others."""
    if name.endswith((BPMN_SUFFIX, DMN_SUFFIX)):
        return name
    is_decision = name.lower().endswith(DMN_SUFFIX) or b"/spec/DMN/" in content[:4000]
    return name + (DMN_SUFFIX if is_decision else BPMN_SUFFIX)


def _main(processes: list[Any], scenario: Scenario) -> Any:
    wanted = (scenario.start.process if scenario.start else None) or scenario.process
    keys = [process.get("id") for process in processes]
    if wanted is not None and wanted not in keys:
        message = f"None of the files holds the process «{wanted}»; they hold {', '.join(keys) or 'none'}."
        raise NotAScenario([_problem(scenario, "unknown_process", message)])
    if not processes:
        raise NotAScenario([_problem(scenario, "no_process", "None of the files holds a process.")])
    if wanted is not None:
        return processes[keys.index(wanted)]
    marked = [process for process in processes if process.get("isExecutable") == "true"]
    return (marked or processes)[0]


def _problem(scenario: Scenario, code: str, message: str) -> Problem:
    return Problem(scenario.file, scenario.line, "", code, "error", message)


def _starts_plainly(process: Any) -> bool:
    starts = list(reading.children(process, "startEvent"))
    return not starts or any(not reading.event_definitions(event) for event in starts)


def _called(processes: list[Any]) -> dict[tuple[str, str], str]:
    return {
        (process.get("id"), node.get("id")): node.get("calledElement")
        for process in processes
        for node in process.iter(f"{{{reading.BPMN}}}callActivity")
        if node.get("calledElement")
    }
