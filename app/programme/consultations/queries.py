"""Reading consultations. Nothing here changes anything."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.programme.consultations.models import Consultation


def consultations_of(session: Session, *, case_id: int) -> Sequence[Consultation]:
    """Return the case's consultations, the newest first."""
    return session.scalars(
        select(Consultation).where(Consultation.case_id == case_id).order_by(Consultation.id.desc())
    ).all()
