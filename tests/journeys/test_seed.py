"""The demo right after seeding, before any ticker has looked at it."""

from app.engine.instances.queries import open_incidents
from app.kernel.storage import Storage
from app.programme.demo.year import SHOWN_AT
from app.programme.processes.due import next_due_at
from app.reports.verify import find_violations
from tests.journeys.world import World


def test_nothing_is_due_or_broken_when_the_demo_begins(world: World) -> None:
    with world.reading() as session:
        files = Storage(world.app.extensions["settings"].data_dir / "files", max_bytes=1)
        due = next_due_at(session)

        assert due is None or due > SHOWN_AT
        assert find_violations(session, now=SHOWN_AT, files=files) == ()
        assert list(open_incidents(session)) == []
