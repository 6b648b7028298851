"""Changing roadmaps: rows as the school writes them, reports, decisions, snapshots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.programme.cycles.models import Case
from app.programme.roadmaps import queries, rules
from app.programme.roadmaps.models import Evidence, Measure, MeasureReport, MeasureState, Snapshot
from app.work.history.operations import record


def store_rows(
    session: Session,
    *,
    case: Case,
    rows: Sequence[Mapping[str, Any]],
    risk_code: str | None,
    actor_id: int | None,
    now: datetime,
) -> list[Measure]:
    """Make the roadmap say what the form says; rows that are gone are kept as removed.

    Args:
        session: the caller's session.
        case: whose roadmap it is.
        rows: the form's rows, with `number` where they continue a known measure.
        risk_code: the rows are all of this risk's; None when they are the whole roadmap.
        actor_id: who sent them.
        now: the current instant.

    Raises:
        RowUnreadable: a row lacks its name or dates, or ends before it begins.
    """
    read = [rules.read_row(row, risk_code) for row in rows]
    numbers = [int(row["number"]) if row.get("number") else None for row in rows]
    known = [m for m in queries.measures_of(session, case_id=case.id) if risk_code in (None, m.risk_code)]
    kept: list[Measure] = []
    for row, measure in zip(read, rules.pair_rows(known, read, numbers), strict=True):
        if measure is None:
            measure = Measure(case_id=case.id, number=_next_number(session, case))
            _fill(measure, row)
            session.add(measure)
        elif _fill(measure, row):
            measure.version = (measure.version or 1) + 1
            _record(session, case, measure, "measure.changed", actor_id, now, version=measure.version)
        session.flush()
        kept.append(measure)
    for measure in known:
        if measure not in kept:
            measure.removed_at = now
            _record(session, case, measure, "measure.removed", actor_id, now)
    session.flush()
    return kept


def _next_number(session: Session, case: Case) -> int:
    """Return the next place in the case's roadmap; places of removed rows are not used again."""
    return 1 + (session.scalar(select(func.max(Measure.number)).where(Measure.case_id == case.id)) or 0)


def _fill(measure: Measure, row: rules.Row) -> bool:
    """Write the row's values into the measure; say whether anything changed."""
    changed = False
    for name, value in vars(row).items():
        if getattr(measure, name, None) != value:
            setattr(measure, name, value)
            changed = True
    return changed


def begin(session: Session, *, case: Case, now: datetime) -> Sequence[Measure]:
    """Put every row of the approved roadmap under way."""
    measures = queries.measures_of(session, case_id=case.id)
    for measure in measures:
        if measure.state is MeasureState.PLANNED:
            measure.state = MeasureState.UNDER_WAY
    session.flush()
    return measures


@dataclass(frozen=True)
class NewReport:
    """What the school says about a measure.

    Attributes:
        status: `done`, `postponed` or `cancelled`: what the school asks the curator to confirm.
        file_ids, link: the evidence.
    """

    status: str
    fact: str
    actual: float | None = None
    new_ends_on: date | None = None
    reason: str = ""
    file_ids: tuple[int, ...] = ()
    link: str = field(default="")


def report(
    session: Session, *, case: Case, measure: Measure, new: NewReport, actor_id: int | None, now: datetime
) -> MeasureReport:
    """Store the school's report with its evidence; the measure then waits for the curator.

    Raises:
        MeasureMovedOn: a report waits already, or the measure has ended.
    """
    rules.check_can_report(measure)
    stored = MeasureReport(
        measure_id=measure.id,
        status=new.status,
        fact=new.fact,
        actual=new.actual,
        new_ends_on=new.new_ends_on,
        reason=new.reason,
        reported_at=now,
    )
    session.add(stored)
    session.flush()
    pieces = [Evidence(file_id=file_id) for file_id in new.file_ids] + ([Evidence(link=new.link)] if new.link else [])
    for piece in pieces:
        piece.measure_id, piece.report_id, piece.added_at = measure.id, stored.id, now
        session.add(piece)
    measure.state = MeasureState.REPORTED
    session.flush()
    session.expire(measure, ["reports", "evidence"])
    _record(session, case, measure, "measure.reported", actor_id, now, status=new.status, evidence=len(pieces))
    return stored


def decide(
    session: Session,
    *,
    case: Case,
    measure: Measure,
    confirmed: bool,
    remark: str,
    actor_id: int | None,
    now: datetime,
) -> Measure:
    """Confirm or return the newest report; confirming does what the report asked for.

    Raises:
        MeasureMovedOn: no report waits for a decision.
    """
    rules.check_can_decide(measure)
    newest = measure.reports[-1]
    newest.decision, newest.remark, newest.decided_at = "confirmed" if confirmed else "returned", remark, now
    if not confirmed:
        measure.state = MeasureState.RETURNED
        _record(session, case, measure, "measure.returned", actor_id, now, remark=remark)
    elif newest.status == "postponed" and newest.new_ends_on is not None:
        old, measure.ends_on = measure.ends_on, newest.new_ends_on
        measure.begins_on = min(measure.begins_on, measure.ends_on)
        measure.state, measure.version = MeasureState.POSTPONED, measure.version + 1
        moved = {"old": old.isoformat(), "new": measure.ends_on.isoformat(), "reason": newest.reason}
        _record(session, case, measure, "measure.postponed", actor_id, now, **moved)
    elif newest.status == "cancelled":
        measure.state = MeasureState.CANCELLED
        _record(session, case, measure, "measure.cancelled", actor_id, now, reason=newest.reason)
    else:
        measure.state, measure.actual = MeasureState.CONFIRMED, newest.actual
        _record(session, case, measure, "measure.confirmed", actor_id, now, actual=newest.actual)
    session.flush()
    return measure


def note_overdue(session: Session, *, case: Case, measure: Measure, now: datetime) -> None:
    """Record that the measure's last day has passed; being overdue itself is computed."""
    _record(session, case, measure, "measure.overdue", None, now, ends_on=measure.ends_on.isoformat())


def note_unfinished(session: Session, *, case: Case, measure: Measure, now: datetime) -> None:
    """Record that the window closed before the measure was done."""
    _record(session, case, measure, "measure.unfinished", None, now, state=measure.state.value)


def take_snapshot(session: Session, *, case: Case, stage: int, today: date, now: datetime) -> Snapshot:
    """Freeze how the roadmap stands; a stage that was frozen before keeps its first picture."""
    for known in queries.snapshots_of(session, case_id=case.id):
        if known.stage == stage:
            return known
    measures = queries.measures_of(session, case_id=case.id)
    figures = queries.figures(measures, today)
    figures["rows"] = [
        {"number": m.number, "title": m.title, "state": m.state.value, "actual": m.actual, "target": m.target}
        for m in measures
    ]
    snapshot = Snapshot(case_id=case.id, stage=stage, figures=figures, opinions={}, taken_at=now)
    session.add(snapshot)
    session.flush()
    return snapshot


def close_snapshot(
    session: Session, *, case: Case, stage: int, opinions: Mapping[str, Any], actor_id: int | None, now: datetime
) -> None:
    """Put the opinions beside the figures and close the stage."""
    for snapshot in queries.snapshots_of(session, case_id=case.id):
        if snapshot.stage == stage and snapshot.closed_at is None:
            snapshot.opinions, snapshot.closed_at = dict(opinions), now
    session.flush()
    record(
        session,
        at=now,
        person_id=actor_id,
        action="monitoring.closed",
        subject=("case", case.id),
        business_key=case.business_key,
        stage=stage,
    )


def _record(
    session: Session,
    case: Case,
    measure: Measure,
    action: str,
    actor_id: int | None,
    now: datetime,
    **detail: object,
) -> None:
    """Add a line about a measure to the case's history."""
    record(
        session,
        at=now,
        person_id=actor_id,
        action=action,
        subject=("measure", measure.id),
        business_key=case.business_key,
        number=measure.number,
        title=measure.title,
        **detail,
    )
