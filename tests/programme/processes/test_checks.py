"""What a task may not be completed with, although its form has nothing against it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from app.programme.processes.checks import AlreadyPassed, check_before_completing
from tests.builders import NOON, a_task

PLACES = [
    ("escalate", "call_school", "promised_on"),
    ("escalate", "help_or_move", "move_to"),
    ("escalate", "decide_red_list", "move_to"),
    ("escalate", "settle_delay", "move_to"),
    ("implement", "report_measure", "report_new_ends_on"),
]


@pytest.mark.parametrize(("process_key", "element_id", "field"), PLACES)
def test_a_day_in_the_past_cannot_be_promised(session: Session, process_key: str, element_id: str, field: str) -> None:
    task = a_task(session, process_key=process_key, element_id=element_id)

    with pytest.raises(AlreadyPassed, match="Choose today or a later day"):
        check_before_completing(session, task=task, answers={field: "2026-03-01"}, now=NOON)


@pytest.mark.parametrize(("process_key", "element_id", "field"), PLACES)
@pytest.mark.parametrize("day", ["2026-03-02", "2026-04-01", None])
def test_today_a_later_day_and_none_at_all_are_fine(
    session: Session, process_key: str, element_id: str, field: str, day: str | None
) -> None:
    task = a_task(session, process_key=process_key, element_id=element_id)

    check_before_completing(session, task=task, answers={field: day}, now=NOON)


def test_today_is_the_day_of_the_school_not_of_greenwich(session: Session) -> None:
    task = a_task(session, process_key="escalate", element_id="help_or_move")
    in_volgograd_tomorrow = datetime(2026, 3, 2, 22, tzinfo=UTC)

    with pytest.raises(AlreadyPassed):
        check_before_completing(session, task=task, answers={"move_to": "2026-03-02"}, now=in_volgograd_tomorrow)
