"""What the programme asks of a task beyond its form, before it may be completed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.days import local_date
from app.kernel.errors import Invalid
from app.kernel.i18n import _
from app.work.remarks import queries as remarks
from app.work.remarks.rules import check_can_confirm
from app.work.tasks.models import Task

_NEW_DATE = ("move_to", _("The new date has already passed. Choose today or a later day."))
_PROMISE = ("promised_on", _("The promised day has already passed. Choose today or a later day."))
_POSTPONED = ("report_new_ends_on", _("The new date has already passed. Choose today or a later day."))

# Dates that people promise for the days ahead, by process and element: the field, and what to say of a past one.
AHEAD = {
    ("escalate", "call_school"): _PROMISE,
    ("escalate", "help_or_move"): _NEW_DATE,
    ("escalate", "decide_red_list"): _NEW_DATE,
    ("escalate", "settle_delay"): _NEW_DATE,
    ("implement", "report_measure"): _POSTPONED,
}


class AlreadyPassed(Invalid):
    """A day that somebody promises is over."""


def check_before_completing(session: Session, *, task: Task, answers: Mapping[str, Any], now: datetime) -> None:
    """Pass if the answers may complete the task now.

    Raises:
        Invalid: an obstacle among the remarks is still open, so the package cannot be confirmed.
        AlreadyPassed: a promised or new date lies in the past.
    """
    place = (task.process_key, task.element_id)
    if place == ("approve", "confirm_package") and answers.get("confirm_decision") == "confirm":
        check_can_confirm(remarks.remarks_of(session, business_key=task.business_key))
    if place in AHEAD:
        field, sentence = AHEAD[place]
        check_lies_ahead(answers.get(field), today=local_date(now, task.organisation.time_zone), sentence=sentence)


def check_lies_ahead(day: str | None, *, today: date, sentence: str) -> None:
    """Pass if the ISO date is today or later, or was not asked.

    Raises:
        AlreadyPassed: saying `sentence`.
    """
    if day and date.fromisoformat(day) < today:
        raise AlreadyPassed(sentence)
