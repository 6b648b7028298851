"""Stock SpiffWorkflow in a process of its own, because our engine changes its tasks for a whole process.

Reads one JSON object per line and answers each with one. Nothing of ours is imported here.
"""

import json
import sys
from datetime import datetime, timedelta
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.specs.event_definitions import timer
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.mixins import ScriptTaskMixin, UserTaskMixin
from SpiffWorkflow.util.task import TaskState


class _Clock(datetime):
    """A clock that stands still until it is moved."""

    shown: datetime

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return cls.shown


timer.datetime = _Clock


class Run:
    """One instance."""

    def __init__(self, asked: dict[str, Any]) -> None:
        _Clock.shown = datetime.fromisoformat(asked["now"])
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(asked["xml"].encode()))
        self.workflow = BpmnWorkflow(parser.get_spec("main"), parser.get_subprocess_specs("main"))
        self.seen: set[Any] = set()
        self.turns = 0
        self.workflow.do_engine_steps()

    def act(self, asked: dict[str, Any]) -> None:
        if "complete" in asked:
            wanted = (asked["complete"], asked["of"])
            task = next(task for task in self._open() if (task.task_spec.bpmn_id, items_of(task.data)) == wanted)
            task.data.update(asked["data"])
            task.run()
        elif "message" in asked:
            self.workflow.send_event(BpmnEvent(MessageEventDefinition(asked["message"]), payload={}))
        else:
            self.turns += 1  # A timer happens after its time; what it starts must not be as late again.
            _Clock.shown = datetime.fromisoformat(asked["now"]) + timedelta(microseconds=self.turns)
            self.workflow.refresh_timers()
        self.workflow.do_engine_steps()

    def view(self) -> dict[str, Any]:
        done = [task for task in self._tasks(TaskState.COMPLETED) if task.id not in self.seen and _is_work(task)]
        self.seen |= {task.id for task in done}
        ended = self.workflow.is_completed()
        return {
            "done": [task.task_spec.bpmn_id for task in sorted(done, key=lambda task: task.last_state_change)],
            "open": sorted([task.task_spec.bpmn_id, items_of(task.data)] for task in self._open()),
            "messages": sorted(_messages(self._tasks(TaskState.WAITING))),
            "ended": ended,
            "data": self.workflow.data if ended else {},
        }

    def _tasks(self, state: int) -> list[Any]:
        # Its own iterator does not come to every finished task of a subprocess.
        levels = (self.workflow, *self.workflow.subprocesses.values())
        return [task for level in levels for task in level.tasks.values() if task.state == state]

    def _open(self) -> list[Any]:
        return [task for task in self._tasks(TaskState.READY) if isinstance(task.task_spec, UserTaskMixin)]


def items_of(data: dict[str, Any]) -> list[Any]:
    """Return by which items of multi-instances the data belong to one instance."""
    return [[name, data[name]] for name in sorted(data) if name.startswith("item_")]


def _is_work(task: Any) -> bool:
    return isinstance(task.task_spec, ScriptTaskMixin | UserTaskMixin)


def _messages(tasks: list[Any]) -> list[str]:
    definitions = [getattr(task.task_spec, "event_definition", None) for task in tasks]
    return [definition.name for definition in definitions if isinstance(definition, MessageEventDefinition)]


def main() -> None:
    """Answer until the input ends."""
    run: Run | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if "xml" in asked:
                run = Run(asked)
            elif run is not None:
                run.act(asked)
            answer = run.view() if run is not None else {}
        except Exception as error:  # noqa: BLE001 - whatever it was, the other side decides
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
