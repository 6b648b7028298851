"""What a process designer hands in: diagrams and decision tables by file name, forms by form key."""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

DIAGRAMS = (".bpmn", ".dmn", ".bpmn2", ".bpmn20.xml", ".bpmn.xml")
FORM = ".json"


def files_below(paths: Iterable[Path]) -> dict[str, bytes]:
    """Read every diagram, decision table and form that the paths name or hold, by path as it was given.

    A file that is named is one of these whatever its name ends with.
    """
    found: dict[str, bytes] = {}
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            if file.is_file() and (file == path or file.name.lower().endswith((*DIAGRAMS, FORM))):
                found[file.as_posix()] = file.read_bytes()
    return found


def diagrams(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the diagrams and decision tables among the files."""
    return {name: content for name, content in files.items() if PurePosixPath(name).suffix != FORM}


def forms(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the forms among the files by key: the folder and the name, `approve/confirm_package`."""
    return {form_key(name): content for name, content in files.items() if PurePosixPath(name).suffix == FORM}


def form_key(name: str) -> str:
    """Return the form key that a file's path stands for."""
    path = PurePosixPath(name)
    return f"{path.parent.name}/{path.stem}"
