"""The small region without processes, and browsers in which its people are signed in."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.kernel.db import unit_of_work
from tests.conftest import NOON, Clock
from tests.region import PASSWORD, Region, a_region
from tests.web.conftest import Browser


@pytest.fixture
def built(app: Flask, clock: Clock) -> Region:
    """Return the region as it was stored; its rows are detached, ids and names can be read."""
    assert clock.now == NOON
    with app.app_context(), unit_of_work() as unit:
        return a_region(unit)


@pytest.fixture
def sign_in(app: Flask, built: Region) -> Callable[[str], Browser]:
    """Return what opens a browser for one of the people."""

    def open_for(login: str) -> Browser:
        assert login in built.people
        opened = Browser(app.test_client())
        opened.get("/login")
        assert opened.post("/login", {"login": login, "password": PASSWORD}).status_code == 303
        opened.get("/account")
        return opened

    return open_for
