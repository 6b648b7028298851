"""Random graphs without any structure: our engine stands where the token game of the standard can stand."""

import os
from collections import Counter
from random import Random

import pytest

from tests.engine.diagrams import a_diagram
from tests.engine.fuzz.kernel_runs import InMemory
from tests.engine.fuzz.token_game import Game, Graph, Marking, a_graph

SEEDS = 2 * int(os.environ.get("FUZZ_SEEDS", "150"))
FIRST = int(os.environ.get("FUZZ_FIRST", "0"))
GROUP = 50
MOST_TOKENS = 40


def drawn(graph: Graph) -> bytes:
    """Return the graph as a diagram."""
    lines = ['<startEvent id="begun"/><endEvent id="end"/><sequenceFlow id="first" sourceRef="begun" targetRef="n0"/>']
    for name, kind in graph.kinds.items():
        default = next((flow for flow in graph.leaving(name) if graph.flows[flow][2] is None), "")
        is_choice = kind in ("exclusive", "inclusive") and len(graph.leaving(name)) > 1
        if kind == "task":
            lines.append(f'<userTask id="{name}"/>')
        elif kind != "end":
            lines.append(f'<{kind}Gateway id="{name}"' + (f' default="{default}"/>' if is_choice else "/>"))
    for flow, (source, target, least) in graph.flows.items():
        condition = "" if least is None else f"<conditionExpression>n &gt;= {least}</conditionExpression>"
        lines.append(f'<sequenceFlow id="{flow}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>')
    return a_diagram("".join(lines), "main")


def marking_of(run: InMemory) -> Marking:
    """Return where our tokens stand: in tasks, or on the flows along which they have come to a join."""
    tokens = run.workflow.index.tasks.values()
    places = [task.task_spec.name if task.task_spec.manual else task.internal_data["flow"] for task in tokens]
    return frozenset(Counter(places).items())


def play(seed: int) -> None:
    random = Random(seed)
    graph = a_graph(random)
    game = Game(graph)
    game.tokens["first"] = 1
    graph.flows["first"] = ("begun", "n0", None)
    run = InMemory(drawn(graph_without_first(graph)), {"n": 0})
    for turn in range(40):
        possible, stands = game.rests(), marking_of(run)
        assert stands in possible, (
            f"seed {seed}, turn {turn}: {sorted(stands)} is none of {list(map(sorted, possible))}"
        )
        game.tokens = Counter(dict(stands))
        tasks = run.view().tasks
        if not tasks or sum(game.tokens.values()) > MOST_TOKENS:
            return
        task, game.number = random.choice(tasks), random.randrange(6)
        run.complete(task, {"n": game.number})
        game.tokens[task.element] -= 1
        game.leave(task.element)


def graph_without_first(graph: Graph) -> Graph:
    return Graph(graph.kinds, {flow: ends for flow, ends in graph.flows.items() if flow != "first"})


@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, GROUP))
def test_tokens_stand_where_the_standard_lets_them(first: int) -> None:
    for seed in range(first, first + GROUP):
        play(seed)
