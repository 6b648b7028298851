"""The yardstick: stock SpiffWorkflow on the same diagrams, the whole instance kept as one JSON text in SQLite.

No people, no rights, no form, no history, no deadline: the engine, its serializer and one UPDATE, committed.
"""

import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState

from bench.material import HERE, answers, items

# Its expressions are Python.
_AS_PYTHON = (
    ("{measure_count: count(items)}", "measure_count = len(items)"),
    ("measure_count = 0", "measure_count == 0"),
    ('item.kind = "none"', 'item["kind"] == "none"'),
    ('result = "dropped"', 'result == "dropped"'),
    (">PT1H<", '>"PT1H"<'),
    (' scriptFormat="feel"', ""),
)


class Stock:
    """One table: instance and its JSON."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute("CREATE TABLE instance (id INTEGER PRIMARY KEY, state TEXT NOT NULL)")
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
        self.written = 0

    def save(self, number: int, workflow: BpmnWorkflow) -> None:
        """Write the whole instance."""
        text = self.serializer.serialize_json(workflow)
        self.written = len(text)
        self.connection.execute("INSERT OR REPLACE INTO instance (id, state) VALUES (?, ?)", (number, text))
        self.connection.commit()

    def load(self, number: int) -> BpmnWorkflow:
        """Read it back."""
        (text,) = self.connection.execute("SELECT state FROM instance WHERE id = ?", (number,)).fetchone()
        return self.serializer.deserialize_json(text)


def _workflow(size: int) -> BpmnWorkflow:
    parser = SpiffBpmnParser()
    source = (HERE / "diagrams" / ("family.bpmn" if size else "line.bpmn")).read_text(encoding="utf-8")
    for ours, theirs in _AS_PYTHON:
        source = source.replace(ours, theirs)
    source = re.sub(r"<spiffworkflow:propert.*?/>|</?spiffworkflow:properties>", "", source)
    parser.add_bpmn_xml(etree.fromstring(source.encode()))
    key = "bench_family" if size else "bench_line"
    workflow = BpmnWorkflow(parser.get_spec(key), parser.get_subprocess_specs(key))
    workflow.task_tree.data = {"items": items(size)} if size else {"subject": "Отчёт за год"}
    workflow.do_engine_steps()
    return workflow


def measure(name: str, size: int, most: int, *, warm: bool) -> dict[str, Any]:
    """Complete the tasks of one instance, saving after each; cold reads it back before each."""
    with tempfile.TemporaryDirectory(prefix="vekha-bench-") as folder:
        store = Stock(Path(folder) / "stock.sqlite3")
        workflow = _workflow(size)
        store.save(1, workflow)
        costs: list[float] = []
        written: list[int] = []
        for turn in range(most):
            began = time.process_time()
            if not warm:
                workflow = store.load(1)
            ready = workflow.get_tasks(state=TaskState.READY, manual=True)
            if not ready:
                break
            ready[0].data.update(answers(turn))
            ready[0].run()
            workflow.do_engine_steps()
            workflow.refresh_waiting_tasks()
            store.save(1, workflow)
            costs.append(time.process_time() - began)
            written.append(store.written)
    seconds = median(costs)
    return {
        "workload": name,
        "cache": "warm" if warm else "cold",
        "ms": round(seconds * 1000, 3),
        "per_second": round(1 / seconds, 1),
        "bytes_written": median(written),
    }


def measure_all(workloads: Sequence[tuple[str, int, int]]) -> list[dict[str, Any]]:
    """Measure every workload, warm and cold, in a program of its own: ours has changed SpiffWorkflow's classes."""
    command = [sys.executable, "-m", "bench.stock", json.dumps(workloads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=HERE.parent)  # noqa: S603
    found: list[dict[str, Any]] = json.loads(done.stdout)
    for one in found:
        print(
            f"{one['workload']:20} {'stock':11} {one['cache']:5} {one['per_second']:8.0f} {one['ms']:8.2f} {1:5} {1:4}"
            f" {one['bytes_written']:9.0f}"
        )
    return found


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    results = [measure(name, size, min(most, 20), warm=warm) for name, size, most in asked for warm in (True, False)]
    print(json.dumps(results))
