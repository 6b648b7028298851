"""The spec of a process or subprocess: its nodes, and where a level of it begins."""

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.specs import WorkflowSpec

from app.engine.spiff.nodes import Root, Undoer

ROOT = "*root"
UNDOER = "*undoer"


class ProcessSpec(BpmnProcessSpec):
    """A process or subprocess. Names that begin with an asterisk are not of the drawing.

    Attributes:
        starts: names of the start events, in the order of the file.
        implicit_starts: nodes that nothing leads to, where there is no start event.
        event_subprocesses: names of those that wait in this scope.
        declared: variables that belong to this scope: its data objects and properties.
        sequential: whether its implicit starts begin one after the other (ad-hoc).
    """

    def __init__(self, name: str, description: str | None = None, filename: str | None = None) -> None:
        WorkflowSpec.__init__(self, name=name, filename=filename)
        self.start = Root(self, ROOT)
        self.undoer = Undoer(self, UNDOER)
        self.description = description
        self.io_specification = None
        self.data_objects: dict[str, Any] = {}
        self.data_stores: dict[str, Any] = {}
        self.correlation_keys: dict[str, Any] = {}
        self.starts: tuple[str, ...] = ()
        self.implicit_starts: tuple[str, ...] = ()
        self.event_subprocesses: tuple[str, ...] = ()
        self.declared: frozenset[str] = frozenset()
        self.sequential = False

    def _add_notify(self, task_spec: Any) -> None:
        self.task_specs[task_spec.name] = task_spec

    def plain_start(self) -> str | None:
        """Return the first start event that waits for nothing, or None."""
        return next((name for name in self.starts if not self.task_specs[name].definitions), None)

    def begin(self, level: Any) -> None:
        """Put the first tokens of a level."""
        for name in self.event_subprocesses:
            level.put(name)
        started_by = level.top_workflow.started_by if level.container is None else None
        if started_by is not None and started_by.element:
            level.put(started_by.element, {"happened": started_by.number, "payload": started_by.payload})
        elif self.starts:
            level.put(self.plain_start() or self.starts[0])
        elif self.sequential:
            level.memory["waiting"] = list(self.implicit_starts)
            level.end_if_empty()
        else:
            for name in self.implicit_starts:
                if not level.completed:
                    level.put(name)
            level.end_if_empty()
