"""Which version a call activity calls: that of the deployment, or the newest one each time."""

from collections.abc import Iterable
from typing import Any

from app.engine.spiff import extensions, reading

LATEST = "latest"
BINDINGS = frozenset({"deployment", LATEST})


def called_in_newest_version(process: Any) -> frozenset[str]:
    """Return the processes that are called in their newest version only: nothing is settled for them at deployment."""
    pinned = {extensions.called_element(node) for node in _calls(process) if not _is_latest(node)}
    return frozenset(extensions.called_element(node) for node in _calls(process) if _is_latest(node)) - pinned


def _is_latest(node: Any) -> bool:
    return extensions.called_binding(node) == LATEST


def _calls(process: Any) -> Iterable[Any]:
    return process.iter(f"{{{reading.BPMN}}}callActivity")  # type: ignore[no-any-return]
