"""Handlers of `consult`: a question, its answer, how much it helped."""

from app.programme.consultations import operations as consultations
from app.programme.consultations.operations import Question
from app.programme.processes.calls import Done, Work
from app.programme.processes.data import id_of


def register_consultation(work: Work) -> Done:
    """Keep the question and hand it to the forms."""
    asked = work.parameters["consultation"]
    question = Question(
        topic=str(asked["topic"]), question=str(asked["question"]), urgency=str(asked.get("urgency") or "usual")
    )
    stored = consultations.register(
        work.session, case=work.school_case, asked=question, actor_id=work.actor_id, now=work.now
    )
    return Done(
        {
            "consultation_id": stored.id,
            "topic": question.topic,
            "question": question.question,
            "urgency": question.urgency,
        }
    )


def store_answer(work: Work) -> Done:
    """Keep the consultant's answer."""
    consultations.answer(
        work.session,
        case=work.school_case,
        consultation_id=id_of(work.parameters["consultation_id"]),
        question=str(work.parameters.get("question") or ""),
        text=str(work.parameters["answer"]),
        actor_id=work.actor_id,
        now=work.now,
    )
    return Done()


def store_rating(work: Work) -> Done:
    """Keep how much the answer helped."""
    rating = work.parameters.get("rating")
    consultations.rate(
        work.session,
        case=work.school_case,
        consultation_id=id_of(work.parameters["consultation_id"]),
        rating=int(rating) if rating not in (None, "") else None,
        actor_id=work.actor_id,
        now=work.now,
    )
    return Done()


def close_consultation(work: Work) -> Done:
    """End the consultation."""
    consultations.close(
        work.session,
        case=work.school_case,
        consultation_id=id_of(work.parameters["consultation_id"]),
        now=work.now,
    )
    return Done()


HANDLERS = {
    "register_consultation": register_consultation,
    "store_answer": store_answer,
    "store_rating": store_rating,
    "close_consultation": close_consultation,
}
