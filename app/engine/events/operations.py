"""Bringing messages and signals to the instances that wait for them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.engine.events.starting import Subject, start_by_message, start_by_signal
from app.engine.instances.live import Live, lock_instance, open_running
from app.engine.instances.meeting import take_turns
from app.engine.instances.models import Instance, InstanceState, PendingMessage, Subscription, SubscriptionKind
from app.engine.instances.outcome import Outcome
from app.engine.instances.settle import settle
from app.engine.instances.waits import number_of, token_of
from app.engine.spiff.data import storable
from app.engine.spiff.definitions import bring_signal

MESSAGE_LIFETIME = timedelta(days=30)
"""How long a message waits for somebody to wait for it."""

MOST_IN_A_ROW = 50
"""How many messages or signals may follow from each other in one act: processes can start each other without end."""


def deliver_message(
    session: Session,
    *,
    name: str,
    correlation: str,
    payload: Mapping[str, Any],
    business_key: str,
    scope_key: str,
    now: datetime,
) -> tuple[Outcome, ...]:
    """Bring a message to the one who waits for this name and correlation, the longest waiting first.

    If nobody waits, it starts an instance about `business_key` of the process that such a message starts. If there is
    none either, it is kept for a month for whoever begins to wait for it.

    Raises:
        DataNotStorable: the payload is no plain JSON.
    """
    content = storable(payload)
    outcome = _bring(session, name, correlation, content, now)
    if outcome is None:
        subject = Subject(business_key, scope_key, _time_zone(session, business_key, scope_key), content)
        outcome = start_by_message(session, name=name, subject=subject, now=now)
    if outcome is None and take_turns(session, [(name, correlation)]):
        outcome = _bring(session, name, correlation, content, now)
    if outcome is not None:
        return (outcome,)
    expires_at = now + MESSAGE_LIFETIME
    session.add(
        PendingMessage(name=name, correlation=correlation, payload=content, created_at=now, expires_at=expires_at)
    )
    session.flush()
    return ()


def _bring(session: Session, name: str, correlation: str, content: Mapping[str, Any], now: datetime) -> Outcome | None:
    """Bring a message to the one who waits for it; None when nobody does."""
    for subscription in _waiting(session, SubscriptionKind.MESSAGE, name, Subscription.correlation == correlation):
        live = _still_waiting(session, subscription, now)
        if live is None:
            continue
        task = live.workflow.index.tasks[token_of(subscription.task_ref)[0]]
        number = number_of(task, subscription.task_ref, "message", name)
        task.task_spec.happen(task, number, content)
        return settle(session, live)
    return None


def _still_waiting(session: Session, subscription: Subscription, now: datetime) -> Live | None:
    """Lock the instance; None when it has moved on since the subscription was read."""
    row = lock_instance(session, subscription.instance_id)
    still = select(Subscription.id).where(Subscription.id == subscription.id)
    if row.state != InstanceState.RUNNING or session.scalar(still) is None:
        return None
    return open_running(session, subscription.instance_id, now)


def _waiting(session: Session, kind: SubscriptionKind, name: str, *where: Any) -> list[Subscription]:
    statement = select(Subscription).where(Subscription.kind == kind, Subscription.name == name, *where)
    return list(session.scalars(statement.order_by(Subscription.id)))


def _time_zone(session: Session, business_key: str, scope_key: str) -> str:
    """Return the zone of what the new instance is about, as its other instances have it."""
    related = or_(Instance.business_key == business_key, Instance.scope_key == scope_key)
    own_first = (Instance.business_key != business_key, Instance.id.desc())
    found = session.scalar(select(Instance.time_zone).where(related).order_by(*own_first).limit(1))
    return found or "UTC"


def broadcast_signal(
    session: Session,
    *,
    name: str,
    scope_key: str,
    now: datetime,
    business_key: str | None = None,
    except_instance: int | None = None,
) -> tuple[Outcome, ...]:
    """Bring a signal to everybody in the scope who waits for it now; inside an instance the outermost come first.

    Then start an instance of every process that such a signal starts.

    Args:
        session: the caller's session.
        name: of the signal.
        scope_key: how far it reaches.
        now: the current instant.
        business_key: what new instances are about; the scope itself unless it is given.
        except_instance: who threw it, and has had it already.
    """
    rows = _waiting(session, SubscriptionKind.SIGNAL, name, Subscription.scope_key == scope_key)
    waiting = sorted({row.instance_id for row in rows} - {except_instance})
    outcomes = [_signal(session, number, name, now) for number in waiting]
    about = business_key or scope_key
    subject = Subject(about, scope_key, _time_zone(session, about, scope_key))
    started = start_by_signal(session, name=name, subject=subject, now=now)
    return (*(outcome for outcome in outcomes if outcome is not None), *started)


def _signal(session: Session, instance_id: int, name: str, now: datetime) -> Outcome | None:
    if lock_instance(session, instance_id).state != InstanceState.RUNNING:
        return None
    live = open_running(session, instance_id, now)
    bring_signal(live.workflow, name)
    return settle(session, live)
