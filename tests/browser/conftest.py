"""A real browser on the whole program, started as `make run` starts it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.house import House
from tests.ops.running import running

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = "browser tests were skipped: no Chromium found; on Debian: apt install chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say why browser tests do not run here; in CI they must."""
    for item in items:
        if "browser" not in item.path.parts:
            continue
        item.add_marker(pytest.mark.xdist_group("browser"))
        if CHROMIUM is None and os.environ.get("CI") != "true":
            item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a started Chromium."""
    assert CHROMIUM is not None, MISSING
    with sync_playwright() as playwright:
        # As root, which CI often is, Chromium refuses its sandbox.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="session")
def house(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Return the running demo, in a folder of its own; all browser tests share it, each with people of its own."""
    folder: Path = tmp_path_factory.mktemp("house")
    with running(folder, "--demo") as started:
        yield House(browser, started.url, folder)


@pytest.fixture(autouse=True)
def calm(house: House) -> Iterator[None]:
    """Fail the test in which a page said something wrong that nobody looked at."""
    yield
    house.leave()
    wrong, house.wrong[:] = list(house.wrong), []
    assert wrong == []
