"""A database of its own for every test of the floor of human work."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.kernel.db import Base, db, unit_of_work
from app.work.deadlines import models as deadline_models
from app.work.history import models as history_models
from app.work.notifications import models as notification_models
from app.work.people import models as people_models
from app.work.tasks import models as task_models
from tests.builders import the_cast

TABLES = (deadline_models, history_models, notification_models, people_models, task_models)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Return a session for writing with the cast in it; what the test does is committed at its end."""
    app = Flask("tests")
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'test.sqlite3'}"
    db.init_app(app)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with unit_of_work() as opened:
            the_cast(opened)
            yield opened
        db.session.remove()
        db.engine.dispose()
