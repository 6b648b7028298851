"""What the random tests can ask for."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.engine.instances import live
from app.kernel.settings import Settings


@pytest.fixture
def cold_session(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """Give a session in which every step reads its instance from the stored state."""
    live.forget_all()
    monkeypatch.setattr("app.engine.instances.settle.keep", lambda live, state: None)
    engine = create_engine(settings.database_url)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
        opened.rollback()
    engine.dispose()
