"""The token game of BPMN in a hundred lines, and random graphs to play it on; nothing of the engine is used here."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

Marking = frozenset[tuple[str, int]]


@dataclass
class Graph:
    """Nodes by kind (task, exclusive, parallel, inclusive, end), and flows in the order of the file.

    A condition is the smallest number for which a flow is open, None for a plain or default flow.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    flows: dict[str, tuple[str, str, int | None]] = field(default_factory=dict)

    def leaving(self, node: str) -> list[str]:
        return [flow for flow, (source, _target, _least) in self.flows.items() if source == node]

    def reaching(self, node: str) -> list[str]:
        return [flow for flow, (_source, target, _least) in self.flows.items() if target == node]

    def is_join(self, node: str) -> bool:
        return self.kinds[node] in ("parallel", "inclusive") and len(self.reaching(node)) > 1

    def opened(self, node: str, number: int) -> list[str]:
        """Return the flows that a token leaves along while the last number that was given is `number`."""
        flows = self.leaving(node)
        kind = self.kinds[node]
        if kind in ("task", "parallel") or len(flows) < 2:
            return flows
        fitting = [flow for flow in flows if (least := self.flows[flow][2]) is not None and number >= least]
        default = [flow for flow in flows if self.flows[flow][2] is None]
        return (fitting or default)[:1] if kind == "exclusive" else fitting or default


def a_graph(random: Random) -> Graph:
    """Return a graph in which a token cannot go round without a task; nothing else is promised of it."""
    graph, size = Graph(), random.randint(5, 12)
    kinds = ["task", "task", "task", "exclusive", "parallel", "inclusive"]
    names = [f"n{place}" for place in range(size)]
    graph.kinds = {name: random.choice(kinds) for name in names} | {"end": "end"}
    tasks = [name for name in names if graph.kinds[name] == "task"]
    for place, name in enumerate(names):
        later = [*names[place + 1 :], "end"]
        count = random.choice((1, 1, 2)) if graph.kinds[name] == "task" else random.randint(1, 3)
        for number in range(count):
            near = later[:4]
            back = bool(tasks) and number > 0 and random.random() < 0.25
            target = random.choice(tasks if back else near)
            is_choice = graph.kinds[name] in ("exclusive", "inclusive") and count > 1
            least = random.randrange(6) if is_choice and number < count - 1 else None
            graph.flows[f"f{len(graph.flows)}"] = (name, target, least)
    return graph


class Game:
    """Tokens stand on flows, or in tasks; `number` is what the last person gave."""

    def __init__(self, graph: Graph, number: int = 0) -> None:
        self.graph = graph
        self.tokens: Counter[str] = Counter()
        self.number = number

    def copy(self) -> "Game":
        other = Game(self.graph, self.number)
        other.tokens = Counter(self.tokens)
        return other

    def leave(self, node: str) -> None:
        self.tokens.update(self.graph.opened(node, self.number))

    def marking(self) -> Marking:
        return frozenset((place, count) for place, count in self.tokens.items() if count)

    def move(self) -> None:
        """Move every token that need not wait for others."""
        moved = True
        while moved:
            moved = False
            for flow in [place for place, count in self.tokens.items() if count and place in self.graph.flows]:
                moved = self._arrive(flow) or moved

    def _arrive(self, flow: str) -> bool:
        node = self.graph.flows[flow][1]
        if self.graph.is_join(node):
            return self.fire(node) if all(self.tokens[one] for one in self.graph.reaching(node)) else False
        self.tokens[flow] -= 1
        if self.graph.kinds[node] == "task":
            self.tokens[node] += 1
        elif self.graph.kinds[node] != "end":
            self.leave(node)
        return True

    def fire(self, join: str) -> bool:
        for flow in self.graph.reaching(join):
            self.tokens[flow] -= self.tokens[flow] > 0
        self.leave(join)
        return True

    def ready_joins(self) -> Iterator[str]:
        """Return the inclusive joins that wait for no token any more, by the words of the standard."""
        for join in (node for node, kind in self.graph.kinds.items() if kind == "inclusive"):
            flows = self.graph.reaching(join)
            arrived = {flow for flow in flows if self.tokens[flow]}
            if len(flows) < 2 or not arrived:
                continue
            elsewhere = [place for place, count in self.tokens.items() if count and place not in flows]
            if not any(self._holds_up(place, join, arrived, set(flows) - arrived) for place in elsewhere):
                yield join

    def _holds_up(self, place: str, join: str, arrived: set[str], empty: set[str]) -> bool:
        ahead = self._ahead(place, join)
        return bool(ahead & empty) and not ahead & arrived

    def _ahead(self, place: str, join: str) -> set[str]:
        """Return the flows that a token can reach without passing the join."""
        pending = [self.graph.flows[place][1]] if place in self.graph.flows else [place]
        found: set[str] = set()
        while pending:
            node = pending.pop()
            if node == join:
                continue
            new = [flow for flow in self.graph.leaving(node) if flow not in found]
            found.update(new)
            pending += [self.graph.flows[flow][1] for flow in new]
        return found

    def rests(self) -> set[Marking]:
        """Return every marking in which the game can come to rest; several where two joins are ready at once."""
        self.move()
        ready = list(self.ready_joins())
        if not ready:
            return {self.marking()}
        found: set[Marking] = set()
        for join in ready:
            other = self.copy()
            other.fire(join)
            found |= other.rests()
        return found
