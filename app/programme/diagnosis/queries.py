"""Reading risk profiles. Nothing here changes anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.kernel.statements import Statement
from app.programme.diagnosis.models import Risk, RiskLevel


def profile_of(session: Session, *, case_id: int) -> Sequence[Risk]:
    """Return the case's risk profile in the order of the catalogue."""
    return session.scalars(select(Risk).where(Risk.case_id == case_id).order_by(Risk.id)).all()


def chosen_risks(session: Session, *, case_id: int) -> Sequence[Risk]:
    """Return the risks that the school works on this year."""
    return [risk for risk in profile_of(session, case_id=case_id) if risk.chosen]


@dataclass(frozen=True)
class Chosen:
    """A chosen risk where only its name and level are shown."""

    name: str
    level: RiskLevel


_risk: Any = Risk.__table__.c
_CHOSEN = Statement(
    select(_risk.name, _risk.level).where(_risk.case_id == bindparam("case_id"), _risk.chosen).order_by(_risk.id)
)


def chosen_names(session: Session, *, case_id: int) -> list[Chosen]:
    """Return what `chosen_risks` are called and how high they are, read past the ORM."""
    return [Chosen(*row) for row in _CHOSEN.all(session, case_id=case_id)]
