"""Makes the golden instances of a release; run with the code of that release.

    python -m tests.golden.make tests/golden/2

For a new release add a folder and never change an old one: what it holds is what users have in their databases.
Golden instances of release 1 were made with the code of commit 05a3354 and this script as it was then.

Beside the small diagrams of `cases.py` there are the programme's own processes, at the points of the year where the
demo region shows them. They are played to their end with what the demo's people answer.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from app.engine.definitions.operations import deploy
from app.engine.instances import operations, queries
from app.engine.instances.models import Instance, InstanceState
from app.kernel.db import Base
from tests.golden.cases import CASES, Case
from tests.golden.player import SCOPE, open_tasks, play, process_of, standing, timers, waiting_calls
from tests.golden.stored import brief, dump_definitions, dump_instance, write_json

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MOST_STEPS = 200


def main(folder: Path) -> None:
    """Write everything."""
    for case in CASES:
        _make_small(folder / "small", case)
    with TemporaryDirectory() as place:
        _make_year(folder / "year", Path(place))


def _make_small(folder: Path, case: Case) -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        files = {f"{case.name}_{turn}.bpmn": content for turn, content in enumerate(case.files)}
        deploy(session, files=files, resources={}, now=NOON)
        about: dict[str, Any] = {
            "business_key": "case:1",
            "scope_key": SCOPE,
            "now": NOON,
            "time_zone": "Europe/Moscow",
        }
        started = operations.start(session, process_key="simple", data=case.data, **about)
        now = NOON
        for step in case.first:
            now = play(session, started.instance_id, step, {}, now)
        _write_golden(session, folder, case.name, started.instance_id, now, list(case.then), {})


def _write_golden(
    session: Session,
    folder: Path,
    name: str,
    instance_id: int,
    now: datetime,
    steps: list[dict[str, Any]],
    answers: Mapping[str, Any],
) -> None:
    """Write the instance as it is now, and how it went on in this release."""
    row = session.get_one(Instance, instance_id)
    definitions = f"{name}.definitions" if not answers else "definitions"
    dump_definitions(session, [row.definition_id], folder / definitions)
    golden = {"definitions": definitions, "now": now.isoformat(), **dump_instance(session, instance_id)}
    golden["stands"] = standing(session, instance_id)
    done: list[dict[str, Any]] = []
    recorded = iter(steps) if not answers else _onward(session, instance_id, answers)
    for step in recorded:
        now = play(session, instance_id, step, answers, now)
        done.append({**step, "stands": standing(session, instance_id)})
        if len(done) == MOST_STEPS:
            raise RuntimeError(f"{name} does not come to its end: {done[-12:]}")
    golden["steps"] = done
    golden["end"] = {"state": row.state.value, "data": brief(queries.instance_data(session, instance_id=instance_id))}
    write_json(folder / f"{name}.json", golden)


def _onward(session: Session, instance_id: int, answers: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the next step until nothing is left that anybody but a stranger can do."""
    while session.get_one(Instance, instance_id).state == InstanceState.RUNNING:
        calls, tasks = waiting_calls(session, instance_id), open_tasks(session, instance_id)
        due = timers(session, instance_id)
        known = [task for task in tasks if f"{process_of(task)}/{task.task_spec.bpmn_id}" in answers]
        if calls:
            yield {"result": calls[0].task_spec.bpmn_id}
        elif known:
            yield {"complete": known[0].task_spec.bpmn_id, "nth": _place(known[0], tasks)}
        elif due:
            yield {"due": due[0].due_at.isoformat()}
        elif tasks:
            data = queries.task_data(session, instance_id=instance_id, task_ref=str(tasks[0].id))
            yield {"complete": tasks[0].task_spec.bpmn_id, "data": _said(tasks[0], data)}
        else:
            return


def _said(task: Any, data: Any) -> Any:
    """Return what the demo's person would write where nobody has written anything in the demo."""
    from app.programme.demo.answers import answers_for

    try:
        return answers_for(process_of(task), task.task_spec.bpmn_id, data, NOON.date())
    except KeyError:
        return {}


def _place(task: Any, tasks: list[Any]) -> int:
    return [one.id for one in tasks if one.task_spec.bpmn_id == task.task_spec.bpmn_id].index(task.id)


def _make_year(folder: Path, place: Path) -> None:
    """Seed the demo region, write instances that differ in where they stand, and play each to its end."""
    from app.cli.seed import deploy_shipped, seed_demo
    from app.programme.demo.year import OPENED_AT, SHOWN_AT

    answers = _listen()
    engine = create_engine(f"sqlite:///{place / 'demo.sqlite3'}")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        deploy_shipped(session, now=OPENED_AT)
        seed_demo(session)
        session.commit()
        seen: set[str] = set()
        rows = session.scalars(select(Instance).order_by(Instance.id)).all()
        chosen = []
        for row in rows:
            stands = standing(session, row.id)
            sort = json.dumps([row.process_key, stands["open"], [one[0] for one in stands["timers"]]])
            if sort not in seen:
                seen.add(sort)
                chosen.append(row)
        for row in chosen:
            name = f"{row.process_key}_{row.id}"
            _write_golden(session, folder, name, row.id, SHOWN_AT, [], answers)
            session.rollback()
    write_json(folder / "answers.json", answers)


def _listen() -> dict[str, Any]:
    """Return what people and handlers answer from now on, by process and element; the last answer counts."""
    answers: dict[str, Any] = {"": {}}
    complete_task, complete_call = operations.complete_task, operations.complete_call

    def note(session: Session, instance_id: int, task_ref: str, given: Mapping[str, Any]) -> None:
        token = queries.read_workflow(session, instance_id).index.tasks.get(int(task_ref))
        # Who sends back once would send back for ever.
        if token is not None and "return" not in given.values():
            answers[f"{process_of(token)}/{token.task_spec.bpmn_id}"] = json.loads(json.dumps(given, default=str))

    def task(session: Session, **given: Any) -> Any:
        note(session, given["instance_id"], given["task_ref"], given["data"])
        return complete_task(session, **given)

    def call(session: Session, **given: Any) -> Any:
        note(session, given["instance_id"], given["task_ref"], given["result"] or {})
        return complete_call(session, **given)

    operations.complete_task, operations.complete_call = task, call
    return answers


if __name__ == "__main__":
    main(Path(sys.argv[1]))
