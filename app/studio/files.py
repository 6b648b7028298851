"""The designer's files: where they lie, what each of them is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.kernel.errors import Invalid
from app.kernel.i18n import _

MODEL_SUFFIXES = (".bpmn", ".dmn")
FORM_SUFFIX = ".json"
MAX_FILES = 200


class NotOurs(Invalid):
    """A file that is no diagram, decision table or form, or too many of them."""


@dataclass(frozen=True)
class Bundle:
    """Files sorted by what they are.

    Attributes:
        models: diagrams and decision tables, by path.
        forms: forms by key, `diagnose/fill_questionnaire`.
        form_paths: where each form came from, by key.
    """

    models: Mapping[str, bytes]
    forms: Mapping[str, bytes]
    form_paths: Mapping[str, str]


def files_below(roots: Iterable[Path]) -> dict[str, bytes]:
    """Return the diagrams, decision tables and forms in the folders, and files that are named themselves, by path."""
    wanted = (*MODEL_SUFFIXES, FORM_SUFFIX)
    found: dict[str, bytes] = {}
    for root in roots:
        paths = sorted(p for p in root.rglob("*") if p.suffix in wanted and p.is_file()) if root.is_dir() else [root]
        found |= {path.as_posix(): path.read_bytes() for path in paths}
    return found


def sort_files(files: Mapping[str, bytes]) -> Bundle:
    """Tell the files apart by their names.

    Raises:
        NotOurs: one is of another kind, or there are too many.
    """
    if len(files) > MAX_FILES:
        raise NotOurs(_("More than %(limit)s files at once. Deploy them in parts."), limit=MAX_FILES)
    models, forms, paths = {}, {}, {}
    for path, content in files.items():
        suffix = PurePosixPath(path).suffix.lower()
        if suffix in MODEL_SUFFIXES:
            models[path] = content
        elif suffix == FORM_SUFFIX:
            key = form_key(path)
            forms[key], paths[key] = content, path
        else:
            raise NotOurs(_("“%(file)s” is no diagram (.bpmn), decision table (.dmn) or form (.json)."), file=path)
    return Bundle(models, forms, paths)


def form_key(path: str) -> str:
    """Return the key of a form: its folder and name, `forms/plan/write_concept.json` is `plan/write_concept`."""
    parts = PurePosixPath(path).with_suffix("").parts
    return "/".join(parts[-2:])
