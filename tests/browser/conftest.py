"""A real browser on the whole program, started as `make run` starts it."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.ops.running import RunningHouse, running

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
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """Return the running demo, in a folder of its own; all browser tests share it."""
    with running(tmp_path_factory.mktemp("house"), "--demo") as started:
        yield started


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


@pytest.fixture
def context(browser: Browser, house: RunningHouse) -> Iterator[BrowserContext]:
    """Return a fresh profile: nobody is logged in; 1280 wide, Russian, Moscow time."""
    opened = browser.new_context(
        base_url=house.url, locale="ru-RU", timezone_id="Europe/Moscow", viewport={"width": 1280, "height": 900}
    )
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Return an empty page; `page.goto("/")` opens the demo."""
    return context.new_page()
