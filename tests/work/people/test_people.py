"""Adding people and organisations, and what is refused."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.work.history.models import Entry
from app.work.history.queries import entries_about
from app.work.people import operations, queries, rules
from app.work.people.models import Organisation, Person
from app.work.people.roles import Level
from tests.builders import ANNA, DORA, MUNICIPALITY, NOON, OTHER_MUNICIPALITY, OTHER_SCHOOL, REGION, SCHOOL

PASSWORD = "корова на крыше 7"
PLACES = {REGION, MUNICIPALITY, OTHER_MUNICIPALITY, SCHOOL, OTHER_SCHOOL}


def add(session: Session, **other: Any) -> Person:
    values = {"login": "petrova", "full_name": "Петрова Елена Викторовна", "password": PASSWORD} | other
    return operations.add_person(session, now=NOON, actor_id=ANNA.person_id, **values)


def add_school(session: Session, **other: Any) -> Organisation:
    values: dict[str, Any] = {"level": Level.SCHOOL, "name": "Школа № 3", "slug": "school-3"}
    values |= {"parent_id": MUNICIPALITY, "time_zone": "Europe/Volgograd"} | other
    return operations.add_organisation(session, now=NOON, **values)


def actions(session: Session, person_id: int) -> list[str]:
    return [entry.action for entry in entries_about(session, subject=("person", person_id))]


def test_add_person_keeps_a_hash_and_writes_history(session: Session) -> None:
    person = add(session)

    assert PASSWORD not in person.password_hash
    assert person.short_name == "Петрова Е. В."
    entry = session.query(Entry).filter_by(subject_kind="person", subject_id=person.id).one()
    assert (entry.action, entry.person_id) == ("person.added", ANNA.person_id)


@pytest.mark.parametrize("login", ["PETROVA", " petrova ", "ｐｅｔｒｏｖａ"])
def test_add_person_refuses_a_login_that_somebody_has_however_it_is_typed(session: Session, login: str) -> None:
    add(session)

    with pytest.raises(rules.LoginTaken):
        add(session, login=login)

    assert queries.find_person(session, login=login) is not None


@pytest.mark.parametrize("login", ["", "  ", "a b", "реtrоva", "x" * 65, "a\x00/b", "имя;--", "\u202e"])
def test_add_person_refuses_what_cannot_be_a_login(session: Session, login: str) -> None:
    with pytest.raises(rules.InvalidLogin):
        add(session, login=login)


@pytest.mark.parametrize(
    "password",
    ["", "x", "1234567", "elevenchars", "x" * 257, "aaaaaaaaaaaaaa", "123456789012", "Password-1234", "Пароль 123456",
     "йцукен-йцукен", "petrova.elena"],
)  # fmt: skip
def test_add_person_refuses_a_weak_password(session: Session, password: str) -> None:
    with pytest.raises(rules.WeakPassword):
        add(session, login="petrova.elena", password=password)


@pytest.mark.parametrize("password", ["abcdef78" * 32, "пробелы и эмодзи 🐄", "correct horse battery"])
def test_add_person_takes_any_long_password(session: Session, password: str) -> None:
    assert add(session, password=password).id


@pytest.mark.parametrize("email", ["anna", "a@b@c", "a@b.c\r\nBcc: x@y.z", "a b@c.d", "@", "a@" + "b" * 300])
def test_add_person_refuses_what_is_no_mail_address(session: Session, email: str) -> None:
    with pytest.raises(rules.InvalidAddress):
        add(session, email=email)


def test_add_person_refuses_somebody_without_a_name(session: Session) -> None:
    with pytest.raises(rules.InvalidName):
        add(session, full_name=" \n ")


def test_add_person_puts_names_on_one_line(session: Session) -> None:
    assert add(session, full_name="Петрова\r\nBcc: Елена").full_name == "Петрова Bcc: Елена"


def test_add_demo_person_takes_the_password_that_everybody_knows(session: Session) -> None:
    person = operations.add_demo_person(
        session, login="team", full_name="Демидова Дина", password="vekha-demo", post="Завуч", now=NOON
    )

    assert person.email == "team@example.org"
    assert operations.log_in(session, login="team", password="vekha-demo", now=NOON)


def test_disable_person_is_refused_twice(session: Session) -> None:
    operations.disable_person(session, person_id=DORA.person_id, now=NOON)

    with pytest.raises(rules.AlreadyDisabled):
        operations.disable_person(session, person_id=DORA.person_id, now=NOON)

    assert actions(session, DORA.person_id) == ["person.disabled"]


def test_enable_person_is_refused_for_somebody_who_is_not_disabled(session: Session) -> None:
    with pytest.raises(rules.AlreadyEnabled):
        operations.enable_person(session, person_id=DORA.person_id, now=NOON)


def test_enable_person_undoes_disabling(session: Session) -> None:
    operations.disable_person(session, person_id=DORA.person_id, now=NOON)

    assert operations.enable_person(session, person_id=DORA.person_id, now=NOON).active


def test_an_unknown_person_is_not_found(session: Session) -> None:
    with pytest.raises(queries.PersonNotFound):
        operations.disable_person(session, person_id=999_999, now=NOON)


def test_set_locale_refuses_a_language_without_pages(session: Session) -> None:
    assert operations.set_locale(session, person_id=ANNA.person_id, locale="en", now=NOON).locale == "en"

    with pytest.raises(rules.UnknownLocale):
        operations.set_locale(session, person_id=ANNA.person_id, locale="../etc", now=NOON)


def test_add_organisation_puts_a_school_into_its_municipality(session: Session) -> None:
    school = add_school(session)

    assert [one.id for one in queries.ancestry(session, school.id)] == [school.id, MUNICIPALITY, REGION]


@pytest.mark.parametrize(
    "wrong",
    [
        {"parent_id": None},
        {"parent_id": REGION},
        {"parent_id": SCHOOL},
        {"level": Level.REGION},
        {"level": Level.MUNICIPALITY},
        {"slug": "Школа"},
        {"slug": "../x"},
        {"slug": ""},
        {"time_zone": "Europe/Nowhere"},
        {"time_zone": "../../etc/passwd"},
        {"time_zone": ""},
        {"name": " "},
    ],
)
def test_add_organisation_refuses_what_does_not_fit(session: Session, wrong: dict[str, Any]) -> None:
    with pytest.raises(rules.InvalidOrganisation):
        add_school(session, **wrong)


def test_add_organisation_refuses_an_address_that_is_taken(session: Session) -> None:
    with pytest.raises(rules.SlugTaken):
        add_school(session, slug="school-7")

    assert add_school(session).name == "Школа № 3"


def test_people_page_finds_names_without_regard_to_case(session: Session) -> None:
    found = queries.people_page(session, places=PLACES, search="АНДРЕЕВА анна")

    assert [row.person.id for row in found.items] == [ANNA.person_id]
    assert found.items[0].mandates[0].organisation.id == SCHOOL


@pytest.mark.parametrize("search", ["%", "_", "\\", "' OR 1=1 --", "нет такой"])
def test_people_page_takes_what_is_typed_literally(session: Session, search: str) -> None:
    assert queries.people_page(session, places=PLACES, search=search).total == 0


def test_people_page_lists_everybody_by_name(session: Session) -> None:
    page = queries.people_page(session, places=PLACES, page=10**12)

    names = [row.person.full_name for row in page.items]
    assert (page.number, page.total, names) == (1, 6, sorted(names))
