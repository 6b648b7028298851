"""A small region for tests that need schools, people and a running year, put straight into the tables.

The cast: Anna directs School 1; Boris is its curator; Clara coordinates its municipality; Vera coordinates the
region; Dora directs a school of another municipality and may see nothing of Anna's.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.programme.cycles.models import Case, CaseState, Cycle, CycleState, StageRecord
from app.work.people.models import HeldMandate, Organisation, Person
from app.work.people.passwords import demo_hash
from app.work.people.roles import Actor, Level, Mandate, Role
from app.work.tasks.models import Task, TaskState

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
PASSWORD = "vekha-demo"
ZONE = "Europe/Volgograd"
CALENDAR: dict[str, Any] = {
    "diagnose_opens": "2026-01-15", "diagnose_closes": "2026-02-20",
    "plan_opens": "2026-02-21", "plan_closes": "2026-04-30",
    "approve_opens": "2026-04-15", "approve_closes": "2026-05-31",
    "implement_opens": "2026-04-01", "implement_closes": "2026-11-30",
    "monitor_1_opens": "2026-06-01", "monitor_1_closes": "2026-06-30",
    "monitor_2_opens": "2026-10-15", "monitor_2_closes": "2026-11-15",
    "evaluate_opens": "2026-12-01", "evaluate_closes": "2026-12-25",
    "confirm_term": "P5D",
}  # fmt: skip


@dataclass
class Region:
    """What was built: the rows by short names."""

    session: Session
    region: Organisation
    cycle: Cycle
    places: list[Organisation] = field(default_factory=list)
    schools: list[Organisation] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)

    def actor(self, login: str) -> Actor:
        """Return the person as an actor with all mandates."""
        person = self.people[login]
        held = self.session.query(HeldMandate).filter_by(person_id=person.id)
        return Actor(person.id, person.short_name, frozenset(Mandate(m.role, m.organisation_id) for m in held))


def a_region(session: Session, *, schools: int = 3) -> Region:
    """Return a region of two municipalities; even schools lie in the first, odd ones in the second."""
    top = _organisation(session, Level.REGION, "Тестовая область", "region", None)
    cycle = Cycle(
        region_id=top.id, year=2026, title="«500+», 2026", calendar=dict(CALENDAR), factors=[], ladder=[],
        state=CycleState.RUNNING, order_number="12-п", order_on=date(2026, 1, 12), created_at=NOON,
    )  # fmt: skip
    cycle.region = top
    session.add(cycle)
    session.flush()
    built = Region(session, top, cycle)
    for name, slug in (("Городищенский район", "gorod"), ("Дубовский район", "dubovka")):
        built.places.append(_organisation(session, Level.MUNICIPALITY, name, slug, top.id))
    for number in range(schools):
        place = built.places[number % 2]
        school = _organisation(session, Level.SCHOOL, f"МБОУ СОШ № {number + 1}", f"school-{number + 1}", place.id)
        built.schools.append(school)
        built.cases.append(a_case(session, cycle, school))
    _cast(built)
    session.flush()
    return built


def _cast(built: Region) -> None:
    first, second = built.schools[0], built.schools[1]
    for login, name, role, place in (
        ("anna", "Андреева Анна Павловна", Role.PRINCIPAL, first),
        ("team", "Тимофеева Таисия Ильинична", Role.SCHOOL_TEAM, first),
        ("boris", "Борисов Борис Олегович", Role.CURATOR, first),
        ("clara", "Климова Клара Юрьевна", Role.MUNICIPAL_COORDINATOR, built.places[0]),
        ("vera", "Власова Вера Сергеевна", Role.REGIONAL_COORDINATOR, built.region),
        ("dora", "Дорохова Дора Львовна", Role.PRINCIPAL, second),
        ("designer", "Дизайнова Дина Андреевна", Role.PROCESS_DESIGNER, built.region),
        ("admin", "Админов Адам Егорович", Role.ADMINISTRATOR, built.region),
    ):
        built.people[login] = a_person(built.session, login, name)
        grant(built.session, built.people[login], role, place)


def a_person(session: Session, login: str, name: str) -> Person:
    """Return a person with the password of the tests."""
    person = Person(
        login=login, full_name=name, password_hash=demo_hash(PASSWORD), created_at=NOON, password_changed_at=NOON
    )
    session.add(person)
    session.flush()
    return person


def grant(session: Session, person: Person, role: Role, place: Organisation) -> HeldMandate:
    """Give the person a mandate since the beginning of the year."""
    held = HeldMandate(person_id=person.id, role=role, organisation_id=place.id, since_on=date(2026, 1, 1))
    session.add(held)
    session.flush()
    return held


def a_case(session: Session, cycle: Cycle, school: Organisation, *, stage: str = "diagnose") -> Case:
    """Return a case that entered `stage` ten days before NOON."""
    case = Case(cycle_id=cycle.id, school_id=school.id, state=CaseState.RUNNING)
    case.school, case.cycle = school, cycle
    session.add(case)
    session.flush()
    case.stages.append(StageRecord(stage=stage, began_at=NOON - timedelta(days=10)))
    session.flush()
    return case


def a_task(
    session: Session, case: Case, *, role: Role = Role.SCHOOL_TEAM, place: Organisation | None = None, days: int = 5
) -> Task:
    """Return an open task of the case, due `days` after NOON; negative is overdue."""
    place = place or case.school
    due_on = NOON.date() + timedelta(days=days)
    count = session.query(Task).count()
    task = Task(
        instance_id=case.id, task_ref=f"ref-{count}", process_key="diagnose", element_id="fill_questionnaire",
        title="Заполнить анкету", properties={}, business_key=case.business_key, candidate_role=role,
        organisation_id=place.id, due_on=due_on, due_at=datetime.combine(due_on, datetime.max.time(), tzinfo=UTC),
        created_at=NOON - timedelta(days=3), state=TaskState.OPEN,
    )  # fmt: skip
    session.add(task)
    session.flush()
    return task


def _organisation(session: Session, level: Level, name: str, slug: str, parent_id: int | None) -> Organisation:
    made = Organisation(level=level, name=name, slug=slug, parent_id=parent_id, time_zone=ZONE)
    session.add(made)
    session.flush()
    return made
