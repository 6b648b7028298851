"""Reading what happened."""

from sqlalchemy.orm import Session

from app.work.history.operations import record
from app.work.history.queries import entries, entries_about, latest_entries
from tests.builders import ANNA, CASE, NOON, OTHER_CASE


def happen(session: Session, *actions: str, business_key: str = CASE, id_: int = 1) -> None:
    for action in actions:
        record(
            session,
            at=NOON,
            person_id=ANNA.person_id,
            action=action,
            subject=("task", id_),
            business_key=business_key,
            note="как было",
        )


def test_a_case_s_history_is_read_in_order_page_by_page(session: Session) -> None:
    happen(session, "a", "b", "c")
    happen(session, "foreign", business_key=OTHER_CASE)

    first = entries(session, business_key=CASE, limit=2)
    rest = entries(session, business_key=CASE, limit=None, after=first[-1].id)

    assert [entry.action for entry in (*first, *rest)] == ["a", "b", "c"]
    assert first[0].detail == {"note": "как было"}


def test_a_page_shows_the_newest_first(session: Session) -> None:
    happen(session, "a", "b", "c")

    newest = latest_entries(session, business_key=CASE, limit=2)
    before = latest_entries(session, business_key=CASE, limit=2, before=newest[-1].id)

    assert [entry.action for entry in newest] == ["c", "b"]
    assert [entry.action for entry in before] == ["a"]


def test_the_history_of_one_thing_is_only_its_own(session: Session) -> None:
    happen(session, "a")
    happen(session, "b", id_=2)

    assert [entry.action for entry in entries_about(session, subject=("task", 2))] == ["b"]
    assert entries_about(session, subject=("person", 2)) == []
