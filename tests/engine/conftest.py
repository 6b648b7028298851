"""Every engine test runs twice: with live workflows kept in memory, and with each step read from the stored state."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from app.engine.instances import live
from tests.engine.call_sites import set_tripwires


@pytest.fixture(scope="session", autouse=True)
def never_evaluated() -> Iterator[None]:
    """Prove with every test of the engine that SpiffWorkflow itself evaluates nothing."""
    tripped, undo = set_tripwires()
    yield
    undo()
    assert tripped == []


@pytest.fixture(params=["kept", "reloaded"])
def session(session: Session, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """Give the session of all tests."""
    live.forget_all()
    if request.param == "reloaded":
        monkeypatch.setattr("app.engine.instances.settle.keep", lambda row, workflow: None)
    yield session
    live.forget_all()
