"""Errors, escalations and cancellations go up from level to level until something catches them."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from app.engine.spiff.tokens import FRAME


class Catcher(NamedTuple):
    """What catches: the spec of a boundary event or event subprocess, the number of its definition, and where.

    Attributes:
        host: the token of the activity that a boundary event stands beside; None for an event subprocess.
    """

    spec: Any
    number: int
    level: Any
    host: Any


def catching(definitions: Sequence[Any], kind: str, code: str | None) -> int | None:
    """Return the number of the definition that catches this code, else of one that catches all, else None."""
    mine = [(number, one) for number, one in enumerate(definitions) if one.kind == kind]
    exact = [number for number, one in mine if code is not None and one.code == code]
    catch_all = [number for number, one in mine if one.code is None]
    return next(iter(exact + catch_all), None)


def find_catcher(my_task: Any, kind: str, code: str | None, *, at_activity: bool = False) -> Catcher | None:
    """Return what catches an error or escalation that comes from this token, the nearest first.

    `at_activity` is for what an activity itself raises: its own boundary events are asked too.
    """
    return next(_catchers(my_task, kind, code, at_activity), None)


def _catchers(my_task: Any, kind: str, code: str | None, at_activity: bool) -> Iterator[Catcher]:
    if at_activity or FRAME in my_task.internal_data:
        yield from _beside(my_task, kind, code)
    level, inside_event = my_task.workflow, bool(my_task.task_spec.guards and at_activity)
    while True:
        if not inside_event:
            yield from _in_scope(level, kind, code)
        container = level.container
        if container is None:
            return
        yield from _beside(container, kind, code)
        level, inside_event = level.parent_level, container.task_spec.guards


def _in_scope(level: Any, kind: str, code: str | None) -> Iterator[Catcher]:
    specs = [level.spec.task_specs[name] for name in level.spec.event_subprocesses]
    if level.interrupted:
        return
    found = [(spec, catching(spec.definitions, kind, code)) for spec in specs]
    yield from (Catcher(spec, number, level, None) for spec, number in _exact_first(found, code))


def _beside(activity: Any, kind: str, code: str | None) -> Iterator[Catcher]:
    while FRAME in activity.internal_data:
        activity = activity.workflow.tasks[activity.internal_data[FRAME]]
    specs = [activity.workflow.spec.task_specs[name] for name in activity.task_spec.catchers]
    found = [(spec, catching(spec.definitions, kind, code)) for spec in specs]
    yield from (Catcher(spec, number, activity.workflow, activity) for spec, number in _exact_first(found, code))


def _exact_first(found: list[tuple[Any, int | None]], code: str | None) -> list[tuple[Any, int]]:
    caught = [(spec, number) for spec, number in found if number is not None]
    return sorted(caught, key=lambda pair: pair[0].definitions[pair[1]].code != code)


def catch(catcher: Catcher, payload: dict[str, Any]) -> None:
    """Let the catcher happen; an interrupting one ends what it interrupts."""
    about = {"happened": catcher.number, "payload": payload}
    if catcher.host is None:
        catcher.spec.begin(catcher.level, catcher.number, payload)
        return
    if catcher.spec.interrupting:
        # The new token stands first, so that the level is never without one.
        catcher.level.put(catcher.spec.name, about)
        catcher.host.cancel()
    else:
        catcher.level.put(catcher.spec.name, about)


def throw_error(my_task: Any, code: str | None, name: str, *, at_activity: bool = False) -> None:
    """Raise an error from this token. One that nobody catches ends the instance, which has failed."""
    catcher = find_catcher(my_task, "error", code, at_activity=at_activity)
    top = my_task.workflow.top_workflow
    if catcher is None:
        top.stop(f"{name} {code or ''}".strip() or "error")
    else:
        catch(catcher, {})


def cancel_transaction(my_task: Any) -> None:
    """End the transaction around this token by its cancel boundary event; without one it simply ends."""
    container = my_task.workflow.container
    while container is not None and not getattr(container.task_spec, "transaction", False):
        container = container.workflow.container
    catcher = None if container is None else next(_beside(container, "cancel", None), None)
    if catcher is None:
        my_task.workflow.top_workflow.stop("cancel")
    else:
        catch(catcher, {})


def tell(my_task: Any, definition: Any) -> None:
    """Throw what a multi-instance activity tells of its instances.

    Its own boundary events hear that without ending the activity, whatever they do to others; if none of them waits
    for it, it is thrown as anything else.
    """
    level = my_task.workflow
    names = (*my_task.task_spec.boundary, *my_task.task_spec.catchers)
    for name in dict.fromkeys(names):
        for number, one in enumerate(level.spec.task_specs[name].definitions):
            if one.kind == definition.kind and (one.name, one.code) == (definition.name, definition.code):
                level.put(name, {"happened": number, "payload": {}})
                return
    definition.throw(my_task)
