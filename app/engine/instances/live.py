"""Live workflows: loaded from their row, kept for a while, never trusted beyond the stored bytes.

A kept workflow is found by what is stored (instance, definition, digest of the state), and taken out while it is
used. So it does not matter whether the transaction that kept it was committed: only the stored bytes find it.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from threading import Lock
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from app.engine.definitions.models import ProcessDefinition
from app.engine.definitions.queries import Version
from app.engine.definitions.specs import SpecLibrary
from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState
from app.engine.spiff.codec import decode
from app.engine.spiff.journal import RunContext
from app.engine.spiff.workflow import LiveWorkflow
from app.kernel.errors import Conflict, NotFound
from app.kernel.i18n import _
from app.kernel.known import known
from app.kernel.statements import Statement, connection_of

_KEPT = 128
_kept: OrderedDict[tuple[int, str, bytes], LiveWorkflow] = OrderedDict()
_lock = Lock()


class InstanceNotFound(NotFound):
    """There is no such instance."""


class InstanceEnded(Conflict):
    """The instance has ended, so nothing can happen in it any more."""


@dataclass
class Row:
    """An instance as its row says, with the version that it runs; `Instance` explains the fields."""

    id: int
    definition_id: int
    process_key: str
    business_key: str
    scope_key: str
    time_zone: str
    state: InstanceState
    version: int
    step_count: int
    engine_state: bytes
    started_at: datetime
    definition: Version
    has_incidents: bool = False


@dataclass
class Live:
    """An instance's row, locked, and its workflow."""

    row: Row
    workflow: LiveWorkflow


_instance: Any = Instance.__table__
_definition: Any = ProcessDefinition.__table__.c
_incident: Any = Incident.__table__.c
_READ = (
    select(
        _instance.c.id,
        _instance.c.definition_id,
        _instance.c.process_key,
        _instance.c.business_key,
        _instance.c.scope_key,
        _instance.c.time_zone,
        _instance.c.state,
        _instance.c.version,
        _instance.c.step_count,
        _instance.c.engine_state,
        _instance.c.started_at,
        _definition.version.label("definition_version"),
        _definition.fingerprint,
        exists()
        .where(_incident.instance_id == _instance.c.id, _incident.state == IncidentState.OPEN)
        .label("has_incidents"),
    )
    .join_from(_instance, ProcessDefinition.__table__, _definition.id == _instance.c.definition_id)
    .where(_instance.c.id == bindparam("instance_id"))
)
_LOOK = Statement(_READ)
# Alone: PostgreSQL reads what is joined to a row it had to wait for, and subqueries, as they were before the wait.
_LOCK = Statement(select(_instance.c.id).where(_instance.c.id == bindparam("instance_id")).with_for_update())
_ROWS = "instances"


def forget_all() -> None:
    """Drop every kept workflow, so that each is read from its row again."""
    with _lock:
        _kept.clear()


def keep(row: Row, workflow: LiveWorkflow) -> None:
    """Keep the workflow whose state is what the row holds."""
    with _lock:
        _kept[_key(row)] = workflow
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)


def _key(row: Row) -> tuple[int, str, bytes]:
    return row.id, row.definition.fingerprint, blake2b(row.engine_state, digest_size=16).digest()


def read_row(session: Session, instance_id: int) -> Row:
    """Return the row: the one that is locked, else as it stands now.

    Raises:
        InstanceNotFound: there is no such row.
    """
    locked: Row | None = known(session, _ROWS).get(instance_id)
    return locked or _read(session, instance_id)


def lock_instance(session: Session, instance_id: int) -> Row:
    """Return the row, locked until the transaction ends; it is read once, and what this program writes is put into it.

    Raises:
        InstanceNotFound: there is no such row.
    """
    rows = known(session, _ROWS)
    if instance_id not in rows:
        # SQLite gives whoever writes the whole database at the beginning.
        if connection_of(session).dialect.name == "postgresql":
            _LOCK.first(session, instance_id=instance_id)
        rows[instance_id] = _read(session, instance_id)
    row: Row = rows[instance_id]
    return row


def note_incident(session: Session, instance_id: int) -> None:
    """Say that an incident was opened past this module."""
    row: Row | None = known(session, _ROWS).get(instance_id)
    if row is not None:
        row.has_incidents = True


def know(session: Session, row: Row) -> None:
    """Say that this transaction has made the row, so that nobody else can know of it."""
    known(session, _ROWS)[row.id] = row


def _read(session: Session, instance_id: int) -> Row:
    session.flush()
    found = _LOOK.first(session, instance_id=instance_id)
    if found is None:
        raise InstanceNotFound(_("There is no such process instance."))
    values = found._asdict()
    version = Version(
        found.definition_id, found.process_key, values.pop("definition_version"), values.pop("fingerprint")
    )
    return Row(**values, definition=version)


def open_running(session: Session, instance_id: int, now: datetime) -> Live:
    """Lock an instance and bring it to life.

    Raises:
        InstanceNotFound: there is none.
        InstanceEnded: it has ended.
    """
    row = lock_instance(session, instance_id)
    if row.state != InstanceState.RUNNING:
        raise InstanceEnded(_("This process has already ended."))
    with _lock:
        workflow = _kept.pop(_key(row), None)
    if workflow is None:
        workflow = decoded(session, row)
    workflow.subprocess_specs.session = session  # A kept workflow still has the one of its last step.
    workflow.begin(RunContext(now, row.time_zone, row.business_key))
    return Live(row, workflow)


def decoded(session: Session, row: Row) -> LiveWorkflow:
    """Return a workflow of one's own, read from the row."""
    context = RunContext(row.started_at, row.time_zone, row.business_key)
    return decode(row.engine_state, SpecLibrary(session, row.definition), context)


def look(session: Session, row: Row, at: Callable[[LiveWorkflow], Any]) -> Any:
    """Return what `at` copies out of the workflow; the kept one serves, because nobody moves it meanwhile."""
    key = _key(row)
    with _lock:
        if key in _kept:
            return at(_kept[key])
    workflow = decoded(session, row)
    found = at(workflow)
    keep(row, workflow)
    return found
