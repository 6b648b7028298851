"""Checks diagrams, decision tables and forms together, as they would be deployed."""

import re
from collections.abc import Collection, Iterator, Mapping

from app.engine.definitions.check import lint as lint_models
from app.engine.definitions.documents import NotReadable
from app.engine.definitions.problems import Problem
from app.kernel.i18n import _
from app.programme.processes.handlers import HANDLERS
from app.studio.diagrams import Shape, shapes
from app.studio.files import Bundle, sort_files
from app.work.forms.definitions import NotAForm, definition_of, read_json


def lint(files: Mapping[str, bytes], *, deployed_forms: Collection[str] = ()) -> tuple[Problem, ...]:
    """Return everything that is wrong with the files, by file and line.

    Args:
        files: content by path; `.bpmn`, `.dmn` and `.json`.
        deployed_forms: keys of forms that are in force and need not be among the files.
    """
    bundle = sort_files(files)
    problems = [
        *lint_models(bundle.models, operations=HANDLERS.keys()),
        *_wrong_forms(bundle),
        *_missing_forms(bundle, deployed_forms),
    ]
    return tuple(sorted(set(problems)))


def _wrong_forms(bundle: Bundle) -> Iterator[Problem]:
    for key, content in bundle.forms.items():
        path = bundle.form_paths[key]
        try:
            definition_of(key, read_json(key, content))
        except NotAForm as failure:
            for problem in failure.problems:
                yield Problem(path, _line_of(content, problem.path), problem.path, "form", "error", str(problem))


def _missing_forms(bundle: Bundle, deployed: Collection[str]) -> Iterator[Problem]:
    """Return an error for each user task whose form is neither among the files nor in force."""
    known = {*bundle.forms, *deployed}
    for path, content in bundle.models.items():
        if not path.endswith(".bpmn"):
            continue
        for shape in _shapes(content):
            if shape.form and shape.form not in known:
                message = _("The form “%(form)s” does not exist: add forms/%(form)s.json or choose another.")
                told = message % {"form": shape.form}
                yield Problem(path, shape.line, shape.id, "form_missing", "error", told)


def _shapes(content: bytes) -> tuple[Shape, ...]:
    try:
        return shapes(content)
    except NotReadable:
        return ()  # The check of the models says so.


def _line_of(content: bytes, place: str) -> int:
    """Return the line where the last key or id of a place in a form stands, 1 when it cannot be found."""
    names = re.findall(r"[\w-]+", place)
    text = content.decode("utf-8", "replace")
    found = text.find(f'"{names[-1]}"') if names else -1
    return text.count("\n", 0, found) + 1 if found >= 0 else 1
