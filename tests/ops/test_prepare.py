"""Setting up a machine: what is missing is said in one sentence."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

SCRIPT = Path(__file__).resolve().parent.parent.parent / ".ci" / "prepare.py"


@pytest.fixture
def prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the script, working in an empty folder."""
    spec = importlib.util.spec_from_file_location("prepare", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    for name in ("ROOT", "VENV", "LOG", "STAMP", "BUNDLES", "FRONTEND"):
        place = getattr(script, name).relative_to(SCRIPT.parent.parent)
        monkeypatch.setattr(script, name, tmp_path / place)
    return script


class Version(NamedTuple):
    """The beginning of `sys.version_info`."""

    major: int
    minor: int


def test_an_old_python_is_told_what_is_needed(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare.sys, "version_info", Version(3, 9))

    assert prepare.main("run") == 1

    assert capsys.readouterr().err == f"Vekha needs Python 3.11 or newer; {sys.executable} is 3.9.\n"


def test_a_folder_that_cannot_be_written_is_one_sentence(
    prepare: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "var").write_text("in the way")

    assert prepare.main("run") == 1

    said = capsys.readouterr().err
    assert said == f"The folder {tmp_path} cannot be written to (Not a directory): Vekha keeps its data there.\n"


def test_too_little_room_is_noticed_before_anything_is_fetched(
    prepare: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "requirements.txt").write_text("")
    monkeypatch.setattr(prepare, "NEEDED_BYTES", 10**18)

    assert prepare.main("run") == 1

    assert "too little room on the disk" in capsys.readouterr().err
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("ERROR: [Errno 28] No space left on device", "The disk is full: free about 1.5 GB and try again."),
        ("ERROR: Could not find a version that satisfies", "A package could not be downloaded"),
        ("npm error code ENOTFOUND", "A package could not be downloaded"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that was locked"),
        ("[Errno 13] Permission denied: 'x'", "cannot be written"),
    ],
)
def test_a_failed_step_says_what_to_do(prepare: ModuleType, tmp_path: Path, said: str, sentence: str) -> None:
    prepare.LOG.parent.mkdir(parents=True)
    program = f"import sys; print({said!r}); sys.exit(1)"

    with pytest.raises(prepare.CannotPrepare, match="Installing packages failed") as failure:
        prepare.call([sys.executable, "-c", program], "Installing packages", tmp_path)

    assert sentence in str(failure.value)
    assert "\n" not in str(failure.value)
    assert said in prepare.LOG.read_text()


def test_an_environment_from_another_place_is_made_anew(prepare: ModuleType, tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    prepare.write_stamp({"installed": ["x"]})
    here = prepare.read_stamp()
    moved = json.loads(prepare.STAMP.read_text()) | {"root": "/somewhere/else"}
    prepare.STAMP.write_text(json.dumps(moved))

    assert here["installed"] == ["x"]
    assert prepare.read_stamp() == {}
