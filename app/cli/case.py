"""`vekha case`: everything that happened to a school in a cycle."""

import json
from collections.abc import Iterator
from datetime import datetime

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from app.engine.calls.models import CallState
from app.engine.calls.queries import calls_of
from app.engine.instances import queries as instances
from app.kernel.db import db
from app.programme.cycles import queries as cycles
from app.work.history import queries as history
from app.work.people import queries as people


@click.group()
def case() -> None:
    """Look into the cases of schools."""


@case.command()
@click.argument("number", type=int)
@with_appcontext
def show(number: int) -> None:
    """Print everything that happened in case NUMBER, in order: people's acts and the engine's steps.

    Example: vekha case show 1
    """
    session = db.session()
    found = cycles.get_case(session, number)
    click.echo(f"case {found.id} · {found.school.name} · {found.cycle.title} · {found.state.value}")
    for at, line in sorted(_lines(session, found.business_key), key=lambda moment: moment[0]):
        click.echo(f"{at:%Y-%m-%d %H:%M:%S}  {line}")


def _lines(session: Session, business_key: str) -> Iterator[tuple[datetime, str]]:
    """Give what happened, each with its instant; within one instant people's acts come first."""
    names: dict[int | None, str] = {None: "engine"}
    for entry in history.entries(session, business_key=business_key):
        if entry.person_id not in names and entry.person_id is not None:
            names[entry.person_id] = people.get_person(session, entry.person_id).login
        detail = json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
        yield (
            entry.at,
            f"{names[entry.person_id]:<14} {entry.action:<28} {entry.subject_kind} {entry.subject_id}  {detail}",
        )
    for instance in instances.instances_of(session, business_key=business_key):
        for step in instances.steps(session, instance_id=instance.id):
            yield step.at, f"{'engine':<14} {step.event:<28} {step.process_key}/{step.element_id}"
        for call in calls_of(session, instance_id=instance.id):
            if call.state in (CallState.WAITING, CallState.FAILED):
                tried = f"{call.attempts} of {call.max_attempts} attempts"
                where = f"{call.process_key}/{call.element_id}  {call.operation}, {tried}: {call.last_error}"
                yield call.created_at, f"{'engine':<14} {'call.' + call.state.value:<28} {where}"
