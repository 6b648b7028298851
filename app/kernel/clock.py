"""What time it is. Only the doors read it; everything below is handed `now`.

In the demo the clock can be moved ahead, so that a stranger plays a whole year in an hour. The shift
is a row, because web, worker and ticker are separate processes that must agree.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Mapped, Session, mapped_column

from app.kernel.tables import Base


class ClockShift(Base):
    """How far the demo's clock is from the real one; there is one row, or none outside the demo."""

    __tablename__ = "clock_shift"

    id: Mapped[int] = mapped_column(primary_key=True)
    seconds: Mapped[int]


def system_now() -> datetime:
    """Return the real time, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251


def current_time(session: Session, *, demo: bool) -> datetime:
    """Return the time that the program lives in: the real one, shifted in the demo."""
    shift = session.get(ClockShift, 1) if demo else None
    return system_now() + timedelta(seconds=shift.seconds if shift else 0)


def move_clock(session: Session, *, to: datetime) -> None:
    """Set the demo's clock to `to`; the caller has checked that this is the demo."""
    seconds = round((to - system_now()).total_seconds())
    shift = session.get(ClockShift, 1)
    if shift is None:
        session.add(ClockShift(id=1, seconds=seconds))
    else:
        shift.seconds = seconds
    session.flush()
