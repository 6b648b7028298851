"""No Python from a diagram: SpiffWorkflow's own evaluation stands behind ours at every place, and is never reached."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from inspect import getattr_static
from pathlib import Path
from typing import Any

import pytest
from SpiffWorkflow.specs.base import TaskSpec

import app.engine.spiff
from app.engine.spiff.nodes import Node
from app.engine.spiff.process import ProcessSpec
from app.engine.spiff.workflow import LiveWorkflow, SubWorkflow
from tests.engine.call_sites import CallSite, call_sites, holder_of

SITES = call_sites()
FOLDER = Path(app.engine.spiff.__file__).parent


def our_modules() -> list[Any]:
    return [importlib.import_module(f"app.engine.spiff.{one.name}") for one in pkgutil.iter_modules([str(FOLDER)])]


def our_classes() -> list[type]:
    """Return every class of which objects live in our workflows, or that inherits from SpiffWorkflow."""
    own = {
        member
        for module in our_modules()
        for member in vars(module).values()
        if isinstance(member, type) and member.__module__.startswith("app.engine.spiff")
    }
    return sorted(own, key=lambda one: (one.__module__, one.__name__))


def _kinds_of_nodes() -> Iterator[type]:
    pending: list[type] = [Node]
    while pending:
        kind = pending.pop()
        yield kind
        pending += kind.__subclasses__()


def test_the_call_sites_are_found() -> None:
    places = {(site.module.removeprefix("SpiffWorkflow."), site.function) for site in SITES}

    assert len(SITES) > 25
    assert ("bpmn.specs.mixins.script_task", "_execute") in places
    assert ("bpmn.specs.event_definitions.timer", "has_fired") in places
    assert ("specs.Transform", "_update_hook") in places
    assert ("bpmn.script_engine.python_environment", "evaluate") in places


@pytest.mark.parametrize("site", SITES, ids=lambda site: f"{site.module}:{site.line}")
def test_no_class_of_ours_has_a_method_that_evaluates(site: CallSite) -> None:
    owner = holder_of(site) if site.owner else None
    heirs = [one for one in our_classes() if owner is not None and issubclass(one, owner)]

    reaching = [one.__name__ for one in heirs if getattr_static(one, site.function) is vars(owner)[site.function]]

    assert reaching == []


def test_our_classes_call_no_method_of_spiffworkflow_behind_their_own() -> None:
    """An overridden method could still be reached by `super()`: it is not, but to make and to cancel objects."""
    allowed = {"__init__"}
    called: set[str] = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
                maker = node.value.func
                if isinstance(maker, ast.Name) and maker.id == "super":
                    called.add(node.attr)
    upstream = [one for one in TaskSpec.__mro__ if one is not object]

    assert not {name for name in called - allowed if any(name in vars(one) for one in upstream)}
    assert not {site.function for site in SITES if site.owner} & called


def test_only_nodes_of_ours_are_built_and_run() -> None:
    """Every kind of node that a diagram can become is a class of ours, and so are the workflows around it."""
    from app.engine.spiff.build import _KINDS

    nodes = set(_kinds_of_nodes())

    assert set(_KINDS.values()) <= nodes
    assert all(kind.__module__.startswith("app.engine.spiff") for kind in nodes)
    assert all(one.__module__.startswith("app.engine.spiff") for one in (LiveWorkflow, SubWorkflow, ProcessSpec))


def test_the_decisions_the_serializer_and_the_dialects_of_spiffworkflow_are_not_even_imported() -> None:
    code = (
        "import sys\nimport app.engine.instances.operations, app.engine.events.operations\n"
        "import app.engine.definitions.operations, app.engine.scenarios.run\n"
        "print(*(name for name in sys.modules if name.startswith('SpiffWorkflow')))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    foreign = ("SpiffWorkflow.dmn", "SpiffWorkflow.camunda", "SpiffWorkflow.spiff", "SpiffWorkflow.bpmn.serializer")
    assert [name for name in loaded if name.startswith(foreign)] == []


def test_whatever_still_reached_for_a_script_engine_would_fail() -> None:
    from tests.engine.diagrams import END, START, a_diagram, user_task
    from tests.engine.fuzz.kernel_runs import InMemory

    run = InMemory(a_diagram(f"{START}{user_task('act')}{END}\nbegun -> act\nact -> done\n", "main"))

    for name in ("evaluate", "execute", "call_service", "environment"):
        with pytest.raises(RuntimeError):
            getattr(run.workflow.script_engine, name)
