"""Checks what is written in a diagram to be worked out: FEEL expressions, scripts, durations, dates, cycles."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.engine.definitions.problems import Findings
from app.engine.expressions import Expression, check_expression, compile_expression, compile_script
from app.engine.spiff import extensions, reading
from app.engine.timers.rules import parse_cycle, parse_duration, parse_moment
from app.kernel.errors import Invalid
from app.kernel.i18n import _

Compiled = TypeVar("Compiled")
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_EXPRESSION_PROPERTIES = {
    "task": ("due", "about"),
    "userTask": ("due", "about"),
    "manualTask": ("due", "about"),
}
_EVENT_PROPERTIES = ("correlation", "payload")
_CONDITIONS = frozenset(
    {"conditionExpression", "condition", "completionCondition", "loopCondition", "activationCondition"}
)
_WANTED = dict.fromkeys(_CONDITIONS, ("boolean",)) | {"loopCardinality": ("number",)}
_VALUES = frozenset({"loopCardinality", "transformation", "from", "messagePath", "dataPath"})
_WRITTEN = _CONDITIONS | _VALUES | {"timeDate", "timeDuration", "timeCycle"}
_REFERENCE = re.compile(r"[\w.\-:]*")


def check_expressions(process: Any, found: Findings) -> None:
    """Compile everything of an executable process that is FEEL."""
    for node in process.iter(f"{{{reading.BPMN}}}*"):
        name = reading.local_name(node)
        if name in _WRITTEN:
            _check_written(node, name, found)
        elif name == "scriptTask":
            _check_script(node, found)
        for text in _extension_expressions(node, name):
            compile_feel(node, text, compile_expression, found)
        if name == "timerEventDefinition":
            _check_timer(node, found)


def _extension_expressions(node: Any, name: str) -> Iterator[str]:
    properties = reading.properties(node)
    yield from (properties[key] for key in _EXPRESSION_PROPERTIES.get(name, _EVENT_PROPERTIES) if properties.get(key))
    operation = extensions.operation(node) if name == "serviceTask" else None
    if operation is not None:
        yield from operation.parameters.values()
    if name == "callActivity":
        mappings = extensions.mappings(node)
        yield from (text for _target, text in (*(mappings.inputs or ()), *(mappings.outputs or ())))
    loop = extensions.loop(node) if name != "process" else None
    if loop is not None:
        items = "" if _REFERENCE.fullmatch(loop.input_ref) else loop.input_ref
        yield from (text for text in (loop.collection, loop.output_element, items) if text)
    for subscription in extensions.vendor(node, extensions.ZEEBE, "subscription"):
        yield subscription.get("correlationKey", "")


def check_messages(root: Any, found: Findings) -> None:
    """Compile what messages carry and are correlated by."""
    for node in reading.children(root, "message", "correlationProperty"):
        texts = [reading.extension_text(node, "messagePayload"), reading.properties(node).get("correlation", "")]
        texts += [one.get("correlationKey", "") for one in extensions.vendor(node, extensions.ZEEBE, "subscription")]
        for text in texts:
            compile_feel(node, text, compile_expression, found)
        for path in node.iter(f"{{{reading.BPMN}}}messagePath"):
            _check_written(path, "messagePath", found)


def _check_written(node: Any, name: str, found: Findings) -> None:
    text = reading.text_of(node)
    language = node.get("language", "")
    if not text:
        if name != "conditionExpression" and not name.startswith("time"):
            found.error(node, "empty_expression", _("The expression is empty. Write it in FEEL, or take it out."))
        return
    if not extensions.is_feel_language(language):
        _refuse_foreign(node, text, language, found)
        return
    if _XSI_TYPE not in node.attrib and name not in ("messagePath", "dataPath", "loopCondition", "from"):
        found.warning(node, "not_formal", _("The expression is not marked as a formal expression (xsi:type)."))
    if name.startswith("time"):
        return
    compiled = compile_feel(node, text, compile_expression, found)
    if compiled is not None:
        _check_kind(node, compiled, _WANTED.get(name, ()), found)


def _check_kind(node: Any, expression: Expression, wanted: Collection[str], found: Findings) -> None:
    """Note what can be known of an expression before it runs: its value is of a wrong type, or always null."""
    for finding in check_expression(expression, wanted=wanted):
        note = found.error if finding.code == "not_boolean" else found.warning
        note(
            node,
            finding.code,
            _("The expression «%(text)s»: %(finding)s"),
            text=expression.text[:80],
            finding=Invalid(finding.sentence, **finding.params),
        )


def _check_script(node: Any, found: Findings) -> None:
    language, text = extensions.script(node)
    if not extensions.is_feel_language(language):
        found.error(
            node,
            "not_feel",
            _("The script is written in %(language)s. Write it in FEEL: {name: value, other_name: value}."),
            language=language[:80],
        )
    elif not text:
        found.warning(
            node, "no_script", _("The script is empty, so the task does nothing. Write it in FEEL: {name: value}.")
        )
    elif extensions.is_foreign_expression(text):
        _refuse_foreign(node, text, "", found)
    else:
        compile_feel(node, text, compile_script, found)


def _refuse_foreign(node: Any, text: str, language: str, found: Findings) -> None:
    found.error(
        node,
        "foreign_expression",
        _("The expression is not written in FEEL (%(language)s). In FEEL it may be: %(feel)s"),
        language=(language or text.strip()[:2] + " }")[:80],
        feel=extensions.as_feel(text)[:200],
    )


def compile_feel(node: Any, text: str, compiler: Callable[[str], Compiled], found: Findings) -> Compiled | None:
    """Return what is compiled; note what cannot be, and how it is written in FEEL."""
    if not text.strip():
        return None
    if extensions.is_foreign_expression(text):
        _refuse_foreign(node, text, "", found)
        return None
    try:
        return compiler(text)
    except Invalid as error:
        found.error(
            node,
            "bad_expression",
            _("The expression «%(text)s» cannot be read: %(error)s"),
            text=text.strip()[:200],
            error=error,
        )
        return None


def _check_timer(node: Any, found: Findings) -> None:
    """Check that a timer has one time, and that a constant is what it should be."""
    readers: dict[str, Callable[[str], object]] = {
        "timeDuration": parse_duration,
        "timeCycle": parse_cycle,
        "timeDate": lambda text: parse_moment(text, ZoneInfo("UTC")),
    }
    if len(list(reading.children(node, *readers))) > 1:
        found.error(node, "several_times", _("The timer has more than one time. Keep a date, a duration or a cycle."))
        return
    kind, text = extensions.timer(node)
    if not kind or not text:
        found.error(node, "no_time", _("The timer has no time. Write P3D, 2026-04-30, or FEEL behind =."))
    elif text.startswith("=") or extensions.is_foreign_expression(text):
        compile_feel(node, text, compile_expression, found)
    else:
        try:
            readers[kind](text)
        except Invalid as error:
            found.error(node, "bad_time", error.message, **error.params)


def check_operations(process: Any, operations: Collection[str] | None, found: Findings) -> None:
    """Check that the operations of service tasks exist, where it is known which do."""
    for node in process.iter(f"{{{reading.BPMN}}}serviceTask"):
        operation = extensions.operation(node)
        if operations is None or operation is None or operation.name in operations:
            continue
        note = found.warning if node.get("operationRef") else found.error
        note(node, "unknown_operation", _("The program has no operation «%(name)s»."), name=operation.name)


def check_forms(process: Any, forms: Collection[str] | None, found: Findings) -> None:
    """Check that every user task has a form, and that it exists, where it is known which do."""
    for node in process.iter(f"{{{reading.BPMN}}}userTask"):
        form = reading.properties(node).get("form", "")
        if not form:
            found.warning(node, "no_form", _("The task has no form."))
        elif forms is not None and form not in forms:
            found.error(node, "unknown_form", _("There is no form «%(form)s»."), form=form)


def check_roles(process: Any, roles: Collection[str] | None, found: Findings) -> None:
    """Check that lanes are roles, where it is known which there are."""
    for node in process.iter(f"{{{reading.BPMN}}}lane"):
        role = (node.get("id") or "").partition("__")[0]
        if roles is not None and role not in roles:
            found.error(node, "unknown_role", _("The id of the lane, «%(role)s», is no role."), role=role)
