"""A stored state that was damaged is told of clearly, and nothing else suffers from it."""

from random import Random

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.engine.instances import live, operations, queries
from app.engine.instances.models import Instance, InstanceState
from app.engine.instances.verify import find_violations
from app.engine.spiff.codec import StateUnreadable, decode, encode
from app.engine.spiff.journal import RunContext
from tests.engine.diagrams import END, NOON, START, a_diagram, for_each, user_task
from tests.engine.fuzz.kernel_runs import InMemory
from tests.engine.runs import complete, deployed, started

DIAGRAM = (
    f'{START}{END}{user_task("first")}<subProcess id="each">{for_each("[1, 2, 3]", "item")}<startEvent id="s"/>'
    f'<endEvent id="e"/>{user_task("inner")}\ns -> inner\ninner -> e\n</subProcess>'
    "\nbegun -> first\nbegun -> each\nfirst -> done\neach -> done\n"
)
CONTEXT = RunContext(NOON, "UTC", "case:1")


def test_no_damage_goes_unnoticed() -> None:
    run = InMemory(a_diagram(DIAGRAM, "main"), {"text": "x" * 200})
    blob, random = encode(run.workflow), Random(1)

    for _turn in range(500):
        at = random.randrange(len(blob))
        damaged = [
            blob[:at] + bytes([blob[at] ^ 1 << random.randrange(8)]) + blob[at + 1 :],
            blob[:at],
            blob[:at] + random.randbytes(8) + blob[at:],
            random.randbytes(len(blob)),
        ]
        for one in damaged:
            assert _is_noticed(one, run) or encode(decode(one, run.specs, CONTEXT)) == blob, one


def _is_noticed(blob: bytes, run: InMemory) -> bool:
    """Whether it is refused; a bit of the wrapping may change without any change of what is inside."""
    try:
        decode(blob, run.specs, CONTEXT)
    except StateUnreadable:
        return True
    return False


@pytest.mark.parametrize("blob", [b"", b"\x00", b"\x01old", b"\x02", b'{"json": 1}'])
def test_what_is_no_state_is_refused(blob: bytes) -> None:
    with pytest.raises(StateUnreadable):
        decode(blob, {}, CONTEXT)


def test_a_state_of_another_definition_is_refused() -> None:
    blob = encode(InMemory(a_diagram(DIAGRAM, "main")).workflow)
    other = InMemory(a_diagram(f"{START}{END}{user_task('only')}\nbegun -> only\nonly -> done\n", "main"))

    with pytest.raises(StateUnreadable, match="damaged"):
        decode(blob, other.specs, CONTEXT)


def test_only_the_damaged_instance_stands_still(session: Session) -> None:
    deployed(session, a_diagram(DIAGRAM))
    damaged, sound = started(session), started(session)
    live.forget_all()
    session.execute(update(Instance).where(Instance.id == damaged.instance_id).values(engine_state=b"\x02broken"))
    session.commit()  # What a transaction has locked it does not read again.

    with pytest.raises(StateUnreadable):
        complete(session, damaged, "first")
    with pytest.raises(StateUnreadable):
        queries.tokens(session, instance_id=damaged.instance_id)
    for element in ("first", "inner"):
        complete(session, sound, element)
    for task in [task for task in sound.opened if task.element_id == "inner"][1:]:
        last = operations.complete_task(
            session, instance_id=sound.instance_id, task_ref=task.task_ref, data={}, now=NOON
        )

    assert last.state == InstanceState.COMPLETED
    assert [one.subject for one in find_violations(session, now=NOON)] == [f"instance:{damaged.instance_id}"]
