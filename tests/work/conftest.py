"""A database of its own for every test of the floor of human work, with the cast in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.kernel.db import Base
from app.work.deadlines import models as deadline_models
from app.work.history import models as history_models
from app.work.notifications import models as notification_models
from app.work.people import models as people_models
from app.work.tasks import models as task_models
from tests.builders import the_cast

TABLES = (deadline_models, history_models, notification_models, people_models, task_models)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Return a session; what the test does is flushed at its end, so that no broken row goes unnoticed."""
    engine = create_engine(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as opened:
        the_cast(opened)
        yield opened
        opened.flush()
    engine.dispose()
