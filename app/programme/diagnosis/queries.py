"""Reading risk profiles. Nothing here changes anything."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.programme.diagnosis.models import Risk


def profile_of(session: Session, *, case_id: int) -> Sequence[Risk]:
    """Return the case's risk profile in the order of the catalogue."""
    return session.scalars(select(Risk).where(Risk.case_id == case_id).order_by(Risk.id)).all()


def chosen_risks(session: Session, *, case_id: int) -> Sequence[Risk]:
    """Return the risks that the school works on this year."""
    return [risk for risk in profile_of(session, case_id=case_id) if risk.chosen]
