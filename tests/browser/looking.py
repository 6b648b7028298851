"""Looks a page over as a careful person does: foreign words, sideways scrolling, what axe finds."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize

from app.programme.demo.region import PEOPLE

AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

# Words that people in a Russian school office read and write in Latin letters.
ALLOWED = frozenset(
    {"BPMN", "DMN", "FEEL", "XML", "Excel", "CSV", "XLSX", "PDF", "Ctrl", "Enter", "English"}
    | {"xlsx", "csv", "pdf", "png", "bpmn", "dmn", "https", "http", "school", "example", "materials", "vekha", "demo"}
)
LOGINS = frozenset(login for login, _name, _post in PEOPLE)
_LATIN = re.compile(r"[A-Za-z]{2,}")
_REQUEST_NUMBER = re.compile(r"\b[0-9a-f]{12}\b")

# Texts of the page that stand there to be read, and those that are read aloud; not what people typed or named.
_TEXTS = """() => {
  const skip = 'script, style, code, kbd, bdi, textarea, [lang=en], .djs-container, .bjs-powered-by, svg, template';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const around = walker.currentNode.parentElement;
    if (around && !around.closest(skip) && around.checkVisibility()) texts.push(walker.currentNode.textContent);
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
    if (element.closest(skip)) continue;
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) texts.push(element.getAttribute(name) || '');
  }
  return texts.filter((text) => text.trim());
}"""

_TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const scrolled = (element) => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(at).overflowX)) return true;
    }
    return false;
  };
  const wide = [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > room + 1 && !scrolled(element));
  return wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 120));
}"""

_AXE = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'], exclude: [['.djs-container']] });
  return found.violations
    .filter((rule) => ['serious', 'critical'].includes(rule.impact))
    .map((rule) => `axe ${rule.id}: ${rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`);
}"""


def look_over(page: Page, *, narrow: ViewportSize, wide: ViewportSize) -> Iterator[str]:
    """Yield what is wrong with the page."""
    yield from foreign_words(page)
    yield from _axe(page)
    page.set_viewport_size(narrow)
    too_wide: list[str] = page.evaluate(_TOO_WIDE)
    yield from (f"wider than a phone: {element}" for element in too_wide)
    page.set_viewport_size(wide)


def foreign_words(page: Page) -> Iterator[str]:
    """Yield texts of a Russian page that hold words in Latin letters."""
    texts: list[str] = page.evaluate(_TEXTS) if page.locator("html").get_attribute("lang") == "ru" else []
    for text in texts:
        words = set(_LATIN.findall(_REQUEST_NUMBER.sub("", text))) - ALLOWED
        if words and "@" not in text and text.strip() not in LOGINS:
            yield f"English words {sorted(words)} in “{' '.join(text.split())[:120]}”"


@cache
def _axe_source() -> str:
    assert AXE.exists(), "axe-core is missing; `make bundles` fetches it"
    return AXE.read_text(encoding="utf-8")


def _axe(page: Page) -> list[str]:
    page.evaluate(_axe_source())
    found: Any = page.evaluate(_AXE)
    return [str(sentence) for sentence in found]
