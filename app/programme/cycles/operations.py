"""Changing cycles and cases: opening, signing, entering a stage, deciding the outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.errors import Conflict
from app.kernel.i18n import _
from app.programme.cycles.models import Case, CaseState, Cycle, CycleState, Outcome, StageRecord
from app.programme.cycles.reference import Programme
from app.work.history.operations import record


class CycleAlreadyOpen(Conflict):
    """The region has a cycle for this year."""


class CycleMovedOn(Conflict):
    """The cycle is no longer in the state that the act needs."""


@dataclass(frozen=True)
class NewCycle:
    """What is needed to prepare a cycle: where, which year, and the programme's reference data."""

    region_id: int
    year: int
    title: str
    programme: Programme


def prepare_cycle(session: Session, *, new: NewCycle, actor_id: int | None, now: datetime) -> Cycle:
    """Make a cycle that still waits for its schools and its order.

    Raises:
        CycleAlreadyOpen: the region has one for this year that was not cancelled.
    """
    taken = (
        session.query(Cycle)
        .filter(Cycle.region_id == new.region_id, Cycle.year == new.year, Cycle.state != CycleState.CANCELLED)
        .first()
    )
    if taken is not None:
        raise CycleAlreadyOpen(
            _("There is already a cycle for %(year)s: “%(title)s”."), year=new.year, title=taken.title
        )
    cycle = Cycle(
        region_id=new.region_id,
        year=new.year,
        title=new.title,
        calendar=new.programme.calendar_of(new.year),
        factors=[dict(factor) for factor in new.programme.factors],
        ladder=[dict(rung) for rung in new.programme.ladder],
        created_at=now,
    )
    session.add(cycle)
    session.flush()
    _record(session, cycle, "cycle.prepared", actor_id, now, title=cycle.title)
    return cycle


def add_case(session: Session, *, cycle: Cycle, school_id: int, actor_id: int | None, now: datetime) -> Case:
    """Put a school on the cycle's list.

    Raises:
        CycleMovedOn: the order is signed already, the list is closed.
    """
    if cycle.state is not CycleState.PREPARING:
        raise CycleMovedOn(_("The list of schools is closed: the order of the cycle is signed."))
    case = Case(cycle_id=cycle.id, school_id=school_id)
    session.add(case)
    session.flush()
    record(
        session,
        at=now,
        person_id=actor_id,
        action="case.added",
        subject=("case", case.id),
        business_key=case.business_key,
    )
    return case


def set_calendar(
    session: Session, *, cycle: Cycle, changes: Mapping[str, Any], actor_id: int | None, now: datetime
) -> None:
    """Change parameters of the cycle's calendar; what was there before stays in the history."""
    before = {name: cycle.calendar.get(name) for name in changes if cycle.calendar.get(name) != changes[name]}
    if not before:
        return
    cycle.calendar = {**cycle.calendar, **changes}
    session.flush()
    after = {name: changes[name] for name in before}
    _record(session, cycle, "cycle.calendar_changed", actor_id, now, before=before, after=after)


def sign_order(
    session: Session, *, cycle: Cycle, number: str, signed_on: date, actor_id: int | None, now: datetime
) -> None:
    """Put the cycle in force by an order.

    Raises:
        CycleMovedOn: it runs already, or was cancelled.
    """
    if cycle.state is not CycleState.PREPARING:
        raise CycleMovedOn(_("The order of the cycle is already signed."))
    cycle.state, cycle.order_number, cycle.order_on = CycleState.RUNNING, number, signed_on
    session.flush()
    _record(session, cycle, "cycle.order_signed", actor_id, now, number=number, signed_on=signed_on.isoformat())


def begin_case(session: Session, *, case: Case, now: datetime) -> None:
    """Mark that the school's year has begun."""
    if case.state is not CaseState.WAITING:
        raise CycleMovedOn(_("The year of this school has already begun."))
    case.state = CaseState.RUNNING
    session.flush()


def end_case(session: Session, *, case: Case, state: CaseState, now: datetime) -> None:
    """Mark that the school's year has ended, and with it every stage that was still under way."""
    if case.state is state:
        return
    case.state = state
    for stage in case.stages:
        stage.ended_at = stage.ended_at or now
    session.flush()
    record(
        session,
        at=now,
        person_id=None,
        action=f"case.{state.value}",
        subject=("case", case.id),
        business_key=case.business_key,
    )


def end_cycle(session: Session, *, cycle: Cycle, state: CycleState, actor_id: int | None, now: datetime) -> None:
    """Close or cancel the cycle.

    Raises:
        CycleMovedOn: it has ended already.
    """
    if cycle.state in (CycleState.CLOSED, CycleState.CANCELLED):
        raise CycleMovedOn(_("The cycle has already ended."))
    cycle.state = state
    session.flush()
    _record(session, cycle, f"cycle.{state.value}", actor_id, now)


def enter_stage(session: Session, *, case: Case, stage: str, now: datetime) -> None:
    """Record that the case has come to a stage of the year; a stage entered again stays as it was."""
    if all(known.stage != stage for known in case.stages):
        case.stages.append(StageRecord(stage=stage, began_at=now))
        session.flush()


def leave_stage(session: Session, *, case: Case, stage: str, now: datetime) -> None:
    """Record that the case has done with a stage."""
    for known in case.stages:
        if known.stage == stage and known.ended_at is None:
            known.ended_at = now
    session.flush()


@dataclass(frozen=True)
class Decision:
    """The region's decision about a school's year: the outcome and the order it rests on."""

    outcome: Outcome
    order_number: str
    order_on: date
    reason: str


def decide_outcome(session: Session, *, case: Case, decision: Decision, actor_id: int | None, now: datetime) -> None:
    """Store what the region decided about the school."""
    case.outcome, case.outcome_order, case.outcome_on = decision.outcome, decision.order_number, decision.order_on
    session.flush()
    record(
        session,
        at=now,
        person_id=actor_id,
        action="case.outcome_decided",
        subject=("case", case.id),
        business_key=case.business_key,
        outcome=decision.outcome.value,
        reason=decision.reason,
        number=decision.order_number,
    )


def put_on_red_list(session: Session, *, case: Case, now: datetime, why: str) -> None:
    """Show the case on the region's red list; a case that is on it stays with its first date."""
    if case.on_red_list_since is not None:
        return
    case.on_red_list_since = now
    session.flush()
    record(
        session,
        at=now,
        person_id=None,
        action="case.put_on_red_list",
        subject=("case", case.id),
        business_key=case.business_key,
        why=why,
    )


def take_off_red_list(session: Session, *, case: Case, now: datetime) -> None:
    """Take the case off the red list once what was late is done."""
    if case.on_red_list_since is None:
        return
    case.on_red_list_since = None
    session.flush()
    record(
        session,
        at=now,
        person_id=None,
        action="case.taken_off_red_list",
        subject=("case", case.id),
        business_key=case.business_key,
    )


def _record(session: Session, cycle: Cycle, action: str, actor_id: int | None, now: datetime, **detail: object) -> None:
    """Add a line to the cycle's history."""
    record(
        session,
        at=now,
        person_id=actor_id,
        action=action,
        subject=("cycle", cycle.id),
        business_key=cycle.business_key,
        **detail,
    )
