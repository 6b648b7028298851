"""Checks what is written in a diagram to be worked out: FEEL expressions, scripts, durations, dates, cycles."""

from collections.abc import Callable, Collection, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from app.engine.definitions.problems import Findings
from app.engine.expressions import compile_expression, compile_script
from app.engine.spiff import reading
from app.engine.timers.rules import parse_cycle, parse_duration, parse_moment
from app.kernel.errors import Invalid
from app.kernel.i18n import _

_EXPRESSION_PROPERTIES = {
    "userTask": ("due", "about"),
    "manualTask": ("due", "about"),
}
_EVENT_PROPERTIES = ("correlation", "payload")
_IN_LOOP = ("loopDataInputRef", "loopCardinality", "completionCondition")


def check_expressions(root: Any, found: Findings) -> None:
    """Compile everything that is FEEL."""
    for node, text in _expressions(root):
        _compile(node, text, compile_expression, found)
    for node in root.iter(f"{{{reading.BPMN}}}scriptTask"):
        text = reading.text_of(reading.child(node, "script"))
        if not text:
            found.error(node, "no_script", _("The script is empty."))
        else:
            _compile(node, text, compile_script, found)


def _expressions(root: Any) -> Iterator[tuple[Any, str]]:
    for node in root.iter(f"{{{reading.BPMN}}}*"):
        name = reading.local_name(node)
        properties = reading.properties(node)
        wanted = _EXPRESSION_PROPERTIES.get(name, _EVENT_PROPERTIES)
        yield from ((node, properties[key]) for key in wanted if properties.get(key))
        if name in {"conditionExpression", *_IN_LOOP}:
            yield node, reading.text_of(node)
        if name == "message":
            yield node, reading.extension_text(node, "messagePayload")
        if name == "serviceTask":
            yield from ((node, text) for text in reading.operator(node)[1].values())
        if name == "timerEventDefinition":
            text = reading.timer_text(node)[1]
            yield node, text if text.startswith("=") else ""


def _compile(node: Any, text: str, compiler: Callable[[str], object], found: Findings) -> None:
    if not text.strip():
        return
    try:
        compiler(text)
    except Invalid as error:
        found.error(
            node,
            "bad_expression",
            _("The expression «%(text)s» cannot be read: %(error)s"),
            text=text.strip()[:200],
            error=error,
        )


def check_timers(root: Any, found: Findings) -> None:
    """Check that every timer has a time and that constants are what they should be."""
    readers: dict[str, Callable[[str], object]] = {
        "timeDuration": parse_duration,
        "timeCycle": parse_cycle,
        "timeDate": lambda text: parse_moment(text, ZoneInfo("UTC")),
    }
    for node in root.iter(f"{{{reading.BPMN}}}timerEventDefinition"):
        kind, text = reading.timer_text(node)
        if not kind or not text:
            found.error(node, "no_time", _("The timer has no time."))
        elif not text.startswith("="):
            try:
                readers[kind](text)
            except Invalid as error:
                found.error(node, "bad_time", error.message, **error.params)


def check_operations(root: Any, operations: Collection[str] | None, found: Findings) -> None:
    """Check that the operations of service tasks exist, where it is known which do."""
    for node in root.iter(f"{{{reading.BPMN}}}serviceTask"):
        name = reading.operator(node)[0]
        if operations is not None and name and name not in operations:
            found.error(node, "unknown_operation", _("The program has no operation «%(name)s»."), name=name)


def check_forms(root: Any, forms: Collection[str] | None, found: Findings) -> None:
    """Check that every user task has a form, and that it exists, where it is known which do."""
    for node in root.iter(f"{{{reading.BPMN}}}userTask"):
        form = reading.properties(node).get("form", "")
        if not form:
            found.warning(node, "no_form", _("The task has no form."))
        elif forms is not None and form not in forms:
            found.error(node, "unknown_form", _("There is no form «%(form)s»."), form=form)


def check_roles(root: Any, roles: Collection[str] | None, found: Findings) -> None:
    """Check that lanes are roles, where it is known which there are."""
    for node in root.iter(f"{{{reading.BPMN}}}lane"):
        role = (node.get("id") or "").partition("__")[0]
        if roles is not None and role not in roles:
            found.error(node, "unknown_role", _("The id of the lane, «%(role)s», is no role."), role=role)
