"""The stages of a school's year, in order, and how people call them. Ids are the call activities of the lifecycle."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from app.kernel.i18n import _

STAGE_NAMES = {
    "diagnose": _("Diagnosis"),
    "plan": _("Plan"),
    "approve": _("Approval"),
    "implement": _("Implementation"),
    "monitor_1": _("Monitoring 1"),
    "monitor_2": _("Monitoring 2"),
    "evaluate": _("Evaluation"),
}
STAGES = tuple(STAGE_NAMES)


class StageState(StrEnum):
    """How a case stands with one stage; computed, never stored. `late`: under way after its last day."""

    AHEAD = "ahead"
    UNDER_WAY = "under_way"
    LATE = "late"
    DONE = "done"


@dataclass(frozen=True)
class StageDates:
    """The local days of a stage by the cycle's calendar; both belong to it."""

    opens_on: date | None
    closes_on: date | None


def dates_of(calendar: Mapping[str, Any], stage: str) -> StageDates:
    """Return the days of a stage; None where the calendar does not say."""
    return StageDates(_as_date(calendar.get(f"{stage}_opens")), _as_date(calendar.get(f"{stage}_closes")))


def _as_date(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
