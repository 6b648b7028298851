"""A time starts a process once in every cycle that runs, and all of its pages know what it is about."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.instances.models import Instance
from app.engine.starts.models import StartTimer
from app.programme.cycles.models import CycleState
from app.programme.processes.due import moments_until, next_due_at, run_due
from app.programme.processes.unattended import start_by_timer
from app.studio.lint import lint
from app.work.people.roles import Role
from app.work.tasks.models import Task
from tests.engine.diagrams import END, NOON, a_diagram, after, every, user_task, with_properties
from tests.engine.runs import deployed
from tests.region import a_region

DUE = NOON + timedelta(days=7)


def weekly(how: str) -> bytes:
    body = f'<startEvent id="week_began">{how}</startEvent>' + user_task("look") + END
    return a_diagram(body + "\nweek_began -> look\nlook -> done\n")


def test_it_starts_in_every_running_cycle(session: Session) -> None:
    built = a_region(session)
    deployed(session, weekly(after("P7D")))
    assert next_due_at(session) == DUE

    assert run_due(session, now=DUE) == 1

    (instance,) = session.scalars(select(Instance))
    assert (instance.business_key, instance.scope_key) == (built.cycle.business_key, built.cycle.business_key)
    assert instance.time_zone == built.region.time_zone
    (task,) = session.scalars(select(Task))
    assert (task.element_id, task.candidate_role, task.organisation_id) == ("look", Role.ADMINISTRATOR, built.region.id)


def test_without_a_running_cycle_the_time_passes(session: Session) -> None:
    a_region(session).cycle.state = CycleState.CLOSED
    deployed(session, weekly(every("R/P7D")))
    (timer,) = session.scalars(select(StartTimer))

    assert start_by_timer(session, start_timer_id=timer.id, now=DUE)

    assert session.scalars(select(Instance.id)).all() == []
    assert next_due_at(session) == DUE + timedelta(days=7)


def test_the_clock_of_the_demo_lives_through_every_turn(session: Session) -> None:
    a_region(session)
    deployed(session, weekly(every("R3/P7D")))

    for moment in moments_until(session, now=NOON, until=NOON + timedelta(days=30)):
        run_due(session, now=moment)

    started = session.scalars(select(Instance.started_at).order_by(Instance.id)).all()
    assert started == [NOON + timedelta(days=days) for days in (7, 14, 21)]


@pytest.mark.parametrize("name", ["business_key", "scope_key"])
def test_a_start_timer_with_a_subject_of_its_own_is_refused(name: str) -> None:
    problems = lint(None, files={"weekly.bpmn": weekly(with_properties(**{name: "reports"}) + after("P7D"))})

    assert [(one.element_id, one.severity) for one in problems if one.code == "start_subject"] == [
        ("week_began", "error")
    ]
