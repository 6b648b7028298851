"""Every sentence of the program speaks Russian, and every kind of history entry is a sentence."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.kernel.catalogue import FOLDER
from app.web.history_words import QUIET, SENTENCES

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true"}}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
PLACE = re.compile(r"%\(\w+\)s|\{\w+\}")


def _sentences() -> set[str | tuple[str, ...]]:
    found = extract_from_dir("app", METHODS, OPTIONS, KEYWORDS)
    return {message for _file, _line, message, _comments, _context in found}


def _translations() -> dict[str, Message]:
    messages: dict[str, Message] = {}
    for path in sorted((FOLDER / "ru").glob("*.po")):
        with path.open("rb") as stream:
            for message in read_po(stream, locale="ru"):
                if message.id:
                    messages[message.id if isinstance(message.id, str) else message.id[0]] = message
    return messages


def test_every_sentence_has_a_translation() -> None:
    known = _translations()

    missing = [text for text in _sentences() if (text if isinstance(text, str) else text[0]) not in known]

    assert sorted(map(str, missing)) == []


def _unmarked(path: Path) -> list[str]:
    """Return the texts that a file gives as problems without marking them for translation."""
    tells = {"error", "warning", "problem", "refuse", "fail", "fail_here"}
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    told = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in tells]
    return [
        ast.unparse(given)
        for call in told
        for given in call.args
        if isinstance(given, ast.JoinedStr) or (isinstance(given, ast.Constant) and " " in str(given.value))
    ]


@pytest.mark.parametrize("room", ["definitions", "decisions", "expressions"])
def test_what_a_check_of_files_says_is_marked(room: str) -> None:
    assert [text for path in sorted(Path("app/engine", room).rglob("*.py")) for text in _unmarked(path)] == []


def _places(text: str | None) -> set[str]:
    return set(PLACE.findall(text or ""))


def test_no_translation_is_empty_or_loses_a_place() -> None:
    wrong = []
    for message in _translations().values():
        texts = message.string if isinstance(message.string, tuple | list) else [message.string]
        ids = message.id if isinstance(message.id, tuple | list) else [message.id]
        if not all(texts) or any(_places(text) - _places(ids[-1]) for text in texts):
            wrong.append(message.id)

    assert wrong == []


def _recorded_actions() -> set[str]:
    """Return the actions that rooms record by name, as their sources say."""
    pattern = re.compile(r'(?:action=|_record\w*\([^"]*?)"([a-z_]+\.[a-z_]+)"', re.DOTALL)
    rooms = [path for floor in ("work", "programme") for path in Path("app", floor).rglob("operations.py")]
    return {action for path in rooms for action in pattern.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("action", sorted(_recorded_actions()))
def test_every_entry_of_a_case_is_a_sentence(action: str) -> None:
    outside_cases = ("person.", "organisation.", "form.", "process.")

    assert action in SENTENCES or action in QUIET or action.startswith(outside_cases)
