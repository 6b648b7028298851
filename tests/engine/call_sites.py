"""Every place where SpiffWorkflow would evaluate something from a diagram, found in its source."""

import ast
import importlib
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

_NAMES = frozenset({"evaluate", "execute", "eval", "exec", "call_service"})


class CallSite(NamedTuple):
    """A call, and the function around it: `owner` is its class, empty at the top of a module."""

    module: str
    owner: str
    function: str
    line: int


def call_sites() -> list[CallSite]:
    """Return every call of `evaluate`, `execute`, `eval`, `exec` or `call_service` in the installed package."""
    package = find_spec("SpiffWorkflow")
    assert package is not None
    assert package.submodule_search_locations is not None
    folder = Path(package.submodule_search_locations[0])
    found: list[CallSite] = []
    for path in sorted(folder.rglob("*.py")):
        module = ".".join(("SpiffWorkflow", *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__")
        found += _sites_in(ast.parse(path.read_text("utf-8")), module)
    return found


def _sites_in(tree: ast.AST, module: str) -> Iterator[CallSite]:
    pending: list[tuple[ast.AST, str, str]] = [(tree, "", "")]
    while pending:
        node, owner, function = pending.pop()
        if isinstance(node, ast.ClassDef):
            owner, function = node.name, ""
        elif isinstance(node, ast.FunctionDef) and not function:
            function = node.name
        elif isinstance(node, ast.Call) and _name(node.func) in _NAMES:
            yield CallSite(module, owner, function, node.lineno)
        pending += [(child, owner, function) for child in ast.iter_child_nodes(node)]


def _name(called: ast.AST) -> str:
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def holder_of(site: CallSite) -> Any:
    """Return the class or module that holds the function around a call."""
    module = importlib.import_module(site.module)
    return getattr(module, site.owner) if site.owner else module


def set_tripwires() -> tuple[list[str], Callable[[], None]]:
    """Let every such function of a loaded module note its call and fail; return the notes and the way back."""
    tripped: list[str] = []
    before: list[tuple[Any, str, Any]] = []
    for site in call_sites():
        if site.module not in sys.modules:
            continue  # Nobody has imported it, so nobody can call it.
        holder = holder_of(site)
        if getattr(vars(holder)[site.function], "is_tripwire", False):
            continue  # Two calls in one function.
        before.append((holder, site.function, vars(holder)[site.function]))
        setattr(holder, site.function, _tripwire(site, tripped))

    def undo() -> None:
        for holder, name, function in before:
            setattr(holder, name, function)

    return tripped, undo


def _tripwire(site: CallSite, tripped: list[str]) -> Any:
    def trip(*_args: Any, **_more: Any) -> Any:
        tripped.append(f"{site.module}:{site.line}")
        raise AssertionError(f"SpiffWorkflow evaluates something at {site.module}:{site.line}")

    trip.is_tripwire = True  # type: ignore[attr-defined]
    return trip
