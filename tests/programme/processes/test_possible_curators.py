"""Who is offered as a curator when a cycle opens."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from app.programme.processes.opening import possible_curators
from app.work.people.roles import Role
from tests.region import NOON, Region, a_person, a_region, grant

TODAY = NOON.date()


@pytest.fixture
def built(session: Session) -> Region:
    """Return the region; School 2, which Dora directs, is not on the list."""
    built = a_region(session)
    case = built.cases.pop(1)
    for stage in case.stages:
        session.delete(stage)
    session.flush()
    session.delete(case)
    session.flush()
    return built


def offered(built: Region, *named: int) -> list[str]:
    found = possible_curators(built.session, cycle=built.cycle, named=named, today=TODAY)
    return [person.login for person in found]


def test_curators_come_first_and_heads_of_other_schools_last(built: Region) -> None:
    a_person(built.session, "newcomer", "Абрамов Антон Ильич")

    assert offered(built) == ["boris", "newcomer", "dora"]


def test_whoever_held_the_mandate_of_a_curator_once_is_offered_again(built: Region) -> None:
    former = a_person(built.session, "former", "Ярова Яна Юрьевна")
    grant(built.session, former, Role.CURATOR, built.schools[1]).until_on = date(2026, 2, 1)

    assert offered(built) == ["boris", "former", "dora"]


@pytest.mark.parametrize(
    ("role", "place"),
    [(Role.PRINCIPAL, "school"), (Role.SCHOOL_TEAM, "school"), (Role.MUNICIPAL_COORDINATOR, "place"),
     (Role.REGIONAL_COORDINATOR, "region"), (Role.ADMINISTRATOR, "region")],
)  # fmt: skip
def test_a_curator_who_is_of_a_school_on_the_list_or_watches_is_not_offered(
    built: Region, role: Role, place: str
) -> None:
    places = {"school": built.schools[2], "place": built.places[1], "region": built.region}
    grant(built.session, built.people["boris"], role, places[place])

    assert offered(built, built.people["boris"].id) == ["dora"]


def test_whom_the_list_names_stands_among_the_curators(built: Region) -> None:
    assert offered(built, built.people["dora"].id) == ["boris", "dora"]


def test_disabled_people_are_not_offered(built: Region) -> None:
    built.people["boris"].active = False

    assert offered(built) == ["dora"]
