"""The guide says only what is so: its links lead somewhere, its buttons are on pages, its commands and FEEL work."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from lxml import etree
from sqlalchemy.orm import Session

from app.cli.commands import COMMANDS
from app.engine.expressions import compile_expression, compile_script
from app.kernel.catalogue import read_catalogue
from app.programme.cycles.imports.queries import directory
from app.programme.cycles.imports.reading import read_list
from app.programme.cycles.imports.values import Column
from app.programme.cycles.imports.verdicts import Verdict, judge
from app.programme.cycles.models import Cycle
from app.programme.demo.region import build_region
from tests.builders import NOON, TODAY

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide"
PAGES = sorted(GUIDE.rglob("*.md"))
PROCESSES = sorted(path.stem for path in (ROOT / "workflows" / "bpmn").glob("*.bpmn"))

# The browser tests take these; they are not there on a fresh clone before the tests have run with a browser.
PICTURES = {
    "tasks", "task", "case", "review", "matrix", "cycle", "import", "processes", "process", "people", "incidents",
    "public", "consult", "phone_tasks", "phone_task",
}  # fmt: skip


def page_name(path: Path) -> str:
    return str(path.relative_to(GUIDE))


each_page = pytest.mark.parametrize("page", PAGES, ids=page_name)


@pytest.mark.parametrize("key", PROCESSES)
def test_each_process_has_its_pages(key: str) -> None:
    assert (GUIDE / "processes" / f"{key}.md").is_file()
    assert (ROOT / "docs" / "processes" / f"{key}.md").is_file()
    assert f"](processes/{key}.md)" in (GUIDE / "README.md").read_text()


def test_each_page_is_about_something_that_exists() -> None:
    assert sorted(path.stem for path in (GUIDE / "processes").glob("*.md")) == PROCESSES


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for picture, text, target in re.findall(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", page.read_text()):
        assert text, f"{target} has no text"
        found = (page.parent / target.partition("#")[0]).resolve()
        if picture:
            assert found.parent == GUIDE / "pictures"
            assert found.suffix == ".png"
            assert found.stem in PICTURES
        else:
            assert found.is_file(), target


def test_each_picture_is_shown() -> None:
    shown = {name for page in PAGES for name in re.findall(r"pictures/(\w+)\.png", page.read_text())}

    assert shown == PICTURES


@each_page
def test_buttons_and_titles_are_on_pages(page: Path) -> None:
    named = [" ".join(text.split()) for text in re.findall(r"\*\*«(.+?)»\*\*", page.read_text(), re.DOTALL)]

    assert [text for text in named if text not in words_of_diagrams() | words_of_forms() | words_of_pages()] == []


@each_page
def test_commands_exist(page: Path) -> None:
    for line in re.findall(r"^vekha .+$|`vekha [^`]+`", page.read_text(), re.MULTILINE):
        command: click.Command = click.Group(commands=list(COMMANDS))
        for word in line.strip("`").split()[1:]:
            if isinstance(command, click.Group):
                assert word in command.commands, line
                command = command.commands[word]
            elif word.startswith("--"):
                options = {name for option in command.params for name in option.opts}
                assert word in options | {"--help"}, line


@each_page
def test_feel_can_be_read(page: Path) -> None:
    for text in re.findall(r"```feel\n(.*?)```", page.read_text(), re.DOTALL):
        if text.startswith("{"):
            compile_script(text)
        else:
            compile_expression(text.strip())


def test_the_example_list_is_taken_without_a_question(session: Session) -> None:
    region = build_region(session, now=NOON, since_on=TODAY)
    cycle = Cycle(
        region_id=region.organisation.id, year=2027, title="2027", calendar={}, factors=[], ladder=[], created_at=NOON
    )
    session.add(cycle)
    session.flush()
    content = (GUIDE / "examples" / "schools.csv").read_bytes()
    listed = read_list(content)

    preview = judge(listed, directory(session, cycle=cycle))

    assert content.startswith("\ufeff".encode())
    assert {Column.SCHOOL, Column.MUNICIPALITY, Column.YEAR, Column.CURATOR} <= set(listed.columns)
    assert preview.can_be_taken
    assert preview.count(Verdict.JOINS) == len(region.schools)
    assert preview.count(Verdict.NEW) > 0
    assert [sentence for row in preview.rows for sentence in row.sentences] == []


@cache
def words_of_pages() -> frozenset[str]:
    """Return the Russian sentences of the catalogue whose source is still in the program."""
    files = (path for suffix in ("py", "html") for path in (ROOT / "app").rglob(f"*.{suffix}"))
    sources = " ".join(" ".join(path.read_text() for path in files).split())
    said = set()
    for message in read_catalogue("ru"):
        source = message.id if isinstance(message.id, str) else message.id[0]
        if " ".join(source.split()) in sources:
            said |= {message.string} if isinstance(message.string, str) else set(message.string or ())
    return frozenset(said)


@cache
def words_of_diagrams() -> frozenset[str]:
    """Return the names of all elements."""
    roots = [etree.parse(path).getroot() for path in (ROOT / "workflows" / "bpmn").glob("*.bpmn")]
    return frozenset(name for root in roots for element in root.iter() if (name := element.get("name")))


@cache
def words_of_forms() -> frozenset[str]:
    """Return the labels of all fields and options."""
    forms = (json.loads(path.read_text()) for path in (ROOT / "forms").rglob("*.json"))
    return frozenset(label for form in forms for label in labels_of(form["components"]))


def labels_of(components: list[dict[str, Any]]) -> Iterator[str]:
    for component in components:
        yield component.get("label") or component.get("dateLabel") or ""
        yield from (option["label"] for option in component.get("values", []))
        yield from labels_of(component.get("components", []))
