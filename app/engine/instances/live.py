"""Live workflows: loaded from their row, kept for a while, never trusted beyond the stored bytes.

A kept workflow is found by what is stored (instance, definition, digest of the state), and taken out while it is
used. So it does not matter whether the transaction that kept it was committed: only the stored bytes find it.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from threading import Lock

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, undefer

from app.engine.definitions.models import ProcessDefinition
from app.engine.definitions.queries import get_definition_by_id
from app.engine.definitions.specs import SpecLibrary
from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState
from app.engine.spiff.codec import decode
from app.engine.spiff.journal import RunContext
from app.engine.spiff.workflow import LiveWorkflow
from app.kernel.errors import Conflict, NotFound
from app.kernel.i18n import _

_KEPT = 128
_kept: OrderedDict[tuple[int, str, bytes], LiveWorkflow] = OrderedDict()
_lock = Lock()


class InstanceNotFound(NotFound):
    """There is no such instance."""


class InstanceEnded(Conflict):
    """The instance has ended, so nothing can happen in it any more."""


@dataclass
class Live:
    """An instance's row, locked, and its workflow; `had_incidents` when some were open."""

    row: Instance
    workflow: LiveWorkflow
    fingerprint: str
    had_incidents: bool = False


def forget_all() -> None:
    """Drop every kept workflow, so that each is read from its row again."""
    with _lock:
        _kept.clear()


def keep(live: Live, state: bytes) -> None:
    """Keep the workflow whose state was just written."""
    with _lock:
        _kept[_key(live.row.id, live.fingerprint, state)] = live.workflow
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)


def _key(instance_id: int, fingerprint: str, state: bytes) -> tuple[int, str, bytes]:
    return instance_id, fingerprint, blake2b(state, digest_size=16).digest()


def lock_instance(session: Session, instance_id: int) -> Instance:
    """Return the row, locked until the transaction ends.

    Raises:
        InstanceNotFound: there is no such row.
    """
    statement = select(Instance).where(Instance.id == instance_id).options(undefer(Instance.engine_state))
    row = session.scalars(statement.with_for_update().execution_options(populate_existing=True)).first()
    if row is None:
        raise InstanceNotFound(_("There is no such process instance."))
    return row


def open_running(session: Session, instance_id: int, now: datetime) -> Live:
    """Lock an instance and bring it to life.

    Raises:
        InstanceNotFound: there is none.
        InstanceEnded: it has ended.
    """
    row = lock_instance(session, instance_id)
    has_incidents = exists().where(Incident.instance_id == instance_id, Incident.state == IncidentState.OPEN)
    had_incidents: bool = session.scalar(select(has_incidents)) or False
    if row.state != InstanceState.RUNNING:
        raise InstanceEnded(_("This process has already ended."))
    live = revive(session, row, get_definition_by_id(session, row.definition_id), now)
    live.had_incidents = had_incidents
    return live


def revive(session: Session, row: Instance, definition: ProcessDefinition, now: datetime) -> Live:
    """Bring a row's workflow to life."""
    context = RunContext(now, row.time_zone, row.business_key)
    with _lock:
        workflow = _kept.pop(_key(row.id, definition.fingerprint, row.engine_state), None)
    if workflow is None:
        workflow = decode(row.engine_state, SpecLibrary(session, definition), context)
    workflow.subprocess_specs.session = session  # A kept workflow still has the one of its last step.
    workflow.begin(context)
    return Live(row, workflow, definition.fingerprint)
