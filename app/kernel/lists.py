"""Pages of long lists, and what people type to search them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE_SIZE = 50
MAX_SEARCH_LENGTH = 100


T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a longer list.

    Attributes:
        items: the rows of this page, in order.
        number: which page, from 1.
        total: rows on all pages.
        size: rows on a full page.
    """

    items: Sequence[T]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.size))


def page_number(asked: int, *, total: int, size: int = PAGE_SIZE) -> int:
    """Return the nearest page that exists to the one `asked` for."""
    return min(max(asked, 1), max(1, -(-total // size)))


def search_text(typed: str) -> str:
    """Return what was typed as something that can be searched: one line, no control characters, not endless."""
    printable = "".join(char if char.isprintable() else " " for char in typed)
    return " ".join(printable.split())[:MAX_SEARCH_LENGTH]
