"""The table school × stage."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.programme.cycles.models import CaseState, StageRecord
from app.programme.cycles.stages import STAGES, StageState
from app.reports.matrix import all_rows, counts, curators_in, matrix, municipalities
from app.reports.scope import Filters, Order, View
from app.work.people.roles import Role
from app.work.tasks.models import TaskState
from tests.region import NOON, Region, a_region, a_task, grant


def view(built: Region, login: str = "vera") -> View:
    return View(built.cycle, built.actor(login), NOON)


def names(built: Region, login: str = "vera", **filters: object) -> list[str]:
    page = matrix(built.session, view=view(built, login), filters=Filters(**filters))  # type: ignore[arg-type]
    return [row.case.school.name[-1] for row in page.items]


@pytest.mark.parametrize(
    ("login", "seen"),
    [("vera", ["1", "2", "3"]), ("clara", ["1", "3"]), ("boris", ["1"]), ("anna", []), ("dora", []), ("admin", [])],
)
def test_the_table_shows_the_schools_that_the_actor_watches(session: Session, login: str, seen: list[str]) -> None:
    assert names(a_region(session), login, order=Order.SCHOOL) == seen


def test_a_row_says_the_stage_the_days_and_who_holds_the_ball(session: Session) -> None:
    built = a_region(session)
    a_task(session, built.cases[0], role=Role.CURATOR, days=9)
    late = a_task(session, built.cases[0], role=Role.PRINCIPAL, days=-4)

    row = matrix(session, view=view(built), filters=Filters()).items[0]

    assert (row.municipality, row.curators) == ("Городищенский район", ("Борисов Б. О.",))
    assert (row.stage, row.stage_days, row.late_days) == ("diagnose", 10, 4)
    assert [cell.state for cell in row.cells] == [StageState.LATE] + [StageState.AHEAD] * 6
    assert row.ball is not None
    assert (row.ball.task, row.ball.names, row.ball.open_tasks, row.ball.overdue_tasks) == (
        late,
        ("Андреева А. П.",),
        2,
        1,
    )


def test_a_task_that_somebody_took_is_held_by_that_person(session: Session) -> None:
    built = a_region(session)
    task = a_task(session, built.cases[0], role=Role.SCHOOL_TEAM)
    task.state, task.assignee_id = TaskState.CLAIMED, built.people["team"].id
    session.flush()

    row = matrix(session, view=view(built, "boris"), filters=Filters()).items[0]

    assert row.ball is not None
    assert row.ball.names == ("Тимофеева Т. И.",)


def test_a_finished_stage_keeps_its_days(session: Session) -> None:
    built = a_region(session)
    case = built.cases[0]
    case.stages[0].ended_at = NOON - timedelta(days=3)
    case.stages.append(StageRecord(stage="plan", began_at=NOON - timedelta(days=3)))
    session.flush()

    row = matrix(session, view=view(built, "boris"), filters=Filters()).items[0]

    assert [(cell.state, cell.days) for cell in row.cells[:3]] == [
        (StageState.DONE, 7),
        (StageState.UNDER_WAY, 3),
        (StageState.AHEAD, None),
    ]


def test_filters_leave_what_was_asked_for(session: Session) -> None:
    built = a_region(session)
    a_task(session, built.cases[1], days=-1)
    built.cases[2].on_red_list_since = NOON
    built.cases[2].stages.append(StageRecord(stage="plan", began_at=NOON))
    session.flush()

    assert names(built, late=True) == ["2"]
    assert names(built, red=True) == ["3"]
    assert names(built, stage="plan") == ["3"]
    assert names(built, stage="; DROP TABLE", order=Order.SCHOOL) == ["1", "2", "3"]
    assert names(built, municipality_id=built.places[1].id) == ["2"]
    assert names(built, curator_id=built.people["boris"].id) == ["1"]
    assert names(built, search="сош ДУБОВСКИЙ") == ["2"]
    assert names(built, search="%") == []
    assert names(built, "clara", municipality_id=built.places[1].id) == []


def test_the_table_is_sorted_by_lateness_first(session: Session) -> None:
    built = a_region(session)
    a_task(session, built.cases[0], days=3)
    a_task(session, built.cases[2], days=-9)

    assert names(built) == ["3", "1", "2"]
    assert names(built, order=Order.MUNICIPALITY) == ["1", "3", "2"]


def test_counts_are_of_the_whole_territory(session: Session) -> None:
    built = a_region(session)
    a_task(session, built.cases[1], days=-1)
    built.cases[2].state = CaseState.CANCELLED
    built.cases[2].stages[0].ended_at = NOON
    session.flush()

    seen = counts(session, view=view(built))

    assert (seen.schools, seen.late, seen.red, seen.ended) == (3, 1, 0, 1)
    assert seen.by_stage == {stage: 2 if stage == "diagnose" else 0 for stage in STAGES}
    assert counts(session, view=view(built, "clara")).schools == 2


def test_filters_offer_what_the_actor_watches(session: Session) -> None:
    built = a_region(session)
    grant(session, built.people["boris"], Role.CURATOR, built.schools[1])

    assert [name for _id, name in municipalities(session, view=view(built))] == [
        "Городищенский район",
        "Дубовский район",
    ]
    assert [name for _id, name in municipalities(session, view=view(built, "clara"))] == ["Городищенский район"]
    assert [name for _id, name in curators_in(session, view=view(built))] == ["Борисов Б. О."]


def test_a_page_of_many_schools_costs_as_many_queries_as_of_few(session: Session) -> None:
    built = a_region(session, schools=120)
    for case in built.cases:
        a_task(session, case)
    counted = []
    event.listen(session.get_bind(), "after_cursor_execute", lambda *_: counted.append(1))
    session.expunge_all()

    page = matrix(session, view=view(built), filters=Filters(), page=99)
    for row in page.items:
        assert row.case.school.name
        assert row.ball

    assert (page.number, page.pages, len(page.items), page.total) == (3, 3, 20, 120)
    assert len(counted) <= 8
    assert len(list(all_rows(session, view=view(built), filters=Filters()))) == 120
