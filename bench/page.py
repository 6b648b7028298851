"""Puts the figures of a run into docs/bench.md, between its two marks; what is said around them is written by hand."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.material import HERE

PAGE = HERE.parent / "docs" / "bench.md"
_BEGIN, _END = "<!-- figures: written by `make bench` -->\n", "<!-- end of the figures -->\n"
ENGINE_TABLES = ("instance", "instance_step", "timer", "subscription", "service_call", "incident")


def write_page(found: Mapping[str, Any]) -> Path:
    """Replace the figures of the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _mark, rest = text.partition(_BEGIN)
    _old, _mark, after = rest.partition(_END)
    PAGE.write_text(before + _BEGIN + "\n".join(_lines(found)) + "\n" + _END + after, encoding="utf-8")
    return PAGE


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    here = found["machine"]
    yield (
        f"\n{here['at']} UTC, {here['processor']}, {here['cores']} cores, load {here['load']} at the beginning, "
        f"Python {here['python']}.\n"
    )
    yield (
        "| workload | database | cache | completions per CPU-s | ms CPU | SQL | commits | bytes written | start, ms CPU"
        " | stored at the end: engine | stored: everything |"
    )
    yield "|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for database in ("sqlite", "postgresql"):
        if isinstance(found.get(database), dict):
            yield from map(_row, found[database]["measured"])
    for one in found.get("stock", ()):
        cells = (one["workload"], "stock SpiffWorkflow, JSON", one["cache"], f"{one['per_second']:.0f}")
        yield _joined(*cells, f"{one['ms']:.2f}", 1, 1, f"{one['bytes_written']:.0f}", "", "", "")
    yield ""
    for database in ("sqlite", "postgresql"):
        if isinstance(found.get(database), dict):
            crowd = found[database]["eight_threads"]
            yield (
                f"Eight threads on one instance, {database}: {crowd['completions']} completions,"
                f" {len(crowd['errors'])} errors, {crowd['state']} at the end.\n"
            )
            yield from _by_table(database, found[database]["measured"])


def _row(one: Mapping[str, Any]) -> str:
    act, stored = one["completion"], one["finished_bytes"]
    engine = sum(size for table, size in stored.items() if table in ENGINE_TABLES)
    return _joined(
        one["workload"],
        one["database"],
        one["cache"],
        f"{act['per_second']:.0f}",
        f"{act['ms']:.2f}",
        f"{act['statements']:.0f}",
        f"{act['commits']:.0f}",
        f"{act['bytes_written']:.0f}",
        f"{one['start']['ms']:.2f}",
        engine or "",
        sum(stored.values()) or "",
    )


def _by_table(database: str, measured: list[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what a completion of the first workload writes into which table."""
    for one in measured[:1]:
        tables = ", ".join(f"{table} {size:.0f}" for table, size in one["written"].items())
        yield f"Bytes that a completion of {one['workload']} writes on average, {database}: {tables}.\n"


def _joined(*cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"
