"""The demo's region: organisations, people and mandates. All names are invented."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.work.people import operations as people
from app.work.people.models import Organisation, Person
from app.work.people.roles import Level, Role

ZONE = "Europe/Moscow"
PASSWORD = "vekha-demo"  # noqa: S105 – the demo's known password, printed by `make run`, on loopback only


@dataclass(frozen=True)
class School:
    """One school of the demo: its name, page, municipality, and the logins of its people."""

    name: str
    slug: str
    municipality: str
    team: str
    principal: str
    curator: str


SCHOOLS = (
    School("МБОУ «СОШ № 1 с. Озёрное»", "school-1", "Озёрский район", "team", "principal", "curator"),
    School("МБОУ «СОШ № 2 п. Заречный»", "school-2", "Озёрский район", "stranger", "principal2", "curator2"),
    School("МБОУ «Ключевская СОШ»", "school-3", "Озёрский район", "team3", "principal3", "curator"),
    School("МБОУ «СОШ № 7»", "school-7", "Город Верхнереченск", "team7", "principal7", "curator3"),
    School("МАОУ «Лицей № 12»", "school-12", "Город Верхнереченск", "team12", "principal12", "curator3"),
    School("МКОУ «Боровская ООШ»", "school-borovoe", "Лесной район", "team5", "principal5", "curator2"),
)

# Login, full name, post.
PEOPLE = (
    ("team", "Соколова Марина Игоревна", "заместитель директора по учебной работе"),
    ("principal", "Кузнецов Андрей Павлович", "директор"),
    ("curator", "Петрова Елена Викторовна", "директор МАОУ «Гимназия № 3»"),
    ("municipality", "Орлова Татьяна Сергеевна", "методист управления образования"),
    ("region", "Белов Николай Олегович", "начальник отдела общего образования"),
    ("consultant", "Жукова Ольга Романовна", "доцент кафедры педагогики ИРО"),
    ("designer", "Лебедев Илья Антонович", "аналитик РЦОКО"),
    ("admin", "Тихонов Максим Юрьевич", "системный администратор"),
    ("stranger", "Фомина Дарья Алексеевна", "заместитель директора"),
    ("principal2", "Григорьев Пётр Ильич", "директор"),
    ("curator2", "Мельников Сергей Борисович", "директор МБОУ «СОШ № 5»"),
    ("team3", "Власова Анна Дмитриевна", "заместитель директора"),
    ("principal3", "Егоров Виктор Степанович", "директор"),
    ("team7", "Никитина Полина Андреевна", "заместитель директора"),
    ("principal7", "Захарова Ирина Львовна", "директор"),
    ("curator3", "Семёнов Роман Геннадьевич", "директор МАОУ «Лицей № 1»"),
    ("team12", "Крылова Юлия Вадимовна", "заместитель директора"),
    ("principal12", "Данилов Артём Николаевич", "директор"),
    ("team5", "Гусева Вера Михайловна", "учитель, ответственная за программу"),
    ("principal5", "Титова Галина Фёдоровна", "директор"),
    ("municipality2", "Баранова Светлана Юрьевна", "главный специалист управления образования"),
    ("municipality3", "Комаров Денис Игоревич", "заведующий отделом образования"),
)

COORDINATORS = {
    "Озёрский район": "municipality",
    "Город Верхнереченск": "municipality2",
    "Лесной район": "municipality3",
}


@dataclass(frozen=True)
class Region:
    """What was made: the region, its schools in order, and everybody by login."""

    organisation: Organisation
    schools: tuple[Organisation, ...]
    people: dict[str, Person]


def build_region(session: Session, *, now: datetime, since_on: date) -> Region:
    """Make the organisations, people and mandates; curators are named later, by the process `open_cycle`."""
    region = _organisation(session, Level.REGION, "Верхнереченская область", "region", None, now)
    municipalities = {
        name: _organisation(session, Level.MUNICIPALITY, name, f"municipality-{number}", region, now)
        for number, name in enumerate(COORDINATORS, start=1)
    }
    schools = [
        _organisation(session, Level.SCHOOL, school.name, school.slug, municipalities[school.municipality], now)
        for school in SCHOOLS
    ]
    folk = {
        login: people.add_demo_person(session, login=login, full_name=full_name, password=PASSWORD, post=post, now=now)
        for login, full_name, post in PEOPLE
    }
    for login, role, organisation in _mandates(region, municipalities, schools):
        people.grant_mandate(
            session,
            person_id=folk[login].id,
            role=role,
            organisation_id=organisation.id,
            since_on=since_on,
            now=now,
            actor_id=None,
        )
    return Region(organisation=region, schools=tuple(schools), people=folk)


def _organisation(
    session: Session, level: Level, name: str, slug: str, parent: Organisation | None, now: datetime
) -> Organisation:
    """Make one organisation in the demo's zone."""
    return people.add_organisation(
        session,
        level=level,
        name=name,
        slug=slug,
        parent_id=parent.id if parent is not None else None,
        time_zone=ZONE,
        now=now,
    )


def _mandates(
    region: Organisation, municipalities: dict[str, Organisation], schools: list[Organisation]
) -> Iterator[tuple[str, Role, Organisation]]:
    """Say who holds what where, by login."""
    yield "region", Role.REGIONAL_COORDINATOR, region
    yield "consultant", Role.CONSULTANT, region
    yield "designer", Role.PROCESS_DESIGNER, region
    yield "admin", Role.ADMINISTRATOR, region
    for name, coordinator in COORDINATORS.items():
        yield coordinator, Role.MUNICIPAL_COORDINATOR, municipalities[name]
    for school, organisation in zip(SCHOOLS, schools, strict=True):
        yield school.team, Role.SCHOOL_TEAM, organisation
        yield school.principal, Role.PRINCIPAL, organisation
