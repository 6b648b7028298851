"""Diagrams that ran, changed at random: refused, or carried out as they are then drawn, soon and without a fault."""

from pathlib import Path
from random import Random
from time import process_time
from typing import Any

import pytest
from lxml import etree

from app.engine.definitions.check import lint
from app.engine.definitions.compare import compare_with_specs
from app.engine.definitions.documents import read_diagram
from app.engine.definitions.drawing import executable_processes
from app.engine.definitions.problems import Findings
from app.engine.scenarios.parse import of_diagram
from app.engine.scenarios.play import play
from app.engine.scenarios.store import MemoryStore
from app.engine.spiff import reading

MODELS = sorted((*Path("tests/scenarios/bpmn").rglob("*.bpmn"), *Path("workflows/bpmn").glob("*.bpmn")))
SEEDS = 120
TEXTS = ("", "=", "x", "${x}", "a +", "1", "true", "PT1H", "R/PT1H", "[1, 2]")
FOREIGN = "{http://activiti.org/bpmn}"


def changed(content: bytes, random: Random) -> bytes:
    """Take away, rename, double, move or rewrite a few things of a diagram."""
    root = etree.fromstring(content)
    for _turn in range(random.randint(1, 3)):
        drawn = list(root.iterdescendants(f"{{{reading.BPMN}}}*"))
        if drawn:
            _change(random.choice(drawn), random.choice(drawn), random)
    return etree.tostring(root)


def _change(node: Any, other: Any, random: Random) -> None:
    if node.attrib and random.random() < 0.4:
        _change_attribute(node, random.choice(list(node.attrib)), other, random)
        return
    what = random.randrange(6)
    if what == 0:
        node.getparent().remove(node)
    elif what == 1:
        node.getparent().append(etree.fromstring(etree.tostring(node)))
    elif what == 2:
        node.tag = other.tag
    elif what == 3:
        node.text = random.choice(TEXTS)
    elif what == 4:
        node.tag = node.tag.replace(reading.BPMN, random.choice(("http://other", reading.SPIFF)))
    elif what == 5 and node not in (other, *other.iterancestors()):
        other.append(node)


def _change_attribute(node: Any, name: str, other: Any, random: Random) -> None:
    what = random.randrange(3)
    value = node.attrib.pop(name)
    if what == 1:
        node.set(FOREIGN + name.rpartition("}")[2], value)
    elif what == 2:
        node.set(name, random.choice([*other.attrib.values(), *TEXTS]))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_changed_diagram_is_refused_or_carried_out_as_it_is_drawn(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    model = random.choice(MODELS)
    path = tmp_path / model.name
    path.write_bytes(changed(model.read_bytes(), random))
    about = f"seed {seed}, {model}"
    begun = process_time()

    problems = lint({path.name: path.read_bytes()}, operations=None)

    assert all(one.line > 0 and one.element_id and one.code and one.message for one in problems), about
    # What only the comparison sees, a check before it should have seen.
    assert {one.code for one in problems if one.severity == "error"} != {"not_executable"}, f"{about}: {problems}"
    if not any(one.severity == "error" for one in problems):
        result = play(of_diagram(path, path.name), MemoryStore())
        assert not result.crash, f"{about}: {result.crash}"
        root, found = read_diagram(path.read_bytes()), Findings(path.name)
        for process in executable_processes(root):
            compare_with_specs(root, process, found)
        assert found.problems == [], about
    assert process_time() - begun < 2, about
