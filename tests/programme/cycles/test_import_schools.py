"""Taking a list of schools into a cycle that is being prepared."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.programme.cycles.imports.operations import (
    Answers,
    CycleIsNotPrepared,
    Imported,
    ListIsNotClear,
    NewOnesNotConfirmed,
    import_schools,
)
from app.programme.cycles.imports.reading import read_list
from app.programme.cycles.models import Case, Cycle, CycleState
from app.work.history.models import Entry
from app.work.people.models import Organisation
from app.work.people.roles import Level
from tests.region import NOON, Region, a_region

NEW = (
    "Муниципалитет;Школа;Год;Куратор\n"
    "Городищенский район;МБОУ СОШ № 1;2027;Борисов Б. О.\n"
    "Городищенский район;МБОУ «Ерзовская СШ»;2027;\n"
    "Иловлинский район;МБОУ СОШ № 1;2027;\n"
    "Иловлинский район;МКОУ СОШ № 1 п. Лог;;\n"
)
YES = Answers(creates=True)


def prepared(built: Region) -> Cycle:
    cycle = Cycle(
        region_id=built.region.id, year=2027, title="Новый", calendar={}, factors=[], ladder=[], created_at=NOON
    )
    built.session.add(cycle)
    built.session.flush()
    return cycle


def take(built: Region, cycle: Cycle, text: str = NEW, answers: Answers = YES) -> Imported:
    school_list = read_list(text.encode())
    return import_schools(
        built.session, cycle_id=cycle.id, school_list=school_list, answers=answers, actor_id=None, now=NOON
    )


def counted(session: Session) -> tuple[int, int]:
    return session.query(Case).count(), session.query(Organisation).count()


def test_the_list_makes_cases_and_what_is_missing(session: Session) -> None:
    built = a_region(session)
    cycle = prepared(built)

    result = take(built, cycle)

    cases = session.scalars(select(Case).where(Case.cycle_id == cycle.id).order_by(Case.id)).all()
    assert tuple(case.id for case in cases) == result.case_ids
    assert (result.schools_created, result.municipalities_created) == (3, 1)
    assert result.curators == {cases[0].id: built.people["boris"].id}
    assert cases[0].school_id == built.schools[0].id
    made = [session.get(Organisation, case.school_id) for case in cases[1:]]
    assert [(school.name, school.slug, school.level) for school in made if school] == [
        ("МБОУ «Ерзовская СШ»", "gorodishchenskiy-erzovskaya-sosh", Level.SCHOOL),
        ("МБОУ СОШ № 1", "ilovlinskiy-sosh-1", Level.SCHOOL),
        ("МКОУ СОШ № 1 п. Лог", "ilovlinskiy-sosh-1-log", Level.SCHOOL),
    ]
    assert {school.time_zone for school in made if school} == {"Europe/Volgograd"}
    entry = session.scalars(select(Entry).where(Entry.action == "cycle.schools_imported")).one()
    assert entry.detail["schools"] == 4


def test_the_same_list_twice_gives_nothing_new(session: Session) -> None:
    built = a_region(session)
    cycle = prepared(built)
    take(built, cycle)
    before = counted(session)

    result = take(built, cycle, answers=Answers())

    assert (result.case_ids, counted(session)) == ((), before)


def test_nothing_is_created_without_a_yes(session: Session) -> None:
    built = a_region(session)
    cycle = prepared(built)
    before = counted(session)

    with pytest.raises(NewOnesNotConfirmed):
        take(built, cycle, answers=Answers())

    assert counted(session) == before


def test_one_wrong_row_keeps_the_whole_list_out(session: Session) -> None:
    built = a_region(session)
    cycle = prepared(built)
    before = counted(session)

    with pytest.raises(ListIsNotClear):
        take(built, cycle, NEW + "Иловлинский район;МБОУ СОШ № 7;3031;\n")

    assert counted(session) == before


def test_a_wrong_row_can_be_left_out(session: Session) -> None:
    built = a_region(session)
    cycle = prepared(built)

    result = take(
        built, cycle, NEW + "Иловлинский район;МБОУ СОШ № 7;3031;\n", Answers({"row-6": "skip"}, creates=True)
    )

    assert len(result.case_ids) == 4


def test_a_signed_cycle_takes_no_list(session: Session) -> None:
    built = a_region(session)
    cycle = prepared(built)
    cycle.state = CycleState.RUNNING

    with pytest.raises(CycleIsNotPrepared):
        take(built, cycle)


def test_a_cycle_that_is_not_there_is_not_found(session: Session) -> None:
    built = a_region(session)

    with pytest.raises(NotFound):
        import_schools(session, cycle_id=999, school_list=read_list(NEW.encode()), answers=YES, actor_id=None, now=NOON)
    assert built.cases
