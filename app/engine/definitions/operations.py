"""Deploying: checking diagrams and decisions together and storing what has changed as the next version."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.engine.decisions import Decision, parse_decisions
from app.engine.definitions.bindings import called_in_newest_version
from app.engine.definitions.check import lint
from app.engine.definitions.documents import as_text, read, read_diagram
from app.engine.definitions.drawing import GLOBAL_TASKS, by_id, executable_processes
from app.engine.definitions.models import DecisionDefinition, ProcessDefinition
from app.engine.definitions.problems import NotDeployable, Problem
from app.engine.definitions.queries import DefinitionNotFound, get_definition, latest_decision, versions
from app.engine.definitions.specs import executable_specs
from app.engine.definitions.start_events import start_events, with_times
from app.engine.spiff import extensions, reading
from app.engine.starts import operations as starts
from app.engine.starts.rules import StartEvent
from app.kernel.errors import Conflict
from app.kernel.i18n import _

BPMN_SUFFIX = ".bpmn"
DMN_SUFFIX = ".dmn"
# What is good BPMN, and yet nothing that could run here.
_NOT_DEPLOYED = frozenset({"no_process", "parallel_start"})
# The number of the advisory lock that deployments on PostgreSQL queue for: "vekha" in ASCII.
_DEPLOYING = 0x76656B6861


class DeployedMeanwhile(Conflict):
    """Somebody else has deployed the same process at the same moment."""


@dataclass(frozen=True)
class Deployment:
    """What a deployment did.

    Attributes:
        processes: the version in force of every process in the files, new or unchanged.
        decisions: the same for decisions.
        created: keys that have a new version.
        problems: warnings.
    """

    processes: tuple[ProcessDefinition, ...]
    decisions: tuple[DecisionDefinition, ...]
    created: tuple[str, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Drawn:
    """A process in one of the files; `places` are line and id of the first element that names a process or decision."""

    key: str
    name: str
    file: str
    xml: str
    digest: str
    calls: tuple[str, ...]
    decisions: tuple[str, ...]
    forms: frozenset[str]
    starts: tuple[StartEvent, ...]
    places: Mapping[str, tuple[int, str]]


def take_turns(session: Session) -> None:
    """Let no other deployment begin until the end of this transaction; whoever is second sees what the first stored.

    `deploy` takes this turn itself; whoever stores more with a deployment takes it before.
    """
    # SQLite gives whoever writes the whole database at the beginning.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _DEPLOYING})


def deploy(
    session: Session, *, files: Mapping[str, bytes], resources: Mapping[str, Any], now: datetime, time_zone: str = "UTC"
) -> Deployment:
    """Store every process and decision of the files whose content, or whose callees, changed, as one act.

    A call activity is bound to the version deployed in this act or, for a process that is not among the files, to the
    newest one that is deployed; unless it says that each call takes the newest (`binding` = `latest`).
    Of `resources`, entries named like a form (`process/form`) stay with the processes that use it, all others with
    every process; a change of what stays with a process makes a new version.
    Times that start a process are counted from now, in the time zone; those of the version before end.

    Raises:
        NotDeployable: the check found errors.
        DeployedMeanwhile: another deployment came first, where deployments cannot wait for each other.
    """
    problems = tuple(_refusing(problem) for problem in lint(files))
    _refuse_errors(problems)
    drawn = _callees_first(_draw_all(files, now, time_zone))
    take_turns(session)
    decided = [
        (file, content, parse_decisions(content, file))
        for file, content in sorted(files.items())
        if file.endswith(DMN_SUFFIX)
    ]
    _refuse_errors(
        (*problems, *_unresolved(session, drawn, {one.key for _file, _content, found in decided for one in found}))
    )
    created: list[str] = []
    try:
        decisions = [
            row
            for file, content, found in decided
            for row in _store_decisions(session, file, content, found, now, created)
        ]
        processes = [_store_process(session, one, resources, now, created) for one in drawn]
        session.flush()
    except IntegrityError as error:
        raise DeployedMeanwhile(
            _("Somebody has deployed the same process at the same moment. Please look again.")
        ) from error
    _write_starts(session, drawn, processes, created, now, time_zone)
    for row in processes:
        executable_specs(session, row)
    return Deployment(tuple(processes), tuple(decisions), tuple(created), tuple(problems))


def _write_starts(
    session: Session,
    drawn: Iterable[_Drawn],
    processes: Iterable[ProcessDefinition],
    created: Collection[str],
    now: datetime,
    time_zone: str,
) -> None:
    for one, row in zip(drawn, processes, strict=True):
        if row.key in created:
            starts.replace(
                session,
                definition_id=row.id,
                process_key=row.key,
                events=one.starts,
                now=now,
                time_zone=time_zone,
            )


def _refusing(problem: Problem) -> Problem:
    """What a check only warns of, but leaves nothing to deploy, refuses the deployment."""
    return replace(problem, severity="error") if problem.code in _NOT_DEPLOYED else problem


def _refuse_errors(problems: tuple[Problem, ...]) -> None:
    if any(problem.severity == "error" for problem in problems):
        raise NotDeployable(tuple(sorted(problems)))


def _draw_all(files: Mapping[str, bytes], now: datetime, time_zone: str) -> list[_Drawn]:
    return [
        _draw(file, content, process, with_times(start_events(root, process), process, file, now, time_zone))
        for file, content in sorted(files.items())
        if not file.endswith(DMN_SUFFIX)
        for root in (read_diagram(content),)
        for process in executable_processes(root)
    ]


def _draw(file: str, content: bytes, process: Any, starts_by: tuple[StartEvent, ...]) -> _Drawn:
    ids = by_id(process.getroottree().getroot())
    nodes = list(process.iter(f"{{{reading.BPMN}}}*"))
    forms = {reading.properties(node).get("form", "") for node in nodes}
    return _Drawn(
        key=process.get("id"),
        name=process.get("name") or process.get("id"),
        file=file,
        xml=as_text(process.getroottree().getroot()),
        digest=sha256(content).hexdigest(),
        calls=_unique(
            key
            for node in nodes
            if reading.local_name(node) == "callActivity"
            for key in (extensions.called_element(node),)
            if key not in ids or reading.local_name(ids[key]) not in GLOBAL_TASKS
        ),
        decisions=_unique(called.key for node in nodes if (called := extensions.called_decision(node)) is not None),
        forms=frozenset(forms),
        starts=starts_by,
        places=_places(nodes),
    )


def _places(nodes: Iterable[Any]) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    for node in nodes:
        decision = extensions.called_decision(node)
        for key in (extensions.called_element(node), decision.key if decision else ""):
            if key:
                found.setdefault(key, (node.sourceline or 0, node.get("id", "")))
    return found


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))


def _callees_first(processes: list[_Drawn]) -> list[_Drawn]:
    by_key = {drawn.key: drawn for drawn in processes}
    order: dict[str, _Drawn] = {}

    def place(drawn: _Drawn) -> None:
        for key in drawn.calls:
            if key in by_key and key not in order:
                place(by_key[key])
        order[drawn.key] = drawn

    for drawn in processes:
        place(drawn)
    return list(order.values())


def _unresolved(session: Session, drawn: Iterable[_Drawn], decided: Collection[str]) -> list[Problem]:
    """Return an error for each process or decision that is named, not among the files and not deployed."""
    drawn = list(drawn)
    keys = {one.key for one in drawn}
    problems = []
    for one in drawn:
        for key in one.calls:
            if key not in keys and not versions(session, key=key):
                problems.append(_missing(one, "unknown_process", _("The process «%(key)s» is not deployed."), key))
        for key in one.decisions:
            if key not in decided and latest_decision(session, key=key) is None:
                problems.append(_missing(one, "unknown_decision", _("The decision «%(key)s» is not deployed."), key))
    return problems


def _missing(drawn: _Drawn, code: str, sentence: str, key: str) -> Problem:
    params = {"key": key}
    line, element_id = drawn.places.get(key, (0, drawn.key))
    return Problem(drawn.file, line, element_id, code, "error", sentence % params, sentence, params)


def _store_process(
    session: Session, drawn: _Drawn, resources: Mapping[str, Any], now: datetime, created: list[str]
) -> ProcessDefinition:
    newest = called_in_newest_version(_process_of(drawn))
    called = {key: get_definition(session, key=key) for key in drawn.calls if key not in newest}
    decisions = {key: latest_decision(session, key=key) for key in drawn.decisions}
    kept = {key: value for key, value in resources.items() if "/" not in key or key in drawn.forms}
    fingerprint = _digest(
        {
            "xml": drawn.digest,
            "calls": {key: [row.version, row.fingerprint] for key, row in called.items()},
            "decisions": {key: row.sha256 for key, row in decisions.items() if row is not None},
            "resources": kept,
        }
    )
    try:
        latest: ProcessDefinition | None = get_definition(session, key=drawn.key)
    except DefinitionNotFound:
        latest = None
    if latest is not None and latest.fingerprint == fingerprint:
        return latest
    row = ProcessDefinition(
        key=drawn.key,
        version=1 if latest is None else latest.version + 1,
        name=drawn.name,
        file=drawn.file,
        bpmn_xml=drawn.xml,
        sha256=drawn.digest,
        fingerprint=fingerprint,
        deployed_at=now,
        calls={key: one.id for key, one in called.items()},
        decisions={key: one.id for key, one in decisions.items() if one is not None},
        resources=kept,
    )
    session.add(row)
    session.flush()
    created.append(drawn.key)
    return row


def _process_of(drawn: _Drawn) -> Any:
    root = read_diagram(drawn.xml.encode())
    return next(process for process in executable_processes(root) if process.get("id") == drawn.key)


def _store_decisions(
    session: Session, file: str, content: bytes, found: tuple[Decision, ...], now: datetime, created: list[str]
) -> list[DecisionDefinition]:
    digest, text = sha256(content).hexdigest(), as_text(read(content))
    rows = []
    for decision in found:
        row = latest_decision(session, key=decision.key)
        if row is None or row.sha256 != digest:
            row = DecisionDefinition(
                key=decision.key,
                version=1 if row is None else row.version + 1,
                name=decision.name,
                file=file,
                dmn_xml=text,
                sha256=digest,
                deployed_at=now,
            )
            session.add(row)
            session.flush()
            created.append(decision.key)
        rows.append(row)
    return rows


def _digest(content: Mapping[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
