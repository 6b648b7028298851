"""Reads what events wait for or throw."""

from typing import Any

from app.engine.expressions import Expression, compile_expression
from app.engine.spiff import definitions as kinds
from app.engine.spiff import extensions, reading
from app.engine.spiff.loops import Behavior


def formula(text: str) -> Expression | None:
    """Compile an expression; None where there is none."""
    return compile_expression(text) if text.strip() else None


class EventReader:
    """Reads event definitions of one file, and the messages, signals, errors and escalations they name."""

    def __init__(self, root: Any) -> None:
        self.root = root
        named = ("message", "signal", "error", "escalation")
        self.named = {node.get("id"): node for node in reading.children(root, *named)}
        self.shared = {node.get("id"): node for node in reading.children(root) if _is_definition(node)}

    def of(self, node: Any) -> tuple[kinds.Waited, ...]:
        """Return the definitions of an event, or the message of a send or receive task."""
        if reading.local_name(node) in ("sendTask", "receiveTask"):
            return self._of_task(node)
        found = [item for item in reading.children(node) if _is_definition(item)]
        references = [reading.text_of(item).rpartition(":")[2] for item in reading.children(node, "eventDefinitionRef")]
        found += [self.shared[reference] for reference in references if reference in self.shared]
        return tuple(one for item in found if (one := self._read(item, node)) is not None)

    def _of_task(self, node: Any) -> tuple[kinds.Waited, ...]:
        message = self.named.get(_local(node.get("messageRef")))
        if message is None and reading.local_name(node) == "sendTask":
            return ()
        return (self._message(message, node, node.get("id")),)

    def behaviors(self, node: Any) -> tuple[Behavior, ...]:
        """Return the events that the instances of a multi-instance activity throw when they are completed."""
        loop = reading.child(node, "multiInstanceLoopCharacteristics")
        behavior = loop.get("behavior", "All")
        if behavior in ("None", "One"):
            name = loop.get("noneBehaviorEventRef" if behavior == "None" else "oneBehaviorEventRef")
            return self._behavior("all" if behavior == "None" else "first", None, _local(name), node)
        found: list[Behavior] = []
        for item in reading.children(loop, "complexBehaviorDefinition") if behavior == "Complex" else ():
            condition = formula(extensions.expression_text(reading.text_of(reading.child(item, "condition"))))
            event = reading.child(item, "event")
            if event is not None:
                found += [Behavior("all", condition, definition) for definition in self.of(event)]
        return tuple(found)

    def _behavior(self, when: str, condition: Expression | None, name: str, node: Any) -> tuple[Behavior, ...]:
        # What an instance throws may be described anywhere, also inside the event that catches it.
        described = next((one for one in self.root.iter(f"{{{reading.BPMN}}}*") if one.get("id") == name), None)
        definition = None if described is None or not _is_definition(described) else self._read(described, node)
        return () if definition is None else (Behavior(when, condition, definition),)

    def _read(self, item: Any, node: Any) -> kinds.Waited | None:
        name = reading.local_name(item)
        if name == "timerEventDefinition":
            kind, text = extensions.timer(item)
            return kinds.Timer(text, formula(text) if text.startswith("=") else None, kind == "timeCycle")
        if name == "messageEventDefinition":
            return self._message(self.named.get(_local(item.get("messageRef"))), node, node.get("id"))
        if name == "signalEventDefinition":
            signal = self.named.get(_local(item.get("signalRef")))
            return kinds.Signal(node.get("id") if signal is None else signal.get("name") or signal.get("id"))
        if name == "conditionalEventDefinition":
            text = extensions.expression_text(reading.text_of(reading.child(item, "condition")))
            return kinds.Conditional(compile_expression(text))
        if name == "errorEventDefinition":
            return kinds.Error(*self._code(item.get("errorRef"), "errorCode"))
        if name == "escalationEventDefinition":
            return kinds.Escalation(*self._code(item.get("escalationRef"), "escalationCode"))
        if name == "compensateEventDefinition":
            waits = item.get("waitForCompletion", "true") != "false"
            return kinds.Compensate(_local(item.get("activityRef")) or None, waits)
        return {"terminateEventDefinition": kinds.Terminate(), "cancelEventDefinition": kinds.Cancel()}.get(name)

    def _code(self, reference: str | None, attribute: str) -> tuple[str, str | None]:
        """Return the name and the code of an error or escalation; without a reference it catches all."""
        named = self.named.get(_local(reference))
        if named is None:
            return "", None
        return named.get("name") or "", named.get(attribute) or named.get("name") or named.get("id")

    def _message(self, message: Any, node: Any, fallback: str) -> kinds.Message:
        own = reading.properties(node)
        shared = {} if message is None else reading.properties(message)
        properties = {**shared, **own}
        payload = properties.get("payload") or _extension(message, "messagePayload")
        variable = properties.get("variable") or _extension(message, "messageVariable")
        correlation = extensions.correlation(node, message, self.root)
        name = fallback if message is None else message.get("name") or message.get("id")
        return kinds.Message(name, formula(correlation or ""), formula(payload), variable or None)


def _extension(message: Any, name: str) -> str:
    return "" if message is None else reading.extension_text(message, name)


def _is_definition(node: Any) -> bool:
    return reading.is_bpmn(node) and reading.local_name(node).endswith("EventDefinition")


def _local(reference: str | None) -> str:
    return (reference or "").strip().rpartition(":")[2]
