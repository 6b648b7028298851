"""The table of what is carried out is what the scenarios prove."""

from collections import Counter
from importlib.resources import files

import pytest
from lxml import etree

from tests.coverage_page import FOLDER, PAGE, coverage_page, read_proofs, read_rows

SCHEMA = str(files("SpiffWorkflow.bpmn.parser") / "schema" / "BPMN20.xsd")
ROWS = [row for rows in read_rows().values() for row in rows]
PROOFS = read_proofs()


def test_every_row_is_covered_by_a_scenario() -> None:
    covered = {row for proof in PROOFS for row in proof.covers}
    assert [row for row in ROWS if row not in covered] == []


def test_every_scenario_covers_rows_that_there_are_and_says_what_it_is_about() -> None:
    assert [proof.path.name for proof in PROOFS if not set(proof.covers) <= set(ROWS) or not proof.covers] == []
    assert [proof.path.name for proof in PROOFS if not proof.about] == []


def test_no_row_stands_in_the_table_twice() -> None:
    assert [row for row, number in Counter(ROWS).items() if number > 1] == []


def test_the_page_is_the_one_that_the_scenarios_make() -> None:
    assert PAGE.read_text("utf-8") == coverage_page(read_rows(), PROOFS), "run `make coverage-page`"


@pytest.mark.parametrize("group", sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))
def test_the_diagrams_are_valid_bpmn(group: str) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    for path in sorted((FOLDER / group).glob("*.bpmn")):
        tree = etree.parse(path, etree.XMLParser(resolve_entities=False))
        # What is refused is mostly valid; what is not is wrong in just this.
        assert schema.validate(tree) or group == "refused", f"{path}: {schema.error_log}"
