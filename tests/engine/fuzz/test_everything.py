"""Random models with everything the engine knows: the same warm and cold, the same twice, and nothing left behind."""

import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.engine.instances import live
from tests.engine.fuzz.all_blocks import a_full_model
from tests.engine.fuzz.kernel_runs import InMemory, InStore, View

SEEDS = int(os.environ.get("FUZZ_SEEDS", "150")) // 2
FIRST = int(os.environ.get("FUZZ_FIRST", "0"))
GROUP = 10
MOST_STEPS = 40

Act = Callable[[InMemory | InStore], None]


def choose(view: View, random: Random) -> Act | None:
    """Choose what happens next; None when nothing can."""
    names = sorted({(wait.kind, wait.name) for wait in view.waits if wait.kind in ("message", "signal")})
    due = [wait.due for wait in view.waits if wait.due is not None]
    kinds = ["complete"] * 6 * bool(view.tasks) + ["tell"] * bool(names) + ["wait"] * bool(due)
    if not kinds:
        return None
    kind = random.choice(kinds)
    if kind == "complete":
        task = random.choice(view.tasks)
        data = {f"v{random.randint(1, 4)}": random.randrange(4)}
        return lambda run: run.complete(task, data)
    if kind == "wait":
        moment = min(due)
        return lambda run: run.wait_until(moment)
    wanted, name = random.choice(names)
    return lambda run: run.tell(name) if wanted == "message" else run.signal(name)


def run_memory(xml: bytes, seed: int, session: Session | None) -> list[Any]:
    """Run a model in memory, and beside it through the store; return all that was seen."""
    random, data, seen = Random(seed), {f"v{number}": 0 for number in range(1, 5)}, list[Any]()
    memory = InMemory(xml, data)
    runs: list[InMemory | InStore] = [memory]
    stored = None if session is None else InStore(session, xml, data)
    runs += [] if stored is None else [stored]
    for step in range(MOST_STEPS):
        view = memory.view()
        seen.append((view, memory.state()))
        where = f"seed {seed}, step {step}"
        if stored is not None:
            assert stored.view() == view, f"{where}: warm and cold differ"
            stored.check()
        assert view.held == 0, f"{where}: something is held"
        if view.state != "running":
            assert not memory.workflow.index.tasks, f"{where}: something is left behind"
            assert not memory.workflow.subprocesses, f"{where}: a level is left behind"
            break
        act = choose(view, random)
        if act is None:
            assert memory.workflow.index.conditions, f"{where}: it waits for nothing"
            break
        for run in runs:
            act(run)
    return seen


@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, GROUP))
def test_a_random_model_with_everything(cold_session: Session, first: int) -> None:
    for seed in range(first, first + GROUP):
        xml = a_full_model(seed)
        assert run_memory(xml, seed, cold_session) == run_memory(xml, seed, None), f"seed {seed}: not the same twice"
        cold_session.rollback()
        live.forget_all()
