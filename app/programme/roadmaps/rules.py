"""Decisions about roadmap rows: no session, no clock, no web."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.kernel.errors import Conflict, Invalid
from app.kernel.i18n import _
from app.programme.roadmaps.models import Measure, MeasureState

SOON_DAYS = 14
OPEN_STATES = frozenset(
    {MeasureState.PLANNED, MeasureState.UNDER_WAY, MeasureState.REPORTED, MeasureState.RETURNED, MeasureState.POSTPONED}
)


class MeasureMovedOn(Conflict):
    """The measure is not in the state that the act needs."""


class RowUnreadable(Invalid):
    """A row of the roadmap lacks what makes it a measure."""


class Light(StrEnum):
    """How a measure stands today, for the traffic light beside it; computed, never stored."""

    NEUTRAL = "planned"
    UNDER_WAY = "under_way"
    SOON = "soon"
    OVERDUE = "overdue"
    WAITING = "reported"
    DONE = "confirmed"
    CANCELLED = "cancelled"


def light(measure: Measure, today: date) -> Light:
    """Say how the measure stands: what is done stays green, what is late is red, what is near is amber."""
    if measure.state is MeasureState.CONFIRMED:
        return Light.DONE
    if measure.state is MeasureState.CANCELLED:
        return Light.CANCELLED
    if measure.state is MeasureState.REPORTED:
        return Light.WAITING
    if today > measure.ends_on:
        return Light.OVERDUE
    if (measure.ends_on - today).days <= SOON_DAYS:
        return Light.SOON
    return Light.NEUTRAL if today < measure.begins_on else Light.UNDER_WAY


@dataclass(frozen=True)
class Row:
    """A roadmap row as the form gives it, with its types put right."""

    risk_code: str
    objective: str
    title: str
    begins_on: date
    ends_on: date
    indicator: str
    unit: str
    baseline: float | None
    target: float | None
    method: str
    evidence_kind: str
    responsible: str
    participants: str
    resources: str


def read_row(row: Mapping[str, Any], risk_code: str | None = None) -> Row:
    """Make a `Row` of the form's answers; `risk_code` is for forms about one risk, whose rows do not name it.

    Raises:
        RowUnreadable: a required value is missing or is no date.
    """
    try:
        begins_on, ends_on = date.fromisoformat(row["begins_on"]), date.fromisoformat(row["ends_on"])
        title = str(row["measure"]).strip()
    except (KeyError, TypeError, ValueError) as problem:
        raise RowUnreadable(_("A row of the roadmap lacks its name or its dates.")) from problem
    if ends_on < begins_on:
        raise RowUnreadable(_("“%(title)s”: the end is before the beginning. Correct one of the dates."), title=title)
    return Row(
        risk_code=risk_code or str(row.get("risk_code") or ""),
        title=title,
        begins_on=begins_on,
        ends_on=ends_on,
        baseline=_number(row.get("baseline")),
        target=_number(row.get("target")),
        **{name: str(row.get(name) or "").strip() for name in TEXTS},
    )


TEXTS = (
    "objective",
    "indicator",
    "unit",
    "method",
    "evidence_kind",
    "responsible",
    "participants",
    "resources",
)


def _number(value: Any) -> float | None:
    """Return the figure, or None where the cell is empty."""
    return None if value is None or value == "" else float(value)


def pair_rows(known: Sequence[Measure], rows: Sequence[Row], numbers: Sequence[int | None]) -> list[Measure | None]:
    """Say for each row which known measure it continues: by its number, else by the same risk and title.

    A measure that nothing continues was removed; None stands for a new one.
    """
    by_number = {measure.number: measure for measure in known}
    paired = [by_number.pop(number, None) if number is not None else None for number in numbers]
    left = list(by_number.values())
    for index, row in enumerate(rows):
        if paired[index] is None:
            same = next((m for m in left if (m.risk_code, m.title) == (row.risk_code, row.title)), None)
            if same is not None:
                left.remove(same)
                paired[index] = same
    return paired


def check_can_report(measure: Measure) -> None:
    """Pass if the school may report about the measure now.

    Raises:
        MeasureMovedOn: it is confirmed, cancelled, or waits for the curator.
    """
    if measure.state in (MeasureState.CONFIRMED, MeasureState.CANCELLED, MeasureState.REPORTED):
        raise MeasureMovedOn(_("A report about this measure has already been sent."))


def check_can_decide(measure: Measure) -> None:
    """Pass if the curator may confirm or return the measure's report now.

    Raises:
        MeasureMovedOn: there is no report that waits for a decision.
    """
    if measure.state is not MeasureState.REPORTED:
        raise MeasureMovedOn(_("There is no report about this measure that waits for a decision."))
