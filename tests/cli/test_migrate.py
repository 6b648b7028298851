"""`vekha migrate` from the outside: what it says, what it leaves, and its status."""

from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.cli.migrate import migrate
from app.engine.definitions.operations import deploy
from app.engine.definitions.queries import get_definition
from app.engine.instances import operations, queries
from app.engine.instances.models import Instance
from app.work.forms import operations as forms
from app.work.forms.queries import draft_of
from app.work.history.models import Entry
from app.work.tasks.models import TaskState
from tests.builders import BORIS, a_task
from tests.conftest import Clock
from tests.engine.diagrams import END, NOON, START, a_diagram, user_task
from tests.engine.runs import complete, opened, started

OLD = f"{START}{END}{user_task('act')}{user_task('last')}\nbegun -> act\nact -> last\nlast -> done\n"
NEW = f"{START}{END}{user_task('act')}{user_task('more')}\nbegun -> act\nact -> more\nmore -> done\n"


@pytest.fixture
def instances(session: Session, app: Flask, clock: Clock) -> list[int]:
    """Return two instances in version 1 of a process that has a version 2: the second has gone too far."""
    deploy(session, files={"simple.bpmn": a_diagram(OLD)}, resources={}, now=NOON)
    first, second = started(session), started(session)
    complete(session, second, "act")
    deploy(session, files={"simple.bpmn": a_diagram(NEW)}, resources={}, now=NOON)
    session.commit()
    return [first.instance_id, second.instance_id]


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(migrate, words)


def version_of(session: Session, number: int) -> int:
    session.expire_all()
    definition = session.get_one(Instance, number).definition_id
    return next(v for v in (1, 2) if get_definition(session, key="simple", version=v).id == definition)


def test_a_dry_run_says_what_would_change_and_changes_nothing(
    app: Flask, session: Session, instances: list[int]
) -> None:
    result = run(app, "simple", "--from", "1", "--to", "2", "--dry-run")

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "added: more",
        "removed: last",
        "changed: act",
        f"[1/2] instance {instances[0]} (case:1): stands at act",
        f"[2/2] instance {instances[1]} (case:1): refused: last: "
        "The step is not in the newer version, and the instance stands there.",
        "1 of 2 instances would move, 1 refused",
    ]
    assert [version_of(session, number) for number in instances] == [1, 1]
    assert session.scalars(select(Entry).where(Entry.action == "process.migrated")).all() == []


def test_what_can_move_moves_once_and_what_cannot_stays(app: Flask, session: Session, instances: list[int]) -> None:
    first = run(app, "simple", "--from", "1", "--to", "2")
    again = run(app, "simple", "--from", "1", "--to", "2")

    assert (first.exit_code, again.exit_code) == (1, 1)
    assert "1 of 2 instances moved, 1 refused" in first.output
    assert "0 of 1 instances moved, 1 refused" in again.output
    assert [version_of(session, number) for number in instances] == [2, 1]
    (entry,) = session.scalars(select(Entry).where(Entry.action == "process.migrated"))
    assert (entry.subject_id, entry.business_key) == (instances[0], "case:1")
    assert entry.detail == {"key": "simple", "older": 1, "newer": 2}


def test_a_damaged_instance_does_not_keep_the_others_from_being_tried(
    app: Flask, session: Session, instances: list[int]
) -> None:
    session.execute(update(Instance).where(Instance.id == instances[0]).values(engine_state=b"damaged"))
    session.commit()

    result = run(app, "simple", "--from", "1", "--to", "2")

    assert result.exit_code == 1
    assert f"[1/2] instance {instances[0]}: refused: " in result.output
    assert "0 of 2 instances moved, 2 refused" in result.output


def test_one_instance_can_be_moved_alone(app: Flask, session: Session, instances: list[int]) -> None:
    result = run(app, "simple", "--from", "1", "--to", "2", "--instance", str(instances[0]))

    assert result.exit_code == 0
    assert "1 of 1 instances moved, 0 refused" in result.output


@pytest.mark.parametrize(
    "words",
    [
        ("simple", "--from", "1", "--to", "1"),
        ("simple", "--from", "1", "--to", "7"),
        ("unknown", "--from", "1", "--to", "2"),
        ("simple", "--from", "1", "--to", "2", "--instance", "99"),
    ],
)
def test_what_cannot_be_tried_is_status_2(app: Flask, instances: list[int], words: tuple[str, ...]) -> None:
    assert run(app, *words).exit_code == 2


def test_an_open_task_and_its_draft_survive(app: Flask, session: Session, instances: list[int]) -> None:
    (ref,) = queries.waiting_tasks(session, instance_id=instances[0])
    task = a_task(session, instance_id=instances[0], task_ref=ref, process_key="simple", element_id="act")
    typed = {"text": "ещё не отправлено"}
    forms.save_draft(session, task_id=task.id, actor=BORIS, answers=typed, base_revision=0, now=NOON)
    session.commit()

    run(app, "simple", "--from", "1", "--to", "2", "--instance", str(instances[0]))

    session.expire_all()
    draft = draft_of(session, task_id=task.id, person_id=BORIS.person_id)
    assert (task.state, task.task_ref) == (TaskState.OPEN, ref)
    assert draft is not None
    assert draft.answers == typed
    about: dict[str, Any] = {"instance_id": instances[0], "task_ref": ref, "now": NOON}
    assert opened(operations.complete_task(session, data=typed, **about)) == ["more"]
