"""Plain functions that put one valid thing in the database; pass only what the test is about.

The cast: Anna directs School 1; Eva is on its team; Boris is its curator; Clara coordinates its municipality;
Fedor coordinates the region. Dora directs a school of another municipality and may see nothing of Anna's.
"""

from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy.orm import Session

from app.kernel.days import end_of_day
from app.work.people import queries as people
from app.work.people.models import HeldMandate, Organisation, Person
from app.work.people.roles import Actor, Level, Mandate, Role
from app.work.tasks import queries
from app.work.tasks.models import Task, TaskState

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
TODAY = NOON.date()
ZONE = "Europe/Volgograd"  # three hours ahead of UTC

# Ids far from where sequences begin, so that rows added later do not meet them.
REGION, MUNICIPALITY, OTHER_MUNICIPALITY, SCHOOL, OTHER_SCHOOL = 1001, 1002, 1003, 1004, 1005
CASE, OTHER_CASE = "case:1001", "case:1002"

ANNA = Actor(1001, "Андреева А. И.", frozenset({Mandate(Role.PRINCIPAL, SCHOOL)}))
BORIS = Actor(1002, "Борисов Б. П.", frozenset({Mandate(Role.CURATOR, SCHOOL)}))
CLARA = Actor(1003, "Климова К. С.", frozenset({Mandate(Role.MUNICIPAL_COORDINATOR, MUNICIPALITY)}))
DORA = Actor(1004, "Дорохова Д. В.", frozenset({Mandate(Role.PRINCIPAL, OTHER_SCHOOL)}))
EVA = Actor(1005, "Ершова Е. Н.", frozenset({Mandate(Role.SCHOOL_TEAM, SCHOOL)}))
FEDOR = Actor(1006, "Фёдоров Ф. О.", frozenset({Mandate(Role.REGIONAL_COORDINATOR, REGION)}))

_CAST = (
    (ANNA, "anna", "Андреева Анна Ивановна"),
    (BORIS, "boris", "Борисов Борис Петрович"),
    (CLARA, "clara", "Климова Клара Сергеевна"),
    (DORA, "dora", "Дорохова Дора Викторовна"),
    (EVA, "eva", "Ершова Ева Николаевна"),
    (FEDOR, "fedor", "Фёдоров Фёдор Олегович"),
)
_PLACES = (
    (REGION, Level.REGION, None, "Заречная область", "zarechnaya"),
    (MUNICIPALITY, Level.MUNICIPALITY, REGION, "Лесной район", "lesnoy"),
    (OTHER_MUNICIPALITY, Level.MUNICIPALITY, REGION, "Степной район", "stepnoy"),
    (SCHOOL, Level.SCHOOL, MUNICIPALITY, "МБОУ СОШ № 1", "school-1"),
    (OTHER_SCHOOL, Level.SCHOOL, OTHER_MUNICIPALITY, "МБОУ СОШ № 7", "school-7"),
)
_refs = count(1)


def the_cast(session: Session) -> None:
    """Put the region and its people in the database, unless they are there."""
    if session.get(Organisation, REGION) is not None:
        return
    for id_, level, parent_id, name, slug in _PLACES:
        session.add(Organisation(id=id_, level=level, parent_id=parent_id, name=name, slug=slug, time_zone=ZONE))
        session.flush()
    for actor, login, full_name in _CAST:
        session.add(a_person_row(actor.person_id, login, full_name))
        session.flush()
        for role, organisation_id in actor.mandates:
            session.add(
                HeldMandate(
                    person_id=actor.person_id,
                    role=role,
                    organisation_id=organisation_id,
                    since_on=date(2026, 1, 1),
                )
            )
    session.flush()


def a_person_row(id_: int | None, login: str, full_name: str) -> Person:
    """Return a person who cannot log in yet; tests that log in set a password themselves."""
    return Person(
        id=id_,
        login=login,
        full_name=full_name,
        email=f"{login}@example.org",
        password_hash="",
        created_at=NOON,
        password_changed_at=NOON,
    )


def a_task(
    session: Session,
    *,
    role: Role = Role.CURATOR,
    organisation_id: int = SCHOOL,
    business_key: str = CASE,
    due_on: date | None = None,
    **other: object,
) -> Task:
    """Return a stored task of School 1, open to its curator unless said otherwise."""
    the_cast(session)
    values: dict[str, object] = {
        "instance_id": 1,
        "task_ref": f"ref-{next(_refs)}",
        "process_key": "approve",
        "element_id": "confirm_package",
        "title": "Подтвердить пакет документов",
        "properties": {},
        "state": TaskState.OPEN,
        "created_at": NOON,
        "due_at": None if due_on is None else end_of_day(due_on, ZONE),
    }
    task = Task(
        candidate_role=role,
        organisation_id=organisation_id,
        business_key=business_key,
        due_on=due_on,
        **{**values, **other},
    )
    session.add(task)
    session.flush()
    return task


def inbox_of(session: Session, actor: Actor, *, now: datetime = NOON) -> list[Task]:
    """Return the tasks of the actor's inbox, in order."""
    return [row.task for row in queries.inbox(session, actor=actor, now=now).items]


def as_now(session: Session, person_id: int) -> Actor:
    """Return the person with the mandates that the database holds today."""
    return people.actor_of(session, person=people.get_person(session, person_id), today=TODAY)
