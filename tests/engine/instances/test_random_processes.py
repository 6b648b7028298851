"""Processes nobody thought of: what they do is what a plain reading of the blocks says, in any order of completion."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random

import pytest
from sqlalchemy.orm import Session

from app.engine.instances import operations, queries
from app.engine.instances.models import InstanceState
from app.engine.instances.verify import find_violations
from tests.engine.diagrams import END, NOON, START, a_diagram, after, boundary, for_each, script, user_task
from tests.engine.runs import deployed, started


@dataclass
class Writer:
    """Writes random blocks; `expected` counts how often each activity must be completed."""

    random: Random
    expected: Counter[str] = field(default_factory=Counter)
    number: int = 0
    lines: list[str] = field(default_factory=list)

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}_{self.number}"

    def block(self, entry: str, depth: int, times: int) -> str:
        """Write a block behind `entry` that is carried out `times` times, and return its last element."""
        kinds = (
            ["script", "user"] if depth == 0 else ["seq", "choice", "fork", "some", "loop", "each", "inside", "late"]
        )
        write = getattr(self, "write_" + self.random.choice(kinds))
        return str(write(entry, depth, times))

    def element(self, entry: str, xml: str, element_id: str) -> str:
        self.lines += [xml, f"\n{entry} -> {element_id}\n"]
        return element_id

    def gateway(self, entry: str, kind: str) -> str:
        name = self.name(kind)
        return self.element(entry, f'<{kind}Gateway id="{name}"/>', name)

    def write_script(self, entry: str, _depth: int, times: int) -> str:
        name = self.name("script")
        self.expected[name] += times
        return self.element(entry, script(name, f"{{{name}: 1}}"), name)

    def write_user(self, entry: str, _depth: int, times: int) -> str:
        name = self.name("user")
        self.expected[name] += times
        return self.element(entry, user_task(name), name)

    def write_seq(self, entry: str, depth: int, times: int) -> str:
        return self.block(self.block(entry, depth - 1, times), depth - 1, times)

    def branches(self, entry: str, kind: str, chosen: set[int], depth: int, times: int) -> str:
        split, join = self.gateway(entry, kind), self.name("join")
        self.lines.append(f'<{kind}Gateway id="{join}"/>')
        for place in range(3):
            before = len(self.lines)
            last = self.block(split, depth - 1, times if place in chosen else 0)
            condition = "" if kind == "parallel" else f" : {str(place in chosen).lower()}"
            first = next(at for at in range(before, len(self.lines)) if self.lines[at].startswith(f"\n{split} -> "))
            self.lines[first] = self.lines[first].rstrip("\n") + condition + "\n"
            self.lines.append(f"\n{last} -> {join}\n")
        return join

    def write_choice(self, entry: str, depth: int, times: int) -> str:
        return self.branches(entry, "exclusive", {self.random.randrange(3)}, depth, times)

    def write_fork(self, entry: str, depth: int, times: int) -> str:
        return self.branches(entry, "parallel", {0, 1, 2}, depth, times)

    def write_some(self, entry: str, depth: int, times: int) -> str:
        chosen = {place for place in range(3) if self.random.random() < 0.6} or {0}
        return self.branches(entry, "inclusive", chosen, depth, times)

    def write_loop(self, entry: str, depth: int, times: int) -> str:
        turns, counter = self.random.randint(1, 3), self.name("counter")
        begin = self.element(entry, script(f"begin_{counter}", f"{{{counter}: 0}}"), f"begin_{counter}")
        again = self.gateway(begin, "exclusive")
        last = self.write_user(self.block(again, depth - 1, times * turns), 0, times * turns)
        count = self.element(last, script(f"count_{counter}", f"{{{counter}: {counter} + 1}}"), f"count_{counter}")
        decided = self.gateway(count, "exclusive")
        self.lines.append(f"\n{decided} -> {again} : {counter} < {turns}\n")
        out = self.name("out")
        self.lines += [f'<exclusiveGateway id="{out}"/>', f"\n{decided} => {out}\n"]
        return out

    def contained(self, entry: str, depth: int, times: int, loop: str) -> str:
        name = self.name("sub")
        outer, self.lines = self.lines, []
        last = self.block(f"{name}_begun", depth - 1, times)
        inside = f'<startEvent id="{name}_begun"/><endEvent id="{name}_done"/>{"".join(self.lines)}'
        self.lines = outer
        return self.element(
            entry, f'<subProcess id="{name}">{loop}{inside}\n{last} -> {name}_done\n</subProcess>', name
        )

    def write_inside(self, entry: str, depth: int, times: int) -> str:
        return self.contained(entry, depth, times, "")

    def write_each(self, entry: str, depth: int, times: int) -> str:
        count, item = self.random.randint(0, 3), self.name("item")
        items = str(list(range(count)))
        sequential = self.random.random() < 0.3
        return self.contained(entry, depth, times * count, for_each(items, item, sequential=sequential))

    def write_late(self, entry: str, depth: int, times: int) -> str:
        """A subprocess with a boundary timer that never falls due in time."""
        inside = self.contained(entry, depth, times, "")
        late, out = self.name("late"), self.name("out")
        self.lines += [boundary(late, inside, after("P30D")), f'<exclusiveGateway id="{out}"/>', f"\n{late} -> {out}\n"]
        return self.element(inside, "", out)


# The last ones once fired a join of an earlier turn of a loop.
@pytest.mark.parametrize("seed", [*range(16), 150, 252, 289, 365])
def test_a_random_process_does_what_is_drawn(session: Session, seed: int) -> None:
    random = Random(seed)
    writer = Writer(random)
    last = writer.block("begun", 4, 1)
    deployed(session, a_diagram(START + END + "".join(writer.lines) + f"\n{last} -> done\n"))

    outcome = started(session)
    waiting = list(outcome.opened)
    while waiting:
        task = waiting.pop(random.randrange(len(waiting)))
        outcome = operations.complete_task(
            session, instance_id=outcome.instance_id, task_ref=task.task_ref, data={"n": len(waiting)}, now=NOON
        )
        waiting += outcome.opened
        assert find_violations(session, now=NOON) == ()

    steps = queries.steps(session, instance_id=outcome.instance_id)
    done = Counter(step.element_id for step in steps if step.event == "completed")
    assert outcome.state == InstanceState.COMPLETED
    assert {name: done[name] for name in writer.expected} == dict(writer.expected)
