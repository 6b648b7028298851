"""Granting and ending mandates, and what somebody may see with them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.work.people import operations, queries, rules
from app.work.people.models import HeldMandate
from app.work.people.roles import Actor, Level, Mandate, Role
from tests.builders import (
    ANNA,
    BORIS,
    CLARA,
    DORA,
    EVA,
    FEDOR,
    MUNICIPALITY,
    NOON,
    OTHER_MUNICIPALITY,
    OTHER_SCHOOL,
    REGION,
    SCHOOL,
    TODAY,
    as_now,
)

CURATOR_OF_OTHER = Mandate(Role.CURATOR, OTHER_SCHOOL)


def grant(session: Session, **other: Any) -> HeldMandate:
    values: dict[str, Any] = {"person_id": BORIS.person_id, "role": Role.CURATOR, "organisation_id": OTHER_SCHOOL}
    values |= {"since_on": TODAY} | other
    return operations.grant_mandate(session, now=NOON, actor_id=FEDOR.person_id, **values)


def test_grant_mandate_lets_the_person_act_from_its_first_day(session: Session) -> None:
    grant(session, since_on=TODAY + timedelta(days=1))
    boris = queries.get_person(session, BORIS.person_id)

    assert CURATOR_OF_OTHER not in queries.actor_of(session, person=boris, today=TODAY).mandates
    assert CURATOR_OF_OTHER in queries.actor_of(session, person=boris, today=TODAY + timedelta(days=1)).mandates


def test_a_mandate_counts_on_its_last_day_and_not_after(session: Session) -> None:
    held = grant(session, until_on=TODAY)

    assert rules.is_valid_on(held, TODAY)
    assert [p.id for p in queries.holders(session, mandate=CURATOR_OF_OTHER, today=TODAY)] == [BORIS.person_id]
    assert queries.holders(session, mandate=CURATOR_OF_OTHER, today=TODAY + timedelta(days=1)) == []


@pytest.mark.parametrize("organisation_id", [MUNICIPALITY, REGION])
def test_grant_mandate_refuses_a_role_that_is_held_elsewhere(session: Session, organisation_id: int) -> None:
    with pytest.raises(rules.InvalidMandate):
        grant(session, organisation_id=organisation_id)


def test_grant_mandate_refuses_to_end_before_it_begins(session: Session) -> None:
    with pytest.raises(rules.InvalidMandate):
        grant(session, until_on=TODAY - timedelta(days=1))


@pytest.mark.parametrize(
    ("since_on", "until_on"),
    [(date(2026, 3, 1), None), (date(2026, 1, 1), date(2026, 3, 1)), (date(2026, 3, 31), date(2026, 12, 31))],
)
def test_grant_mandate_refuses_a_mandate_held_in_that_period(
    session: Session, since_on: date, until_on: date | None
) -> None:
    grant(session, since_on=date(2026, 3, 1), until_on=date(2026, 3, 31))

    with pytest.raises(rules.MandateAlreadyHeld):
        grant(session, since_on=since_on, until_on=until_on)


def test_grant_mandate_takes_a_second_period(session: Session) -> None:
    grant(session, since_on=date(2026, 3, 1), until_on=date(2026, 3, 31))

    assert grant(session, since_on=date(2026, 4, 1)).id


def test_grant_mandate_refuses_nobody_and_nowhere(session: Session) -> None:
    with pytest.raises(queries.PersonNotFound):
        grant(session, person_id=999_999)
    with pytest.raises(queries.OrganisationNotFound):
        grant(session, organisation_id=999_999)


def test_end_mandate_takes_the_right_away_with_the_next_request(session: Session) -> None:
    held = grant(session, since_on=TODAY - timedelta(days=9))

    operations.end_mandate(
        session, mandate_id=held.id, until_on=TODAY - timedelta(days=1), now=NOON, actor_id=FEDOR.person_id
    )

    assert CURATOR_OF_OTHER not in as_now(session, BORIS.person_id).mandates


def test_end_mandate_refuses_what_has_ended(session: Session) -> None:
    held = grant(session, until_on=TODAY)

    with pytest.raises(rules.MandateAlreadyEnded):
        operations.end_mandate(session, mandate_id=held.id, until_on=TODAY, now=NOON, actor_id=None)


def test_end_mandate_refuses_an_unknown_one(session: Session) -> None:
    with pytest.raises(queries.MandateNotFound):
        operations.end_mandate(session, mandate_id=999_999, until_on=TODAY, now=NOON, actor_id=None)


def test_disabled_people_hold_nothing_that_tasks_could_go_to(session: Session) -> None:
    operations.disable_person(session, person_id=ANNA.person_id, now=NOON)

    assert queries.holders(session, mandate=Mandate(Role.PRINCIPAL, SCHOOL), today=TODAY) == []


@pytest.mark.parametrize(
    ("actor", "sees"),
    [
        (ANNA, {SCHOOL}),
        (BORIS, {SCHOOL}),
        (CLARA, {MUNICIPALITY, SCHOOL}),
        (DORA, {OTHER_SCHOOL}),
        (FEDOR, {REGION, MUNICIPALITY, OTHER_MUNICIPALITY, SCHOOL, OTHER_SCHOOL}),
        (Actor(1, "Никто", frozenset()), set()),
    ],
)
def test_territory_reaches_downwards_only(session: Session, actor: Actor, sees: set[int]) -> None:
    assert queries.territory(session, actor=actor) == sees
    assert queries.can_see_organisation(session, actor=actor, organisation_id=SCHOOL) == (SCHOOL in sees)


@pytest.mark.parametrize("role", [Role.CONSULTANT, Role.PROCESS_DESIGNER])
def test_a_consultant_looks_after_nothing_in_the_region(session: Session, role: Role) -> None:
    actor = Actor(1, "Кто-то", frozenset({Mandate(role, REGION)}))

    assert queries.territory(session, actor=actor, supervised_only=True) == frozenset()


@pytest.mark.parametrize(
    ("role", "organisation_id"),
    [(Role.PRINCIPAL, SCHOOL), (Role.MUNICIPAL_COORDINATOR, MUNICIPALITY), (Role.CONSULTANT, REGION)],
)
def test_organisation_for_climbs_to_where_the_role_is_held(session: Session, role: Role, organisation_id: int) -> None:
    assert queries.organisation_for(session, role=role, organisation_id=SCHOOL).id == organisation_id


def test_organisation_for_never_climbs_down(session: Session) -> None:
    with pytest.raises(queries.OrganisationNotFound):
        queries.organisation_for(session, role=Role.PRINCIPAL, organisation_id=REGION)


def test_organisations_are_found_below_one_and_by_level(session: Session) -> None:
    schools = queries.organisations(session, level=Level.SCHOOL)
    under = queries.organisations(session, under=MUNICIPALITY)

    assert {school.id for school in schools} == {SCHOOL, OTHER_SCHOOL}
    assert [one.id for one in under] == [SCHOOL]
    assert len(queries.organisations(session, under=REGION)) == 4


@pytest.mark.parametrize(
    ("person_id", "role"),
    [
        (BORIS.person_id, Role.PRINCIPAL),
        (BORIS.person_id, Role.SCHOOL_TEAM),
        (ANNA.person_id, Role.CURATOR),
        (EVA.person_id, Role.CURATOR),
    ],
)
def test_nobody_is_of_a_school_and_its_curator(session: Session, person_id: int, role: Role) -> None:
    with pytest.raises(rules.BothSides):
        grant(session, person_id=person_id, role=role, organisation_id=SCHOOL)


def test_curator_and_principal_of_different_schools_or_years_are_fine(session: Session) -> None:
    grant(session, person_id=ANNA.person_id)
    grant(session, person_id=BORIS.person_id, organisation_id=OTHER_SCHOOL, until_on=TODAY)
    later = TODAY + timedelta(days=1)
    assert grant(session, person_id=BORIS.person_id, role=Role.PRINCIPAL, since_on=later).since_on == later


def test_nobody_gives_a_mandate_to_himself(session: Session) -> None:
    with pytest.raises(rules.OwnMandate):
        grant(session, person_id=FEDOR.person_id)
