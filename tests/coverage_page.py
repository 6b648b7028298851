"""Writes docs/bpmn-coverage.md from what the scenarios say they cover: `python -m tests.coverage_page`.

It runs nothing: that each scenario holds is proved by tests/engine/test_bpmn_scenarios.py.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "tests" / "scenarios" / "bpmn"
ROWS = FOLDER / "rows.json"
PAGE = ROOT / "docs" / "bpmn-coverage.md"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HEAD = """\
# What of BPMN 2.0 Vekha carries out

Every row is proved by scenarios, which are run through the real store, saved and read again at every step. What is
*refused* is refused at deployment, with the line, the element and what to draw instead; nothing that deploys behaves
otherwise than BPMN says. `vekha scenario tests/scenarios/bpmn` runs them all.

This page is written by `make coverage-page` from the scenarios themselves.
"""


class Proof(NamedTuple):
    """One scenario."""

    path: Path
    about: str
    covers: tuple[str, ...]
    refuses: bool

    @property
    def link(self) -> str:
        """The scenario as a link from the page."""
        return f"[{self.path.stem}](../{self.path.relative_to(ROOT).as_posix()})"


def read_rows() -> dict[str, dict[str, str]]:
    """Return the titles of the rows by their ids, in groups."""
    rows: dict[str, dict[str, str]] = json.loads(ROWS.read_text("utf-8"))
    return rows


def read_proofs() -> list[Proof]:
    """Return all scenarios."""
    return [
        Proof(path, document.get("about", ""), tuple(document.get("covers", ())), "refused" in document)
        for path in sorted(FOLDER.glob("*/*.yaml"))
        for document in _documents(path)
    ]


def _documents(path: Path) -> Iterator[Mapping[str, Any]]:
    for document in yaml.load_all(path.read_text("utf-8"), _LOADER):
        yield document or {}


def coverage_page(groups: Mapping[str, Mapping[str, str]], proofs: Sequence[Proof]) -> str:
    """Return the page."""
    parts = [_HEAD]
    for group, rows in groups.items():
        lines = [_row(title, [proof for proof in proofs if row in proof.covers]) for row, title in rows.items()]
        parts.append("\n".join([f"## {group}\n", "| Element | | Proved by |", "|---|---|---|", *lines]) + "\n")
    return "\n".join(parts)


def _row(title: str, proofs: Sequence[Proof]) -> str:
    works = any(not proof.refuses for proof in proofs)
    shown = ", ".join(proof.link for proof in proofs if proof.refuses != works)
    return f"| {title} | {'works' if works else 'refused' if proofs else 'missing'} | {shown} |"


if __name__ == "__main__":
    PAGE.write_text(coverage_page(read_rows(), read_proofs()), "utf-8")
