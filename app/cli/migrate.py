"""`vekha migrate`: moves running instances to a newer version of their process."""

import sys
from collections.abc import Sequence

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from app.engine.instances.live import InstanceEnded
from app.engine.migration.compare import Differences
from app.kernel.clock import current_time
from app.kernel.db import unit_of_work
from app.kernel.errors import AppError, NotFound
from app.kernel.settings import Settings
from app.studio import migration

REFUSED, UNUSABLE = 1, 2


@click.command()
@click.argument("key")
@click.option("--from", "older", type=int, required=True, help="The version whose instances move.")
@click.option("--to", "newer", type=int, required=True, help="The version that they move to.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--instance", "only", type=int, help="Move this instance only.")
@with_appcontext
def migrate(key: str, older: int, newer: int, only: int | None, *, dry_run: bool) -> None:
    """Move the running instances of process KEY from one version to another.

    Each instance moves in a transaction of its own, with its open tasks, drafts, and timers; what it has called goes on
    in the version in which it began. An instance that stands where the newer version has no place for it is refused and
    stays. Doing it again moves what is left. Status 1 when some were refused, 2 when nothing could be tried.

    Example: vekha migrate plan --from 3 --to 4 --dry-run
    """
    program: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    settings: Settings = program.extensions["settings"]
    if older == newer:
        _give_up("The two versions are the same.")
    try:
        with unit_of_work() as session:
            changes = migration.changes_between(session, key=key, older=older, newer=newer)
            numbers = migration.running_in(session, key=key, version=older)
    except NotFound as failure:
        _give_up(str(failure))
    if only is not None:
        if only not in numbers:
            _give_up(f"Instance {only} does not run in version {older} of {key}.")
        numbers = [only]
    _show_changes(changes)
    refused = _move_all(numbers, newer, settings, dry_run=dry_run)
    verb = "would move" if dry_run else "moved"
    click.echo(f"{len(numbers) - refused} of {len(numbers)} instances {verb}, {refused} refused")
    if refused:
        sys.exit(REFUSED)


def _give_up(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(UNUSABLE)


def _show_changes(changes: Differences) -> None:
    for word, names in (("added", changes.added), ("removed", changes.removed), ("changed", changes.changed)):
        if names:
            click.echo(f"{word}: {', '.join(names)}")


def _move_all(numbers: Sequence[int], newer: int, settings: Settings, *, dry_run: bool) -> int:
    """Move one after the other and return how many were refused."""
    refused = 0
    for place, number in enumerate(numbers, start=1):
        progress = f"[{place}/{len(numbers)}] instance {number}"
        try:
            with unit_of_work() as session:
                now = current_time(session, demo=settings.demo)
                moved = migration.migrate(
                    session, instance_id=number, version=newer, actor_id=None, now=now, dry_run=dry_run
                )
        except InstanceEnded:
            click.echo(f"{progress}: has ended meanwhile")
            continue
        except AppError as failure:  # One that cannot move does not keep the others from it.
            click.echo(f"{progress}: refused: {failure}")
            refused += 1
            continue
        refused += bool(moved.plan.refusals)
        for line in _lines(moved):
            click.echo(f"{progress} ({moved.business_key}): {line}")
    return refused


def _lines(moved: migration.Moved) -> list[str]:
    plan = moved.plan
    if plan.refusals:
        return [f"refused: {one.element_id}: {one.reason}" for one in plan.refusals]
    events = [f"begins to wait: {name}" for name in plan.armed] + [f"waits no more: {name}" for name in plan.cancelled]
    return [f"stands at {', '.join(plan.kept) or 'nothing'}", *events]
