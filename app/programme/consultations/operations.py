"""Changing consultations: asked, answered, rated, closed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.i18n import _
from app.programme.consultations.models import Consultation, ConsultationState
from app.programme.cycles.models import Case
from app.work.history.operations import record


class ConsultationNotFound(NotFound):
    """There is no such consultation in this case."""


@dataclass(frozen=True)
class Question:
    """What is asked, and how soon an answer is wanted: `urgent`, `usual` or `thorough`."""

    topic: str
    question: str
    urgency: str


def register(session: Session, *, case: Case, asked: Question, actor_id: int | None, now: datetime) -> Consultation:
    """Store a new question of the case."""
    consultation = Consultation(
        case_id=case.id, topic=asked.topic, question=asked.question, urgency=asked.urgency, asked_at=now
    )
    session.add(consultation)
    session.flush()
    _record(session, case, consultation, "consultation.asked", actor_id, now)
    return consultation


def answer(
    session: Session, *, case: Case, consultation_id: int, question: str, text: str, actor_id: int | None, now: datetime
) -> None:
    """Store the consultant's answer; a later one is added below the earlier, with what was asked back.

    Raises:
        ConsultationNotFound: the case has none with this id.
    """
    consultation = _get(session, case, consultation_id)
    if consultation.answer:
        consultation.question += f"\n\n{question}"
        consultation.answer += f"\n\n{text}"
    else:
        consultation.answer = text
    consultation.state, consultation.answered_at = ConsultationState.ANSWERED, now
    session.flush()
    _record(session, case, consultation, "consultation.answered", actor_id, now)


def rate(
    session: Session, *, case: Case, consultation_id: int, rating: int | None, actor_id: int | None, now: datetime
) -> None:
    """Store how much the answer helped, 1 to 5."""
    consultation = _get(session, case, consultation_id)
    consultation.rating = rating
    session.flush()
    _record(session, case, consultation, "consultation.rated", actor_id, now, rating=rating)


def close(session: Session, *, case: Case, consultation_id: int, now: datetime) -> None:
    """End the consultation."""
    consultation = _get(session, case, consultation_id)
    consultation.state, consultation.closed_at = ConsultationState.CLOSED, now
    session.flush()
    _record(session, case, consultation, "consultation.closed", None, now)


def _get(session: Session, case: Case, consultation_id: int) -> Consultation:
    """Return the consultation of this case.

    Raises:
        ConsultationNotFound: there is none, or it is of another case.
    """
    consultation = session.get(Consultation, consultation_id)
    if consultation is None or consultation.case_id != case.id:
        raise ConsultationNotFound(_("There is no such consultation."))
    return consultation


def _record(
    session: Session,
    case: Case,
    consultation: Consultation,
    action: str,
    actor_id: int | None,
    now: datetime,
    **detail: object,
) -> None:
    """Add a line about the consultation to the case's history."""
    record(
        session,
        at=now,
        person_id=actor_id,
        action=action,
        subject=("consultation", consultation.id),
        business_key=case.business_key,
        topic=consultation.topic,
        **detail,
    )
