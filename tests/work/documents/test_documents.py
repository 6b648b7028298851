"""Documents live through versions and states; what changed can be shown by words."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.work.documents import operations, queries, rules
from app.work.documents.diff import Change, Piece, diff_sections, diff_texts
from app.work.documents.models import Document, DocumentState, DocumentVersion
from app.work.documents.operations import Order, Paper
from app.work.history.models import Entry
from tests.builders import CASE, EVA, NOON, OTHER_CASE, SCHOOL

CONCEPT = Paper(business_key=CASE, organisation_id=SCHOOL, kind="concept", about="", title="Концепция развития")


def write(session: Session, **content: Any) -> DocumentVersion:
    """Write the concept."""
    return operations.write_document(session, paper=CONCEPT, content=content, actor_id=EVA.person_id, now=NOON)


def concept(session: Session) -> Document:
    """Return the concept."""
    (document,) = queries.documents_of(session, business_key=CASE)
    return document


def move(session: Session, *states: DocumentState) -> Document:
    """Move the concept through the states."""
    for state in states:
        operations.set_state(session, document=concept(session), state=state, actor_id=None, now=NOON)
    return concept(session)


def test_only_changed_content_makes_a_new_version(session: Session) -> None:
    numbers = [write(session, goals=text).number for text in ("раз", "раз", "два", "раз")]

    assert numbers == [1, 1, 2, 3]
    assert [version.number for version in concept(session).versions] == [1, 2, 3]
    assert concept(session).state is DocumentState.DRAFT
    session.flush()
    written = session.scalars(select(Entry).where(Entry.action == "document.written")).all()
    assert [(entry.detail["number"], entry.detail["title"]) for entry in written] == [
        (number, "Концепция развития") for number in (1, 2, 3)
    ]


def test_documents_of_one_kind_differ_by_their_subject_and_their_case(session: Session) -> None:
    for about, case in (("a", CASE), ("b", CASE), ("a", OTHER_CASE)):
        paper = Paper(business_key=case, organisation_id=SCHOOL, kind="anti_risk_programme", about=about, title="П")
        operations.write_document(session, paper=paper, content={}, actor_id=None, now=NOON)

    assert [document.about for document in queries.documents_of(session, business_key=CASE)] == ["a", "b"]


def test_a_document_goes_from_draft_to_the_public_page(session: Session) -> None:
    write(session, goals="x")
    document = move(session, DocumentState.WITH_CURATOR, DocumentState.CONFIRMED, DocumentState.AGREED)

    operations.approve(session, document=document, order=Order("12-п", date(2026, 5, 1)), actor_id=1, now=NOON)
    operations.publish(session, document=document, actor_id=1, now=NOON)

    assert (document.state, document.order_number, document.order_on) == (
        DocumentState.PUBLISHED,
        "12-п",
        date(2026, 5, 1),
    )
    assert document.published_at == NOON


@pytest.mark.parametrize("start", DocumentState)
@pytest.mark.parametrize("to", DocumentState)
def test_there_is_no_way_between_states_beside_those_drawn(start: DocumentState, to: DocumentState) -> None:
    if to in rules.TRANSITIONS[start]:
        rules.check_can_move(start, to)
        return
    with pytest.raises(rules.DocumentNotThere):
        rules.check_can_move(start, to)


def test_every_state_has_its_ways_and_can_be_reached(session: Session) -> None:
    reached = {DocumentState.DRAFT}.union(*rules.TRANSITIONS.values())

    assert set(rules.TRANSITIONS) == reached == set(DocumentState)


def test_a_draft_cannot_be_approved_or_published(session: Session) -> None:
    write(session, goals="x")
    document = concept(session)

    with pytest.raises(rules.DocumentNotThere):
        operations.approve(session, document=document, order=Order("1", date(2026, 5, 1)), actor_id=1, now=NOON)
    with pytest.raises(rules.DocumentNotThere):
        operations.publish(session, document=document, actor_id=1, now=NOON)
    assert (document.order_number, document.published_at) == ("", None)


def test_a_document_does_not_change_while_somebody_decides_about_it(session: Session) -> None:
    write(session, goals="x")
    move(session, DocumentState.WITH_CURATOR)

    with pytest.raises(rules.DocumentNotWritable):
        write(session, goals="y")
    assert write(session, goals="x").number == 1

    move(session, DocumentState.RETURNED)
    assert write(session, goals="y").number == 2


def test_versions_and_their_difference_can_be_read(session: Session) -> None:
    write(session, goals="Учить всех", tasks="раз")
    write(session, goals="Учить каждого", means="два")

    newest, oldest = queries.versions(session, document_id=concept(session).id)

    assert {section.key: section.change for section in queries.diff(oldest, newest)} == {
        "goals": Change.CHANGED,
        "means": Change.ADDED,
        "tasks": Change.REMOVED,
    }


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("", "", []),
        ("", "раз", [("added", "раз")]),
        ("раз два три", "раз три", [("same", "раз "), ("removed", "два "), ("same", "три")]),
        ("раз", "раз два", [("same", "раз "), ("added", "два")]),
        ("за год", "за два года", [("same", "за "), ("removed", "год"), ("added", "два года")]),
    ],
)
def test_texts_are_compared_by_words(before: str, after: str, pieces: list[tuple[str, str]]) -> None:
    assert diff_texts(before, after) == tuple(Piece(Change(change), text) for change, text in pieces)


def test_long_texts_are_compared_by_lines() -> None:
    lines = [f"строка {number} " * 10 for number in range(400)]
    changed = [*lines[:200], "новая", *lines[200:]]

    added = [p.text for p in diff_texts("\n".join(lines), "\n".join(changed)) if p.change is Change.ADDED]

    assert added == ["новая\n"]


def test_rows_are_compared_as_lines_of_their_values() -> None:
    before = {"rows": [{"measure": "Курсы", "target": 5, "note": None}]}

    (section,) = diff_sections(before, {"rows": [{"measure": "Курсы", "target": 7, "note": ""}]})

    assert [(piece.change.value, piece.text) for piece in section.pieces] == [
        ("same", "Курсы · "),
        ("removed", "5"),
        ("added", "7"),
    ]
