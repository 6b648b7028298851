"""The executable specs of a deployed version, made once in each program and shared by all its instances.

Names of specs carry the version (`plan:3`, `plan:3/subprocess_id`), so that one instance can call two versions of
a process that were pinned at different times.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlalchemy.orm import Session

from app.engine.decisions import parse_decisions
from app.engine.definitions.documents import read_diagram
from app.engine.definitions.models import DecisionDefinition, ProcessDefinition
from app.engine.definitions.queries import Version, get_definition, get_definition_by_id
from app.engine.spiff.activities import Decides
from app.engine.spiff.build import build_process
from app.engine.spiff.containers import CallActivity, Container

LATEST = "latest"
_KEPT = 200
_cache: OrderedDict[tuple[str, int, str], dict[str, Any]] = OrderedDict()
_prepared: OrderedDict[Version, "Prepared"] = OrderedDict()
_lock = Lock()


def spec_name(definition: ProcessDefinition | Version) -> str:
    """Return the name under which a version's spec is known."""
    return f"{definition.key}:{definition.version}"


@dataclass(frozen=True)
class Prepared:
    """A version ready to run, with everything it calls.

    Attributes:
        specs: by name.
        resources: what was deployed with the version that is run of a process, by the process's key.
    """

    specs: Mapping[str, Any]
    resources: Mapping[str, Mapping[str, Any]]


def prepared(session: Session, version: Version) -> Prepared:
    """Return what a version executes, read once in each program: versions never change."""
    with _lock:
        if version in _prepared:
            _prepared.move_to_end(version)
            return _prepared[version]
    definition = get_definition_by_id(session, version.id)
    found = Prepared(executable_specs(session, definition), _resources(session, definition))
    with _lock:
        _prepared[version] = found
        while len(_prepared) > _KEPT:
            _prepared.popitem(last=False)
    return found


def _resources(session: Session, definition: ProcessDefinition) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    pending = [definition]
    while pending:
        current = pending.pop()
        if current.key not in found:
            found[current.key] = current.resources
            pending += [get_definition_by_id(session, int(called)) for called in current.calls.values()]
    return found


class SpecLibrary(dict[str, Any]):
    """The specs that an instance may need, by name; what is not among those of its version is looked up when asked for.

    That is what a call activity calls in the newest version (`plan:latest`), and a call that goes on in the version in
    which it began while its caller has moved to another.
    """

    def __init__(self, session: Session, version: Version) -> None:
        super().__init__(prepared(session, version).specs)
        self.session = session

    def __missing__(self, name: str) -> Any:
        """Return a spec that is deployed.

        Raises:
            DefinitionNotFound: it is not.
        """
        key, _colon, place = name.partition(":")
        version = place.partition("/")[0]
        found = get_definition(self.session, key=key, version=None if version == LATEST else int(version))
        self.update(executable_specs(self.session, found))
        return self[spec_name(found) if version == LATEST else name]


def executable_specs(session: Session, definition: ProcessDefinition) -> dict[str, Any]:
    """Return the specs of a version and of everything it calls, by name."""
    specs: dict[str, Any] = {}
    pending = [definition]
    while pending:
        current = pending.pop()
        if spec_name(current) not in specs:
            called = {key: get_definition_by_id(session, number) for key, number in current.calls.items()}
            specs |= _own_specs(session, current, called)
            pending.extend(called.values())
    return specs


def _own_specs(
    session: Session, definition: ProcessDefinition, called: Mapping[str, ProcessDefinition]
) -> dict[str, Any]:
    key = (definition.key, definition.version, definition.fingerprint)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    specs = _build(session, definition, called)
    with _lock:
        _cache[key] = specs
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    return specs


def _build(session: Session, definition: ProcessDefinition, called: Mapping[str, ProcessDefinition]) -> dict[str, Any]:
    document = read_diagram(definition.bpmn_xml.encode())
    built = build_process(document, definition.key, _decisions(session, definition))
    own = spec_name(definition)
    names = {name: own if name == definition.key else f"{own}/{name}" for name in built}
    for name, spec in built.items():
        spec.name = names[name]
        for task_spec in spec.task_specs.values():
            if isinstance(task_spec, CallActivity) and task_spec.spec not in built:
                task_spec.spec = _called_name(task_spec, called)
            elif isinstance(task_spec, Container):
                task_spec.spec = names[task_spec.spec]
    return {names[name]: spec for name, spec in built.items()}


def _called_name(call: CallActivity, called: Mapping[str, ProcessDefinition]) -> str:
    return f"{call.spec}:{LATEST}" if call.latest else spec_name(called[call.spec])


def _decisions(session: Session, definition: ProcessDefinition) -> dict[str, Decides]:
    if not definition.decisions:
        return {}
    found: dict[str, Decides] = {}
    for key, number in definition.decisions.items():
        row = session.get_one(DecisionDefinition, number)
        found |= {
            decision.key: decision
            for decision in parse_decisions(row.dmn_xml.encode(), row.file)
            if decision.key == key
        }
    return found
