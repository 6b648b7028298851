"""The floor of human work has its cast in the database."""

import pytest
from sqlalchemy.orm import Session

from tests.builders import the_cast


@pytest.fixture
def session(session: Session) -> Session:
    """Return the session of the test's own database, with the cast in it."""
    the_cast(session)
    return session
