"""What the programme asks of a task beyond its form, before it may be completed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.days import local_date
from app.kernel.errors import Invalid, NotAllowed
from app.kernel.i18n import _
from app.programme.cycles import queries as cycles
from app.work.people import queries as people
from app.work.people import rules as people_rules
from app.work.people.roles import Actor, Role
from app.work.remarks import queries as remarks
from app.work.remarks.rules import check_can_confirm
from app.work.tasks import queries as tasks
from app.work.tasks.desk import Desk
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

# Days on which something was done or signed: they cannot lie ahead.
BEHIND = {
    ("open_cycle", "sign_order"): ("cycle_order_on",),
    ("diagnose", "visit_school"): ("visit_on",),
    ("approve", "agree_package"): ("agree_document_on",),
    ("approve", "agree_instead"): ("agree_document_on",),
    ("approve", "approve_package"): ("approval_protocol_on", "approval_order_on"),
    ("implement", "report_measure"): ("report_done_on",),
    ("escalate", "call_school"): ("call_on",),
    ("evaluate", "confirm_outcome"): ("outcome_order_on",),
}


# Where somebody judges what the school has sent: whoever had a hand in it cannot.
FOUR_EYES = frozenset(
    {
        ("approve", "confirm_package"),
        ("approve", "agree_package"),
        ("approve", "agree_instead"),
        ("implement", "confirm_report"),
        ("diagnose", "confirm_risks"),
    }
)


class OwnWork(NotAllowed):
    """Somebody would confirm or agree what he has sent himself."""


class AlreadyPassed(Invalid):
    """A day that somebody promises is over."""


class NotYetCome(Invalid):
    """A day on which something is said to have been done has not come yet."""


class ImpossibleFigure(Invalid):
    """A figure of the questionnaire cannot be."""


def check_before_completing(
    session: Session, *, task: Task | Desk, actor: Actor, answers: Mapping[str, Any], now: datetime
) -> None:
    """Pass if the actor may complete the task with the answers now.

    Raises:
        Invalid: an obstacle among the remarks is still open, so the package cannot be confirmed.
        AlreadyPassed: a promised or new date lies in the past.
        NotYetCome: something is said to have been signed or done on a day that lies ahead.
        ImpossibleFigure: more people answered than were asked, or a share is over 100 %.
        OwnWork: the actor has worked for the school in this case and would judge it now.
        BothSides, OwnMandate: somebody cannot be curator of a school; see the rules of people.
    """
    place = (task.process_key, task.element_id)
    today = local_date(now, task.organisation.time_zone)
    if place in FOUR_EYES:
        check_is_not_own_work(session, task=task, actor=actor)
    if place == ("open_cycle", "name_curators"):
        check_curators(session, actor=actor, rows=answers.get("curator_rows") or [], today=today)
    for field in BEHIND.get(place, ()):
        check_has_come(answers.get(field), today=today)
    check_figures(answers)
    if place == ("approve", "confirm_package") and answers.get("confirm_decision") == "confirm":
        check_can_confirm(remarks.remarks_of(session, business_key=task.business_key))
    if place in AHEAD:
        field, sentence = AHEAD[place]
        check_lies_ahead(answers.get(field), today=today, sentence=sentence)


def check_is_not_own_work(session: Session, *, task: Task | Desk, actor: Actor) -> None:
    """Pass if the actor has completed nothing for the school in this case: four eyes see more than two.

    Raises:
        OwnWork: he has.
    """
    school = people_rules.SCHOOL_SIDE
    if tasks.has_completed(session, person_id=actor.person_id, business_key=task.business_key, roles=school):
        raise OwnWork(
            _("You have worked on this school's papers yourself; a colleague with the same mandate decides here.")
        )


def check_curators(session: Session, *, actor: Actor, rows: Sequence[Mapping[str, Any]], today: date) -> None:
    """Pass if everybody who is named can be the school's curator, and nobody names himself.

    Raises:
        BothSides: somebody is of the school's own team.
        OwnMandate: the actor would give himself the mandate.
    """
    for row in rows:
        if not row.get("curator"):
            continue
        person_id, school_id = int(row["curator"]), cycles.get_case(session, int(row["case_id"])).school_id
        held = people.mandates_at(session, person_id=person_id, organisation_id=school_id)
        people_rules.check_not_both_sides(held, role=Role.CURATOR, since_on=today, until_on=None)
        if not actor.holds(Role.CURATOR, school_id):
            people_rules.check_not_himself(person_id=person_id, actor_id=actor.person_id)


def check_lies_ahead(day: str | None, *, today: date, sentence: str) -> None:
    """Pass if the ISO date is today or later, or was not asked.

    Raises:
        AlreadyPassed: saying `sentence`.
    """
    if day and date.fromisoformat(day) < today:
        raise AlreadyPassed(sentence)


def check_has_come(day: str | None, *, today: date) -> None:
    """Pass if the ISO date is today or earlier, or was not asked.

    Raises:
        NotYetCome: it lies ahead.
    """
    if day and date.fromisoformat(day) > today:
        raise NotYetCome(
            _("%(day)s has not come yet. Enter the day on which it was really done or signed."),
            day=f"{date.fromisoformat(day):%d.%m.%Y}",
        )


def check_figures(answers: Mapping[str, Any]) -> None:
    """Pass if the figures of a questionnaire can be true; forms without such rows have nothing to check.

    Raises:
        ImpossibleFigure: naming the row.
    """
    for number, row in enumerate(answers.get("coverage_rows") or [], start=1):
        if (row.get("answered") or 0) > (row.get("invited") or 0):
            raise ImpossibleFigure(
                _("Row %(row)s: %(answered)s answered, but only %(invited)s were invited. Correct one of the numbers."),
                row=number,
                answered=row.get("answered"),
                invited=row.get("invited") or 0,
            )
    for name in ("indicator_rows", "repeat_rows"):
        for number, row in enumerate(answers.get(name) or [], start=1):
            if row.get("unit") == "%" and (row.get("value") or 0) > 100:
                raise ImpossibleFigure(
                    _("Indicator %(row)s: %(value)s %% cannot be; a share is at most 100 %%."),
                    row=number,
                    value=row.get("value"),
                )
