"""Checks that tokens come through: what is reached, what joins, what loops, what branches overwrite."""

from collections.abc import Mapping
from typing import Any

from app.engine.definitions.drawing import (
    ACTIVITIES,
    EVENTS,
    SUBPROCESSES,
    Scope,
    is_event_subprocess,
    is_true,
    is_waiting,
    kinds_of,
)
from app.engine.definitions.problems import Findings
from app.engine.expressions import ExpressionError, compile_script
from app.engine.spiff import extensions, reading
from app.kernel.i18n import _

# In a larger scope only reachability and loops are looked at, so that a check ends soon.
MAX_WORK = 500_000
MAX_PAIRS = 50
_CHANGES = SUBPROCESSES | {"scriptTask", "businessRuleTask", "callActivity"}
_JOINS = frozenset({"parallelGateway", "inclusiveGateway", "complexGateway", "endEvent"})
_OPENS_ALL = frozenset({"parallelGateway"} | ACTIVITIES | EVENTS)


def check_soundness(scope: Scope, found: Findings) -> None:
    """Check how tokens run through one process or subprocess."""
    _check_reached(scope, found)
    if not scope.starts() and not scope.is_event_subprocess and scope.nodes:
        found.error(
            scope.element, "no_start", _("Nothing begins here: every element has an incoming flow. Draw a start.")
        )
    if not scope.nodes:
        found.warning(scope.element, "nothing_to_do", _("There is nothing inside: it ends at once."))
    _check_endless(scope, found)
    splits = _splits(scope)
    if sum(len(scope.next_ids(split)) for split in splits) * (len(scope.flows) + len(scope.nodes)) > MAX_WORK:
        return
    branches = {split: _branches(scope, split) for split in splits}
    if len(scope.starts()) == 1:
        _check_joins(scope, branches, found)
    _check_merges(scope, found)
    _check_writes(scope, branches, found)


def _check_reached(scope: Scope, found: Findings) -> None:
    beside = [node_id for node_id, node in scope.nodes.items() if is_event_subprocess(node)]
    reached = scope.reachable_from([*scope.starts(), *beside])
    for node_id, node in scope.nodes.items():
        if node_id not in reached and not is_true(node, "isForCompensation"):
            found.error(node, "unreachable", _("No way leads here from a start event. Draw a flow, or take it out."))


def _splits(scope: Scope) -> list[str]:
    return [node_id for node_id, node in scope.nodes.items() if _parts(scope, node_id, node)]


def _parts(scope: Scope, node_id: str, node: Any) -> bool:
    """Whether more than one token can leave the node."""
    name = reading.local_name(node)
    if name not in ("exclusiveGateway", "eventBasedGateway") and len(scope.outgoing.get(node_id, [])) > 1:
        return True
    return any(
        not is_true(event, "cancelActivity", default=True) or "compensate" in kinds_of(event, scope.ids)
        for event in scope.boundary.get(node_id, [])
    )


def _branches(scope: Scope, split: str) -> list[set[str]]:
    targets = [target for target in dict.fromkeys(scope.next_ids(split)) if target in scope.nodes]
    return [scope.reachable_from([target]) for target in targets]


def _check_joins(scope: Scope, branches: dict[str, list[set[str]]], found: Findings) -> None:
    """A parallel join whose flows come from a choice waits for a token that never comes."""
    certain = {split: ways for split, ways in branches.items() if reading.local_name(scope.nodes[split]) in _OPENS_ALL}
    for node in scope.named("parallelGateway"):
        incoming = [flow.get("sourceRef") for flow in scope.incoming.get(node.get("id"), [])]
        pairs = [(one, other) for place, one in enumerate(incoming) for other in incoming[place + 1 :]][:MAX_PAIRS]
        if any(not _come_together(branches, pair) for pair in pairs):
            found.warning(
                node,
                "join_waits",
                _("The join may wait for ever: no parallel gateway opens all of its flows. Draw an exclusive one."),
            )
        elif any(not _come_together(certain, pair) for pair in pairs):
            found.warning(
                node,
                "join_waits",
                _("The join may wait for ever: conditions decide which of its flows are taken. Draw an inclusive one."),
            )


def _come_together(branches: dict[str, list[set[str]]], pair: tuple[str, str]) -> bool:
    one, other = pair
    if one == other:
        return one in branches
    for split, ways in branches.items():
        to_one = {place for place, branch in enumerate(ways) if one in branch or one == split}
        to_other = {place for place, branch in enumerate(ways) if other in branch or other == split}
        if to_one and to_other and len(to_one | to_other) > 1:
            return True
    return False


def _check_merges(scope: Scope, found: Findings) -> None:
    """What parallel branches come to without a join is done once for each of them."""
    ways = {
        node.get("id"): [_until_join(scope, target) for target in scope.next_ids(node.get("id"))]
        for node in scope.named("parallelGateway")
        if len(scope.outgoing.get(node.get("id"), [])) > 1
    }
    for node_id, node in scope.nodes.items():
        if reading.local_name(node) in _JOINS:
            continue
        sources = {flow.get("sourceRef") for flow in scope.incoming.get(node_id, [])}
        if len(sources) > 1 and any(_arrives_twice(split, branches, sources) for split, branches in ways.items()):
            found.warning(
                node,
                "several_tokens",
                _("Parallel branches come here without a join, so what follows is done once for each of them."),
            )


def _arrives_twice(split: str, branches: list[set[str]], sources: set[str]) -> bool:
    arriving = sum(1 for way in branches if way & sources)
    return arriving + (split in sources) > 1


def _until_join(scope: Scope, start: str) -> set[str]:
    """Return what a token comes to before it meets a gateway that may wait for others."""
    found, pending = set[str](), [start]
    while pending:
        node_id = pending.pop()
        node = scope.nodes.get(node_id)
        if node is None or node_id in found:
            continue
        if len(scope.incoming.get(node_id, [])) > 1 and reading.local_name(node) in _JOINS:
            continue
        found.add(node_id)
        pending += [flow.get("targetRef") for flow in scope.outgoing.get(node_id, [])]
    return found


def _check_writes(scope: Scope, branches: dict[str, list[set[str]]], found: Findings) -> None:
    """Two branches that give one variable different values: which of them wins is left to chance."""
    written = {node_id: _assigned(node) for node_id, node in scope.nodes.items()}
    for split, ways in branches.items():
        if reading.local_name(scope.nodes[split]) not in ("parallelGateway", "inclusiveGateway"):
            continue
        owners: dict[str, tuple[int, str]] = {}
        for place, way in enumerate(ways):
            alone = way.difference(*(other for number, other in enumerate(ways) if number != place))
            for node_id in sorted(alone):
                for name, text in written.get(node_id, {}).items():
                    before = owners.setdefault(name, (place, text))
                    if before[0] != place and before[1] != text:
                        found.warning(
                            scope.nodes[node_id],
                            "written_twice",
                            _("Two parallel branches give «%(name)s» different values. Use two names."),
                            name=name,
                        )


def _assigned(node: Any) -> dict[str, str]:
    """Return the variables that an element sets, with what tells their values apart."""
    name, node_id = reading.local_name(node), node.get("id", "")
    if name == "scriptTask":
        _format, text = extensions.script(node)
        try:
            return dict.fromkeys(compile_script(text).assigned, text)
        except ExpressionError:
            return {}
    operation = extensions.operation(node) if name == "serviceTask" else None
    if operation is not None and operation.result_variable:
        return {operation.result_variable: node_id}
    decision = extensions.called_decision(node) if name == "businessRuleTask" else None
    if decision is not None and decision.result_variable:
        return {decision.result_variable: node_id}
    if name == "callActivity":
        return {target: f"{node_id} {feel}" for target, feel in extensions.mappings(node).outputs or ()}
    return {}


def _check_endless(scope: Scope, found: Findings) -> None:
    """A loop in which nothing waits runs until a condition ends it: without one, or without a change, for ever."""
    passing = {node_id for node_id, node in scope.nodes.items() if not is_waiting(node, scope.ids)}
    for place in _loops(scope, passing):
        inside = _around(scope, passing, place)
        changes = any(reading.local_name(scope.nodes[one]) in _CHANGES for one in inside)
        leaves = any(set(scope.next_ids(one)) - inside for one in inside)
        note = found.warning if changes and leaves else found.error
        note(
            scope.nodes[place],
            "endless_loop",
            _("The loop has no step that waits for a person, a time or a message."),
        )


def _loops(scope: Scope, passing: set[str]) -> list[str]:
    """Return one node of each loop of passing nodes."""
    found: list[str] = []
    state: dict[str, int] = {}
    for start in sorted(passing):
        stack = [(start, iter(scope.next_ids(start)))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            node_id, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                state[node_id] = 2
                stack.pop()
            elif target in passing and state.get(target) == 1:
                found.append(target)
            elif target in passing and target not in state:
                state[target] = 1
                stack.append((target, iter(scope.next_ids(target))))
    return list(dict.fromkeys(found))[:MAX_PAIRS]


def _around(scope: Scope, passing: set[str], place: str) -> set[str]:
    """Return the passing nodes that are reached from a node and lead back to it."""
    after = _reached(place, {one: scope.next_ids(one) for one in passing})
    back: dict[str, list[str]] = {}
    for one in passing:
        for target in scope.next_ids(one):
            back.setdefault(target, []).append(one)
    return after & _reached(place, back) & passing


def _reached(start: str, steps: Mapping[str, list[str]]) -> set[str]:
    found, pending = {start}, [start]
    while pending:
        for target in steps.get(pending.pop(), ()):
            if target not in found:
                found.add(target)
                pending.append(target)
    return found
