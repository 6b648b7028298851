"""What a scenario says, as it was read: values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""The time of a scenario that names none."""


@dataclass(frozen=True)
class Selector:
    """Which of several tasks is meant.

    Attributes:
        element: id in the diagram; a service task may be named by its operation.
        index: of the child of a multi-instance; None for the one that opened first.
        instance: process key or number, from 1, of the instance; empty for any.
    """

    element: str
    index: int | None = None
    instance: str = ""


@dataclass(frozen=True)
class Answer:
    """How a service task ends: with a result, a BPMN error, or a failure that becomes an incident.

    Attributes:
        result: JSON; texts in it that begin with `=` are FEEL on the task's parameters and data.
    """

    result: Any = None
    error: str = ""
    message: str = ""
    fail: str | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step; `line` is where it stands in the file."""

    line: int


@dataclass(frozen=True, kw_only=True)
class Start(Step):
    """Start an instance; `element` is the start event, `process` the key where it is not the scenario's own."""

    at: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    element: str | None = None
    process: str | None = None
    time_zone: str = "UTC"


@dataclass(frozen=True, kw_only=True)
class Complete(Step):
    """Complete a task of a person."""

    task: Selector
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Advance(Step):
    """Let time pass: a duration, or until a moment."""

    by: str = ""
    to: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Message(Step):
    """A message comes from outside; without a correlation it is for whoever waits for its name."""

    name: str
    correlation: Mapping[str, Any] | str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Signal(Step):
    """A signal comes from outside."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Service(Step):
    """A waiting service task ends."""

    call: Selector
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class Decide(Step):
    """A decision is made about some data, apart from any process."""

    key: str
    data: Mapping[str, Any] = field(default_factory=dict)
    expected: Any = None
    compares: bool = False
    rules: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Retry(Step):
    """Repeat what an incident stands at."""

    element: str


@dataclass(frozen=True, kw_only=True)
class GiveUp(Step):
    """End the instance of an incident as failed."""

    element: str


@dataclass(frozen=True, kw_only=True)
class Cancel(Step):
    """End an instance from outside."""

    instance: str = ""


@dataclass(frozen=True)
class Check:
    """One thing that is expected, and the line that says so."""

    what: str
    value: Any
    line: int


@dataclass(frozen=True, kw_only=True)
class Expect(Step):
    """What must hold now."""

    checks: tuple[Check, ...]
    instance: str = ""


@dataclass(frozen=True)
class Refusal:
    """A problem because of which the files must be refused.

    Attributes:
        element: empty for any; `line` is 0 for any.
        written: line of the scenario that says so.
    """

    code: str
    element: str = ""
    line: int = 0
    written: int = 1


@dataclass(frozen=True)
class Scenario:
    """One scenario.

    Attributes:
        file: its path as it was given.
        files: diagrams and decisions, by the name to show; the order is that of the scenario.
        process: key of the process to start; None for the first executable one.
        start: None where the scenario says nothing about it.
        unstarted: the scenario says that nothing is started.
        services: for an operation or element, its answers in turn; the last one is repeated.
        counts_from_zero: an index 0 occurs, so that all are counted from there.
        refused: why its files must be refused; None where they are to be deployed.
    """

    file: str
    line: int
    name: str
    files: Mapping[str, Path]
    process: str | None
    start: Start | None
    unstarted: bool
    services: Mapping[str, tuple[Answer, ...]]
    steps: tuple[Step, ...]
    counts_from_zero: bool = False
    refused: tuple[Refusal, ...] | None = None
