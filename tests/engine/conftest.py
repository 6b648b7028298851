"""A provisional session on SQLite in memory, until the migrations give one."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import app.engine.instances.models
import app.engine.timers.models  # noqa: F401 - its tables belong to the metadata
from app.engine.instances import live
from app.kernel.db import Base


@pytest.fixture(params=["kept", "reloaded"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """Give a session; every test runs twice, once with each step read from the stored state."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        if request.param == "reloaded":
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("app.engine.instances.settle.keep", lambda live, state: None)
                yield session
        else:
            yield session
    live.forget_all()
    engine.dispose()
