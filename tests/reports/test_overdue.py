"""«Сегодня»."""

from sqlalchemy.orm import Session

from app.reports.overdue import by_municipality, coming_tasks, load_of_curators, overdue_tasks, red_list
from app.reports.scope import View
from app.work.people.roles import Role
from tests.region import NOON, Region, a_region, a_task


def view(built: Region, login: str) -> View:
    return View(built.cycle, built.actor(login), NOON)


def test_overdue_tasks_come_with_whose_they_are_the_latest_first(session: Session) -> None:
    built = a_region(session)
    a_task(session, built.cases[0], role=Role.PRINCIPAL, days=-2)
    a_task(session, built.cases[1], role=Role.PRINCIPAL, days=-5)
    a_task(session, built.cases[0], days=1)

    found = overdue_tasks(session, view=view(built, "vera"))

    assert [(line.case.school.name, line.names, line.late_days) for line in found.lines] == [
        ("МБОУ СОШ № 2", ("Дорохова Д. Л.",), 5),
        ("МБОУ СОШ № 1", ("Андреева А. П.",), 2),
    ]
    assert overdue_tasks(session, view=view(built, "clara")).total == 1
    assert overdue_tasks(session, view=view(built, "vera"), limit=1).total == 2


def test_what_comes_within_a_week_is_told_apart_from_what_comes_later(session: Session) -> None:
    built = a_region(session)
    a_task(session, built.cases[0], days=3)
    a_task(session, built.cases[0], days=30)

    assert [line.late_days for line in coming_tasks(session, view=view(built, "vera")).lines] == [-3]


def test_the_red_list_is_of_the_actors_schools(session: Session) -> None:
    built = a_region(session)
    built.cases[1].on_red_list_since = NOON
    session.flush()

    assert [row.case for row in red_list(session, view=view(built, "vera"))] == [built.cases[1]]
    assert red_list(session, view=view(built, "clara")) == []


def test_lateness_is_counted_by_municipality(session: Session) -> None:
    built = a_region(session)
    a_task(session, built.cases[1], days=-1)

    lines = by_municipality(session, view=view(built, "vera"))

    assert [(line.name, line.schools, line.late) for line in lines] == [
        ("Дубовский район", 1, 1),
        ("Городищенский район", 2, 0),
    ]


def test_the_load_of_a_curator_counts_each_task_once(session: Session) -> None:
    built = a_region(session)
    a_task(session, built.cases[0], role=Role.CURATOR, days=-1)
    a_task(session, built.cases[0], role=Role.CURATOR, days=9)
    a_task(session, built.cases[0], role=Role.PRINCIPAL, days=-1)

    (line,) = load_of_curators(session, view=view(built, "vera"))

    assert (line.person.login, line.schools, line.open_tasks, line.overdue) == ("boris", 1, 2, 1)
