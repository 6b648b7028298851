"""The running demo seen through browsers: everybody has one of their own, and every page is looked over."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, FloatRect, Page, Response, ViewportSize
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.kernel.clock import current_time
from tests.browser.looking import look_over

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "guide" / "pictures"
PASSWORD = "vekha-demo"
ZONE = ZoneInfo("Europe/Moscow")
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 360, "height": 740}


@dataclass
class House:
    """The program at its address, with its data folder and whoever has come.

    Attributes:
        wrong: what pages did wrong: errors in the console, failures, English words, sideways scrolling.
    """

    browser: Browser
    url: str
    folder: Path
    wrong: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    contexts: dict[str, BrowserContext] = field(default_factory=dict)

    def visitor(self, login: str = "") -> Page:
        """Return the page of a person who is signed in, or of a passer-by."""
        if login not in self.contexts:
            self.contexts[login] = self._enter(login)
        return self.contexts[login].pages[0]

    def _enter(self, login: str) -> BrowserContext:
        context = self.browser.new_context(
            base_url=self.url, locale="ru-RU", timezone_id="Europe/Moscow", viewport=WIDE, color_scheme="light"
        )
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))
        page.on("response", self._note_failure)
        if login:
            page.goto("/login")
            self.look(page)
            page.get_by_label("Логин").fill(login)
            page.get_by_label("Пароль").fill(PASSWORD)
            page.get_by_role("button", name="Войти").click()
            page.get_by_role("button", name="Выйти").wait_for()
        return context

    def leave(self) -> None:
        """Let everybody go home."""
        for context in self.contexts.values():
            context.close()
        self.contexts.clear()

    def look(self, page: Page) -> None:
        """Look a page over, each kind of page once for each heading."""
        kind = f"{re.sub(r'[0-9]+', 'N', page.url.removeprefix(self.url).partition('?')[0])} {page.title()}"
        if kind not in self.seen:
            self.seen.add(kind)
            self.wrong += [f"{kind}: {sentence}" for sentence in look_over(page, narrow=NARROW, wide=WIDE)]

    def picture(self, page: Page, name: str, *, at: str = "") -> None:
        """Take a picture of the page for the guide, where that is asked for; from its top or from an element on."""
        if os.environ.get("VEKHA_PICTURES") != "1":
            return
        PICTURES.mkdir(parents=True, exist_ok=True)
        size = NARROW if name.startswith("phone_") else WIDE
        page.set_viewport_size(size)
        page.evaluate("scrollTo(0, 0)")
        box = page.locator(at).bounding_box() if at else None
        clip: FloatRect = {"x": 0, "y": box["y"] - 24 if box else 0, "width": size["width"], "height": size["height"]}
        page.screenshot(
            path=PICTURES / f"{name}.png", full_page=bool(at), clip=clip, animations="disabled", caret="hide"
        )
        page.set_viewport_size(WIDE)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.wrong.append(f"{message.location.get('url', '')}: {message.text}")

    def _note_failure(self, response: Response) -> None:
        if response.status >= 500:
            self.wrong.append(f"{response.url} answered {response.status}")

    # What the pages do not say

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Return a session to read the program's database with."""
        engine = create_engine(f"sqlite:///{self.folder / 'vekha.sqlite3'}")
        with Session(engine, expire_on_commit=False) as session:
            yield session
        engine.dispose()

    def now(self) -> datetime:
        """Return the time in the demo, as the schools' clocks show it."""
        with self.reading() as session:
            return current_time(session, demo=True).astimezone(ZONE)

    def verify(self) -> str:
        """Run `vekha verify` and return what it says."""
        environment = {**os.environ, "VEKHA_DATA_DIR": str(self.folder), "VEKHA_DEMO": "1", "SECRET_KEY": "only-tests"}
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "app.cli.main", "verify"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        return done.stdout.strip() + done.stderr.strip()
