"""Checks diagrams before they are deployed."""

from collections.abc import Collection, Mapping

from app.engine.definitions.problems import Problem


def lint(files: Mapping[str, bytes], *, operations: Collection[str] | None = None) -> tuple[Problem, ...]:
    """Return everything that is wrong with the files."""
    return ()
