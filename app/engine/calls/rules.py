"""Which failures may pass by themselves, how long to wait, and how often to try."""

from datetime import timedelta

from app.kernel.errors import Unavailable

DEFAULT_ATTEMPTS = 4
MAX_ATTEMPTS = 20
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=25))
"""How long to wait after the first, second and every later attempt."""


def is_temporary(error: BaseException) -> bool:
    """Say whether trying again may help: a service, the network or a disk was away, nothing was asked wrongly."""
    return isinstance(error, Unavailable | OSError)


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts in vain, at least one."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]


def attempts_of(text: str) -> int | None:
    """Return how many attempts the property `retries` of a service task allows; the usual number where it is empty.

    None when it is no whole number from 1 to `MAX_ATTEMPTS`.
    """
    if not text:
        return DEFAULT_ATTEMPTS
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    return number if 1 <= number <= MAX_ATTEMPTS else None
