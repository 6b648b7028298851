"""The demo's cycle in mid-February: six schools, each at another place of its year."""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from app.kernel.clock import move_clock
from app.programme.consultations.operations import Question
from app.programme.cycles import operations as cycles
from app.programme.cycles.models import Case, Cycle
from app.programme.cycles.operations import NewCycle
from app.programme.cycles.reference import load_programme
from app.programme.demo.play import act, open_tasks, play_case
from app.programme.demo.region import SCHOOLS, Region, build_region
from app.programme.processes import open_cycle
from app.programme.processes.acts import ask_consultation, start_process
from app.programme.processes.due import moments_until, run_due
from app.work.people import queries as people
from app.work.people.roles import Mandate, Role
from app.work.remarks import operations as remarks
from app.work.remarks.models import Severity
from app.work.tasks import queries as tasks

OPENED_AT = datetime(2026, 1, 12, 6, tzinfo=UTC)  # nine in the morning at the schools
SHOWN_AT = datetime(2026, 1, 29, 6, tzinfo=UTC)

# Where each school stands when the demo begins: the tasks that its people have not done yet.
STOPS = {
    "school-1": {("diagnose", "fill_questionnaire"), ("diagnose", "visit_school")},
    "school-2": {("diagnose", "verify_profile")},
    "school-3": {("diagnose", "choose_risks"), ("escalate", "call_school"), ("escalate", "help_or_move")},
    "school-7": {("plan", "write_programme"), ("plan", "write_anti_risk_programme")},
    "school-12": {("approve", "confirm_package")},
    "school-borovoe": {("implement", "report_measure"), ("implement", "confirm_report")},
}


def seed(session: Session) -> Cycle:
    """Make the region and play its people from the opening of the cycle to the day that the demo shows.

    The processes and forms are deployed already. The demo's clock is left at that day.
    """
    now = OPENED_AT
    region = build_region(session, now=now, since_on=now.date())
    cycle = _open_cycle(session, region, now)
    cases = {case.school.slug: case for case in cycle.cases}
    for day in (1, 3, 7):
        now = OPENED_AT + timedelta(days=day)
        run_due(session, now=now)
        for slug, stops in STOPS.items():
            play_case(session, case=cases[slug], stop_at=stops, now=now)
    _return_once(session, cases["school-12"], now + timedelta(hours=3))
    _ask(session, region, cases["school-2"], now + timedelta(hours=4))
    for moment in moments_until(session, now=now, until=SHOWN_AT):
        run_due(session, now=moment)
        _report_one(session, cases["school-borovoe"], moment)
    # What was done at the last moment can itself be due by then.
    run_due(session, now=SHOWN_AT)
    move_clock(session, to=SHOWN_AT)
    return cycle


def _open_cycle(session: Session, region: Region, now: datetime) -> Cycle:
    """Prepare the cycle, start `open_cycle` and play the regional coordinator until every year has begun."""
    new = NewCycle(
        region_id=region.organisation.id,
        year=now.year,
        title=f"500+ · {now.year}",
        programme=load_programme(),
    )
    cycle = cycles.prepare_cycle(session, new=new, actor_id=region.people["region"].id, now=now)
    curators = {school.slug: region.people[school.curator] for school in SCHOOLS}
    listed = []
    for school in region.schools:
        case = cycles.add_case(session, cycle=cycle, school_id=school.id, actor_id=None, now=now)
        listed.append(
            {
                "case_id": case.id,
                "school_id": school.id,
                "name": school.name,
                "municipality": school.parent.name if school.parent else "",
                "curator": str(curators[school.slug].id),
            }
        )
    options = {p.id: {"value": str(p.id), "label": p.short_name} for p in curators.values()}
    data = open_cycle.start_data(cycle, listed, list(options.values()))
    start_process(session, process_key="open_cycle", about=cycle, data=data, actor_id=None, now=now)
    while waiting := open_tasks(session, cycle.business_key):
        act(session, task=waiting[0], now=now)
    session.refresh(cycle)
    return cycle


def _return_once(session: Session, case: Case, now: datetime) -> None:
    """Have the curator return the package with a remark, and the school send it again."""
    review = next(task for task in open_tasks(session, case.business_key) if task.element_id == "confirm_package")
    today = now.date()
    curator = people.holders(session, mandate=Mandate(Role.CURATOR, case.school_id), today=today)[0]
    actor = people.actor_of(session, person=curator, today=today)
    remarks.add_remark(
        session,
        new=remarks.NewRemark(
            task_id=review.id,
            place="concept:concept_goals",
            place_title="Концепция развития · Цели",
            severity=Severity.REMARK,
            text="Цель стоит назвать в числах: насколько и к какому сроку.",
            seen={},
        ),
        actor=actor,
        now=now,
    )
    changes = {"confirm_decision": "return", "confirm_comment": "Уточните цель и сроки в двух строках."}
    for task_id in act(session, task=review, now=now, changes=changes):
        act(session, task=tasks.get_task(session, task_id), now=now + timedelta(days=2))


def _ask(session: Session, region: Region, case: Case, now: datetime) -> None:
    """Have a school ask the consultant."""
    person = region.people["stranger"]
    actor = people.actor_of(session, person=person, today=now.date())
    asked = Question(
        topic="Показатели дорожной карты",
        question="Сколько показателей нужно на одно мероприятие и откуда их брать?",
        urgency="usual",
    )
    ask_consultation(session, case=case, asked=asked, actor=actor, now=now)


def _report_one(session: Session, case: Case, now: datetime) -> None:
    """Have the school report about its first measure, once."""
    waiting = [task for task in open_tasks(session, case.business_key) if task.process_key == "implement"]
    reported = any(task.element_id == "confirm_report" for task in waiting)
    if waiting and not reported:
        act(session, task=waiting[0], now=now)
