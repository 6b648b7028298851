"""Eight threads at one instance: nothing is lost, nothing is done twice, and nobody sees an error."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from app.engine.instances import live, operations, queries
from app.engine.instances.models import InstanceState
from app.engine.instances.outcome import Outcome
from app.engine.instances.verify import find_violations
from app.kernel.settings import Settings
from tests.engine.diagrams import END, NOON, START, a_diagram, after, boundary, for_each, script, user_task
from tests.engine.runs import deployed, started

THREADS = 8
ITEMS = 40
NUMBERS = f"for i in 1..{ITEMS} return i"
EACH = (
    f'{START}{END}<subProcess id="each">{for_each(NUMBERS, "item", "results", "result")}<startEvent '
    f'id="s"/>'
    f'<endEvent id="e"/>{user_task("first")}{boundary("late", "first", after("P3D"))}{script("give", "{result: item}")}'
    f"{user_task('second')}\ns -> first\nfirst -> second\nlate -> second\nsecond -> give\ngive -> e\n</subProcess>"
    "\nbegun -> each\neach -> done\n"
)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """Give the engine as the program has it: its own connections, its own locks."""
    live.forget_all()
    made = create_engine(settings.database_url)
    yield made
    made.dispose()
    live.forget_all()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Give a session that writes, as a unit of work does."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        session.connection(execution_options={"writes": True})
        yield session


def begin(engine: Engine) -> Outcome:
    with writing(engine) as session:
        deployed(session, a_diagram(EACH))
        return started(session)


def do(engine: Engine, instance_id: int, task_ref: str) -> Outcome | None:
    """Complete a task; None when somebody else has done it."""
    with writing(engine) as session:
        try:
            return operations.complete_task(
                session, instance_id=instance_id, task_ref=task_ref, data={"by": task_ref}, now=NOON
            )
        except (operations.TaskNotOpen, live.InstanceEnded):
            return None


def check(engine: Engine, instance_id: int) -> None:
    with Session(engine) as session:
        assert queries.get_instance(session, instance_id=instance_id).state == InstanceState.COMPLETED
        assert queries.instance_data(session, instance_id=instance_id)["results"] == list(range(1, ITEMS + 1))
        done = Counter(
            step.element_id for step in queries.steps(session, instance_id=instance_id) if step.event == "completed"
        )
        assert (done["first"], done["second"], done["give"]) == (ITEMS, ITEMS, ITEMS)
        assert find_violations(session, now=NOON) == ()


def test_eight_threads_lose_nothing(engine: Engine) -> None:
    outcome = begin(engine)

    def work(task_ref: str) -> list[str]:
        following = do(engine, outcome.instance_id, task_ref)
        assert following is not None
        return [task.task_ref for task in following.opened]

    with ThreadPoolExecutor(THREADS) as pool:
        opened = list(pool.map(work, [task.task_ref for task in outcome.opened]))
        assert sorted(len(refs) for refs in opened) == [1] * ITEMS
        list(pool.map(work, [ref for refs in opened for ref in refs]))

    check(engine, outcome.instance_id)


def test_of_eight_who_do_the_same_task_one_has_done_it(engine: Engine) -> None:
    outcome = begin(engine)
    refs = [task.task_ref for task in outcome.opened]

    with ThreadPoolExecutor(THREADS) as pool:
        while refs:
            answers = list(pool.map(lambda ref: do(engine, outcome.instance_id, ref), refs * 2))
            assert sum(answer is not None for answer in answers) == len(refs)
            refs = [task.task_ref for answer in answers if answer is not None for task in answer.opened]

    check(engine, outcome.instance_id)
