"""Claiming rows that are due, for a while: whoever dies with a row loses it when its lease ends."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session


def claim_rows(
    session: Session, table: type[Any], *, due: Sequence[Any], order: Sequence[Any], until: datetime, limit: int
) -> tuple[int, ...]:
    """Claim up to `limit` rows until an instant, count the attempt, and return their ids in the order.

    Rows that somebody else holds locked are left to him. `table` has `id`, `leased_until` and `attempts`; `due` says
    which rows are free, and is asked again when they are claimed: of two who claim at once, one finds the lease taken.
    """
    chosen = select(table.id).where(*due).order_by(*order).limit(limit).with_for_update(skip_locked=True)
    candidates = session.scalars(chosen).all()
    if not candidates:
        return ()
    won = set(
        session.scalars(
            update(table)
            .where(table.id.in_(candidates), *due)
            .values(leased_until=until, attempts=table.attempts + 1)
            .returning(table.id)
            .execution_options(synchronize_session=False)
        )
    )
    return tuple(number for number in candidates if number in won)
