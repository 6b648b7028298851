"""Reading roadmaps. Nothing here changes anything."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.programme.roadmaps.models import Measure, MeasureState, Snapshot
from app.programme.roadmaps.rules import OPEN_STATES, Light, light


class MeasureNotFound(NotFound):
    """There is no such measure."""


def measures_of(session: Session, *, case_id: int) -> Sequence[Measure]:
    """Return the case's roadmap rows in order, with reports and evidence, without removed ones."""
    return session.scalars(
        select(Measure)
        .where(Measure.case_id == case_id, Measure.removed_at.is_(None))
        .order_by(Measure.number)
        .options(selectinload(Measure.reports), selectinload(Measure.evidence))
    ).all()


def get_measure(session: Session, *, measure_id: int, case_id: int) -> Measure:
    """Return the measure of this case.

    Raises:
        MeasureNotFound: there is none, or it is of another case.
    """
    measure = session.get(Measure, measure_id)
    if measure is None or measure.case_id != case_id or measure.removed_at is not None:
        raise MeasureNotFound(_("There is no such measure."))
    return measure


def snapshots_of(session: Session, *, case_id: int) -> Sequence[Snapshot]:
    """Return the case's monitoring snapshots, the first stage first."""
    return session.scalars(select(Snapshot).where(Snapshot.case_id == case_id).order_by(Snapshot.stage)).all()


def figures(measures: Sequence[Measure], today: date) -> dict[str, Any]:
    """Count a roadmap: total, one count per light, and the share confirmed and of targets reached in percent.

    Cancelled measures do not count towards the shares; a share of nothing is None.
    """
    lights = [light(measure, today) for measure in measures]
    counted = results(measures)
    return {
        "total": len(measures),
        **{kind.value: lights.count(kind) for kind in Light},
        "postponed": sum(measure.state is MeasureState.POSTPONED for measure in measures),
        "confirmed_share": _share(counted["measures_confirmed"], counted["measures_total"]),
        "indicators_reached_share": _share(counted["indicators_reached"], counted["indicators_total"]),
    }


def is_open(measure: Measure) -> bool:
    """Say whether the measure is still to be done or to be decided on."""
    return measure.state in OPEN_STATES


def results(measures: Sequence[Measure]) -> dict[str, int]:
    """Count a year's roadmap for the decision about its outcome; a share of nothing is 0."""
    counted = [measure for measure in measures if measure.state is not MeasureState.CANCELLED]
    confirmed = [measure for measure in counted if measure.state is MeasureState.CONFIRMED]
    aimed = [measure for measure in counted if measure.target is not None]
    reached = [measure for measure in aimed if _is_reached(measure)]
    return {
        "measures_total": len(counted),
        "measures_confirmed": len(confirmed),
        "confirmed_share": _share(len(confirmed), len(counted)) or 0,
        "indicators_total": len(aimed),
        "indicators_reached": len(reached),
        "reached_share": _share(len(reached), len(aimed)) or 0,
    }


def _share(part: int, whole: int) -> int | None:
    """Return the share in whole percent, or None of nothing."""
    return round(100 * part / whole) if whole else None


def _is_reached(measure: Measure) -> bool:
    """Say whether the actual value is at the target or beyond it, seen from the baseline."""
    if measure.actual is None or measure.target is None:
        return False
    rising = measure.baseline is None or measure.target >= measure.baseline
    return measure.actual >= measure.target if rising else measure.actual <= measure.target
