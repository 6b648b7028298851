"""Random models: our engine in memory, ours through the store, and stock SpiffWorkflow do the same, step by step.

`FUZZ_SEEDS=5000 pytest tests/engine/fuzz` runs more models; a failure names its seed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.engine.instances import live
from tests.engine.diagrams import NOON
from tests.engine.fuzz.blocks import Model, a_model, in_python
from tests.engine.fuzz.kernel_runs import InMemory, InStore, Open, View

SEEDS = int(os.environ.get("FUZZ_SEEDS", "150"))
FIRST = int(os.environ.get("FUZZ_FIRST", "0"))
GROUP = 10
MOST_STEPS = 200


class Stock:
    """The stock engine at the other end of a pipe."""

    def __init__(self) -> None:
        command = [sys.executable, "-P", str(Path(__file__).parent / "stock_engine.py")]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **question: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait(10)


@pytest.fixture(scope="module")
def stock() -> Iterator[Stock]:
    """Give the stock engine."""
    engine = Stock()
    yield engine
    engine.close()


def compared(view: View, model: Model, told: set[str]) -> dict[str, Any]:
    """Return of our view what the stock engine can say too; of what does not interrupt it hears once only."""
    done = view.work_done()
    waiting = [wait.name for wait in view.waits if wait.kind == "message" and wait.name not in told]
    ended = view.state == "completed"
    return {
        "done": done if model.linear else sorted(done),
        "open": sorted([task.element, [list(pair) for pair in task.items]] for task in view.tasks),
        "messages": sorted(waiting),
        "ended": ended,
        "data": {name: value for name, value in view.data.items() if name not in model.private} if ended else {},
    }


def of_stock(answer: dict[str, Any], model: Model, told: set[str]) -> dict[str, Any]:
    done = answer["done"] if model.linear else sorted(answer["done"])
    # Results of a multi-instance come in the order of completion there; ours, in the order of items, are ascending.
    data = {
        name: sorted(value) if isinstance(value, list) else value
        for name, value in answer["data"].items()
        if name not in model.private
    }
    messages = [name for name in answer["messages"] if name not in told]
    return {**answer, "done": done, "data": data, "messages": messages}


def an_action(view: View, model: Model, random: Random, told: set[str]) -> dict[str, Any]:
    """Choose what happens next."""
    actions: list[dict[str, Any]] = [
        {"complete": task.element, "of": [list(pair) for pair in task.items], "data": model.decisions[task.element]}
        for task in view.tasks
    ]
    actions += [{"message": wait.name} for wait in view.waits if wait.kind == "message" and wait.name not in told]
    due = [wait.due for wait in view.waits if wait.due is not None]
    if due and (not actions or random.random() < 0.2):
        return {"now": min(due).isoformat()}
    return random.choice(actions)


def act(run: InMemory | InStore, action: dict[str, Any], task: Open | None) -> None:
    if task is not None:
        run.complete(task, action["data"])
    elif "message" in action:
        run.tell(action["message"])
    else:
        run.wait_until(datetime.fromisoformat(action["now"]))


def task_of(view: View, action: dict[str, Any]) -> Open | None:
    wanted = [action.get("complete"), action.get("of")]
    return next((one for one in view.tasks if [one.element, [list(pair) for pair in one.items]] == wanted), None)


def run_model(seed: int, session: Session, stock: Stock) -> bool:
    """Run one model by all three and compare after each step; return whether the stock engine could do it."""
    model, random, told = a_model(seed), Random(seed), set[str]()
    memory, stored = InMemory(model.xml), InStore(session, model.xml)
    theirs = stock.ask(xml=in_python(model.xml).decode(), now=NOON.isoformat())
    stock_can = "error" not in theirs
    for step in range(MOST_STEPS):
        view, cold = memory.view(), stored.view()
        assert view == cold, f"seed {seed}, step {step}: warm and cold differ"
        memory.state()
        if stock_can:
            assert compared(view, model, told) == of_stock(theirs, model, told), (
                f"seed {seed}, step {step}: stock differs"
            )
        assert view.held == 0, f"seed {seed}, step {step}"
        if view.state != "running":
            break
        action = an_action(view, model, random, told)
        told |= {action["message"]} if "message" in action and _goes_on_waiting(model, action["message"]) else set()
        task = task_of(view, action)
        act(memory, action, task)
        act(stored, action, task)
        theirs = stock.ask(**action) if stock_can else {}
        stock_can = stock_can and "error" not in theirs
    assert view.state == "completed", f"seed {seed}: it never ends"
    stored.check()
    return stock_can


def _goes_on_waiting(model: Model, name: str) -> bool:
    """Whether the message is that of an event that does not interrupt: it is sent once, or the run might not end."""
    before = model.xml.decode().partition(f'messageRef="{name}_message"')[0]
    return before.rpartition("<boundaryEvent")[2].count(">") == 1 and 'cancelActivity="false"' in before[-200:]


@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, GROUP))
def test_random_models_do_what_stock_does(cold_session: Session, stock: Stock, first: int) -> None:
    could = 0
    for seed in range(first, first + GROUP):
        could += run_model(seed, cold_session, stock)
        cold_session.rollback()
        live.forget_all()
    assert could >= GROUP - 2, f"seeds {first}…: the stock engine refuses too many"
