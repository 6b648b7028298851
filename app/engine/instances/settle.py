"""Brings a live instance to rest and writes what follows from it.

State, timers, subscriptions, incidents and steps are written in the transaction of the caller. Only tokens that have
changed are looked at: what a step costs does not depend on how much the instance holds.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, tuple_, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from app.engine.calls import operations as calls
from app.engine.instances.failing_timers import failing_refs
from app.engine.instances.live import Live, keep
from app.engine.instances.meeting import take_turns
from app.engine.instances.models import Incident, IncidentState, Instance, InstanceState, PendingMessage, Step
from app.engine.instances.outcome import Outcome
from app.engine.instances.reporting import calls_left, changed_tokens, report, state_of
from app.engine.instances.waits import waits_of, write_waits
from app.engine.spiff.codec import encode
from app.engine.spiff.limits import MAX_STATE_BYTES
from app.engine.spiff.tokens import HELD, process_key_of
from app.engine.spiff.workflow import LiveWorkflow
from app.kernel.errors import Conflict, Invalid
from app.kernel.i18n import _
from app.kernel.rows import insert_many
from app.kernel.statements import Statement

FAILED = "failed"


class InstanceMoved(Conflict):
    """Somebody else has moved the instance at the same time."""


class StateTooLarge(Invalid):
    """The instance holds more data than it may."""


def settle(session: Session, live: Live, done: frozenset[int] = frozenset()) -> Outcome:
    """Run to rest and write it down. `done` are tasks that ended by being completed, not by being cancelled.

    Raises:
        InstanceMoved: another transaction has changed the instance since it was read.
        StateTooLarge: the state does not fit into its limit; nothing of this call may be stored.
    """
    workflow = live.workflow
    workflow.run()
    while _take_pending(session, workflow):
        workflow.run()
    now = workflow.context.now
    incidents = _write_incidents(session, live, now)
    write_waits(session, live)
    _write_steps(session, live, now)
    _write_state(session, live, now)
    outcome = report(live, done, incidents)
    calls.write(session, instance_id=live.row.id, calls=outcome.calls, gone_refs=calls_left(workflow, done), now=now)
    return outcome


def _take_pending(session: Session, workflow: LiveWorkflow) -> bool:
    """Bring one message to the instance that came before the instance waited for it."""
    messages = [(task, wait) for task, wait in waits_of(changed_tokens(workflow)) if wait.kind == "message"]
    if not messages or workflow.completed:
        return False
    now = workflow.context.now
    wanted = {(wait.name, wait.armed["correlation"]) for _task, wait in messages}
    take_turns(session, wanted)
    statement = select(PendingMessage).where(
        tuple_(PendingMessage.name, PendingMessage.correlation).in_(wanted),
        PendingMessage.delivered_at.is_(None),
        PendingMessage.expires_at > now,
    )
    pending = session.scalars(statement.order_by(PendingMessage.id)).all()
    for message in pending:
        for task, wait in messages:
            if (wait.name, wait.armed["correlation"]) == (message.name, message.correlation) and _claim(
                session, message, now
            ):
                task.task_spec.happen(task, wait.number, message.payload)
                return True
    return False


def _claim(session: Session, message: PendingMessage, now: datetime) -> bool:
    statement = update(PendingMessage).where(PendingMessage.id == message.id, PendingMessage.delivered_at.is_(None))
    return session.scalar(statement.values(delivered_at=now).returning(PendingMessage.id)) is not None


def _write_incidents(session: Session, live: Live, now: datetime) -> tuple[int, ...]:
    workflow = live.workflow
    if live.row.has_incidents:
        _resolve_incidents(session, live, now)
    opened = [
        Incident(
            instance_id=live.row.id,
            task_ref=str(task.id),
            process_key=process_key_of(task),
            element_id=getattr(task.task_spec, "bpmn_id", None) or task.task_spec.name,
            message=failure.message,
            detail=failure.detail,
            state=IncidentState.OPEN,
            opened_at=now,
        )
        for task, failure in workflow.outbox.failures
    ]
    if opened:
        live.row.has_incidents = True
        session.add_all(opened)
        session.flush()
    return tuple(incident.id for incident in opened)


def _resolve_incidents(session: Session, live: Live, now: datetime) -> None:
    """Close the incidents of tokens that are gone or go on."""
    failing = failing_refs(session, instance_id=live.row.id)
    statement = select(Incident).where(Incident.instance_id == live.row.id, Incident.state == IncidentState.OPEN)
    for incident in session.scalars(statement):
        task = live.workflow.index.tasks.get(int(incident.task_ref.partition(".")[0]))
        held = task is not None and (HELD in task.internal_data or FAILED in task.internal_data)
        if task is None or not (held or incident.task_ref in failing):
            incident.state, incident.resolved_at = IncidentState.RESOLVED, now


def _write_steps(session: Session, live: Live, now: datetime) -> None:
    first = live.row.step_count + 1
    rows = [
        {"instance_id": live.row.id, "seq": seq, "at": now, **change._asdict()}
        for seq, change in enumerate(live.workflow.index.changes, start=first)
    ]
    insert_many(session, Step, rows)


_instance: Any = Instance.__table__
_CHANGED = ("definition_id", "engine_state", "version", "step_count", "state", "ended_at")
_MOVE = Statement(
    update(_instance)
    .where(_instance.c.id == bindparam("moved"), _instance.c.version == bindparam("expected"))
    .values({name: bindparam(name) for name in _CHANGED})
)


def _write_state(session: Session, live: Live, now: datetime) -> None:
    row, workflow = live.row, live.workflow
    blob = encode(workflow)
    if len(blob) > MAX_STATE_BYTES:
        raise StateTooLarge(_("The process holds too much data."))
    state = state_of(workflow)
    values = {
        "definition_id": row.definition_id,
        "engine_state": blob,
        "version": row.version + 1,
        "step_count": row.step_count + len(workflow.index.changes),
        "state": state,
        "ended_at": None if state == InstanceState.RUNNING else now,
    }
    if _MOVE.run(session, moved=row.id, expected=row.version, **values) != 1:
        raise InstanceMoved(_("Somebody has moved this process at the same moment. Please look again."))
    row.engine_state, row.version, row.state = blob, row.version + 1, state
    row.step_count += len(workflow.index.changes)
    seen = session.identity_map.get(identity_key(Instance, row.id))
    if seen is not None:
        session.expire(seen)
    keep(row, workflow)
