"""Sees to it that a message and who waits for it do not miss each other when both come at the same moment."""

from collections.abc import Iterable
from hashlib import blake2b

from sqlalchemy import text
from sqlalchemy.orm import Session


def take_turns(session: Session, messages: Iterable[tuple[str, str]]) -> bool:
    """Let nobody else send these messages in vain or begin to wait for them until the end of the transaction.

    Neither sees what the other has not committed: one would keep the message, and the other wait for it for ever.

    Args:
        session: the caller's session.
        messages: names and correlations.

    Returns:
        Whether somebody may have come first, so that one has to look again.
    """
    # SQLite gives whoever writes the whole database at the beginning.
    if session.get_bind().dialect.name != "postgresql":
        return False
    for number in sorted(map(_number, messages)):
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
    return True


def _number(message: tuple[str, str]) -> int:
    return int.from_bytes(blake2b("\x00".join(message).encode(), digest_size=8).digest(), signed=True)
