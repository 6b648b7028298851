"""One evaluation: what it may still cost, what it noticed, and what the caller handed in."""

from collections.abc import Mapping
from typing import Any

from app.engine.expressions import limits
from app.engine.expressions.errors import ExpressionBudgetExceeded
from app.kernel.i18n import _


class Run:
    """Carried through every step of one evaluation."""

    __slots__ = ("context", "converted", "depth", "left", "notes", "pattern_seconds")

    def __init__(self, context: Mapping[str, Any], notes: list[str] | None = None) -> None:
        self.context = context
        self.converted: dict[str, Any] = {}
        self.left = limits.MAX_STEPS
        self.depth = 0
        self.notes = notes
        self.pattern_seconds = limits.PATTERN_SECONDS

    def charge(self, steps: int = 1) -> None:
        """Take `steps` from what is left.

        Raises:
            ExpressionBudgetExceeded: nothing is left.
        """
        self.left -= steps
        if self.left < 0:
            raise ExpressionBudgetExceeded(_("The expression needs more than %(limit)s steps."), limit=limits.MAX_STEPS)

    def enter(self) -> None:
        """Go one call deeper."""
        self.depth += 1
        if self.depth > limits.MAX_CALLS:
            raise ExpressionBudgetExceeded(
                _("Functions call each other more than %(limit)s deep."), limit=limits.MAX_CALLS
            )

    def leave(self) -> None:
        """Come back from a call."""
        self.depth -= 1

    def note(self, message: str) -> None:
        """Remember why a value became null, when somebody asked for it."""
        if self.notes is not None and len(self.notes) < 100:
            self.notes.append(message)


def fitting_text(text: str) -> str:
    """Return `text` if it is not too long.

    Raises:
        ExpressionBudgetExceeded: it is.
    """
    if len(text) > limits.MAX_TEXT:
        raise_text_too_long()
    return text


def raise_text_too_long() -> None:
    """Refuse a text that is, or would become, too long."""
    raise ExpressionBudgetExceeded(
        _("The expression makes a text of more than %(limit)s characters."), limit=limits.MAX_TEXT
    )


def fitting_list(entries: list[Any]) -> list[Any]:
    """Return `entries` if they are not too many.

    Raises:
        ExpressionBudgetExceeded: they are.
    """
    if len(entries) > limits.MAX_ENTRIES:
        raise ExpressionBudgetExceeded(
            _("The expression makes a list of more than %(limit)s entries."), limit=limits.MAX_ENTRIES
        )
    return entries
