"""Versions of forms, drafts that nobody overwrites unseen, and answers that are stored once."""

import json

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.work.forms import operations, queries, rules
from app.work.forms.definitions import NotAForm
from app.work.forms.models import Draft, Form, Submission
from app.work.history.models import Entry
from app.work.people.roles import Actor, Mandate, Role
from app.work.tasks.models import Task, TaskState
from tests.builders import ANNA, DORA, EVA, NOON, SCHOOL, a_task
from tests.work.forms.samples import as_file, line, number

KEY = "3f6c2c1e-0d8b-4a53"
COLLEAGUE = Actor(ANNA.person_id, ANNA.name, frozenset({Mandate(Role.SCHOOL_TEAM, SCHOOL)}))


def team_task(session: Session) -> Task:
    """Return a task that Eva's team may do."""
    return a_task(session, role=Role.SCHOOL_TEAM)


def deploy(session: Session, **files: bytes) -> dict[str, int]:
    """Deploy forms under simple keys."""
    return operations.deploy_forms(session, files=files, now=NOON)


def test_a_changed_form_becomes_the_next_version_and_an_unchanged_one_does_not(session: Session) -> None:
    first = deploy(session, goal=as_file(line()), target=as_file(number()))
    pretty = json.dumps(json.loads(as_file(line())), indent=2).encode()

    second = deploy(session, goal=pretty, target=as_file(number(), line()))

    assert second["goal"] == first["goal"]
    assert second["target"] != first["target"]
    assert queries.latest_ids(session) == second
    assert [form.version for form in session.scalars(select(Form).where(Form.key == "target"))] == [1, 2]
    assert len(queries.get_form(session, second["target"]).parts) == 2
    assert queries.latest_id(session, key="nothing") is None


def test_no_form_is_stored_when_one_of_them_is_wrong(session: Session) -> None:
    with pytest.raises(NotAForm) as refused:
        deploy(session, good=as_file(line()), bad=b"{", worse=as_file(line("__x__")))

    assert [problem.path for problem in refused.value.problems] == ["bad: line 1", "worse: components[0].key"]
    assert session.scalars(select(Form)).all() == []


def test_there_is_no_form_for_an_unknown_id(session: Session) -> None:
    with pytest.raises(queries.FormNotFound):
        queries.get_form(session, 99)


def save(session: Session, task_id: int, answers: dict[str, object], revision: int) -> Draft:
    """Save Eva's draft."""
    return operations.save_draft(session, task_id=task_id, actor=EVA, answers=answers, base_revision=revision, now=NOON)


def test_a_draft_need_not_be_valid_and_counts_its_revisions(session: Session) -> None:
    task = team_task(session)

    first = save(session, task.id, {"target": "много"}, 0).revision
    second = save(session, task.id, {"target": "5", "rows": [{"x": None}]}, 1)

    assert (first, second.revision, second.answers) == (1, 2, {"target": "5", "rows": [{"x": None}]})


def test_d3_a_draft_marks_what_cannot_be_stored(session: Session) -> None:
    draft = save(session, team_task(session).id, {"goal": "a\0b\ud800", "rows": [{"x": "\0"}]}, 0)

    assert draft.answers == {"goal": "a\ufffdb\ufffd", "rows": [{"x": "\ufffd"}]}


@pytest.mark.parametrize("base", [0, 1, 7])
def test_a_draft_saved_in_another_window_is_a_conflict_that_keeps_both_texts(session: Session, base: int) -> None:
    task = team_task(session)
    save(session, task.id, {"goal": "первый"}, 0)
    save(session, task.id, {"goal": "второй"}, 1)

    with pytest.raises(rules.DraftMovedOn) as conflict:
        save(session, task.id, {"goal": "третий"}, base)

    assert (conflict.value.stored, conflict.value.typed) == ({"goal": "второй"}, {"goal": "третий"})
    assert save(session, task.id, {"goal": "третий"}, conflict.value.revision).revision == 3


def test_a_draft_saved_between_reading_and_writing_is_a_conflict(session: Session) -> None:
    task = team_task(session)
    draft = save(session, task.id, {"goal": "первый"}, 0)
    session.execute(update(Draft).values(revision=5).execution_options(synchronize_session=False))

    with pytest.raises(rules.DraftMovedOn):
        save(session, task.id, {"goal": "второй"}, draft.revision)


def test_two_windows_that_save_their_first_draft_at_once_do_not_overwrite_each_other(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = team_task(session)
    save(session, task.id, {"goal": "первый"}, 0)
    _blind_once(monkeypatch, "draft_of")

    with pytest.raises(rules.DraftMovedOn) as conflict:
        save(session, task.id, {"goal": "второй"}, 0)

    assert conflict.value.stored == {"goal": "первый"}


def test_two_that_submit_at_once_are_told_apart(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    task = team_task(session)
    send(session, task.id)

    with pytest.raises(rules.AlreadyAnswered):
        send(session, task.id, key="another-key-1")

    _blind_once(monkeypatch, "submission_of_command")
    assert send(session, task.id).answers == {"goal": "Учить"}


def _blind_once(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Have the first look find nothing, as if the other had not written yet."""
    look, looks = getattr(queries, name), iter([True])
    monkeypatch.setattr(
        operations, name, lambda session, **about: None if next(looks, False) else look(session, **about)
    )


def test_the_same_draft_saved_twice_is_no_conflict(session: Session) -> None:
    task = team_task(session)
    save(session, task.id, {"goal": "x"}, 0)

    assert save(session, task.id, {"goal": "x"}, 0).revision == 1


def test_each_person_has_a_draft_of_their_own(session: Session) -> None:
    task = team_task(session)
    save(session, task.id, {"goal": "Евы"}, 0)

    operations.save_draft(
        session, task_id=task.id, actor=COLLEAGUE, answers={"goal": "Анны"}, base_revision=0, now=NOON
    )

    mine = queries.draft_of(session, task_id=task.id, person_id=EVA.person_id)
    assert mine is not None
    assert mine.answers == {"goal": "Евы"}


@pytest.mark.parametrize(
    "answers",
    [{"goal": "x" * 1_000_001}, {"rows": [{"a": {"b": {"c": {"d": {"e": {"f": {"g": 1}}}}}}}]}],
    ids=["D1-a-million-characters", "D2-deep"],
)
def test_a_draft_larger_than_any_form_is_refused(session: Session, answers: dict[str, object]) -> None:
    with pytest.raises(rules.DraftTooLarge):
        save(session, team_task(session).id, answers, 0)


def test_a_draft_is_for_who_may_do_the_task_and_while_it_waits(session: Session) -> None:
    task = team_task(session)

    with pytest.raises(rules.NotYourTask):
        operations.save_draft(session, task_id=task.id, actor=DORA, answers={}, base_revision=0, now=NOON)

    task.state, task.ended_at = TaskState.CANCELLED, NOON
    with pytest.raises(rules.TaskIsOver):
        save(session, task.id, {}, 0)


def test_the_drafts_of_a_task_that_is_over_go_with_it(session: Session) -> None:
    gone, kept = team_task(session), team_task(session)
    save(session, gone.id, {}, 0)
    save(session, kept.id, {}, 0)

    operations.drop_drafts(session, task_ids=[gone.id])

    assert [draft.task_id for draft in session.scalars(select(Draft))] == [kept.id]


def send(session: Session, task_id: int, goal: str = "Учить", key: str = KEY) -> Submission:
    """Submit Eva's answers."""
    return operations.submit(
        session, task_id=task_id, actor=EVA, answers={"goal": goal}, form_id=None, command_key=key, now=NOON
    )


def test_answers_are_stored_told_and_the_draft_goes(session: Session) -> None:
    task = team_task(session)
    save(session, task.id, {"goal": "черновик"}, 0)

    submission = send(session, task.id)

    assert queries.submission_of_task(session, task_id=task.id) is submission
    assert queries.draft_of(session, task_id=task.id, person_id=EVA.person_id) is None
    session.flush()
    (entry,) = session.scalars(select(Entry).where(Entry.action == "form.submitted"))
    assert entry.business_key == task.business_key


def test_d7_the_same_command_twice_is_stored_once(session: Session) -> None:
    task = team_task(session)

    assert send(session, task.id) is send(session, task.id)
    assert session.scalar(select(func.count()).select_from(Submission)) == 1


def test_d7_the_same_key_with_another_body_or_task_is_refused(session: Session) -> None:
    task, other = team_task(session), team_task(session)
    send(session, task.id)

    with pytest.raises(rules.KeyAlreadyUsed):
        send(session, task.id, goal="Другое")
    with pytest.raises(rules.KeyAlreadyUsed):
        send(session, other.id)


def test_the_key_of_another_person_is_no_repetition(session: Session) -> None:
    task, other = team_task(session), team_task(session)
    send(session, task.id)

    again = operations.submit(
        session, task_id=other.id, actor=ANNA, answers={}, form_id=None, command_key=KEY, now=NOON
    )

    assert again.person_id == ANNA.person_id


def test_d8_a_task_is_answered_once(session: Session) -> None:
    task = team_task(session)
    send(session, task.id)

    with pytest.raises(rules.AlreadyAnswered):
        send(session, task.id, key="another-key-1")


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "ключ-команды", "a b c d e f"])
def test_a_key_that_no_page_of_ours_made_is_refused(session: Session, key: str) -> None:
    with pytest.raises(rules.UnusableKey):
        send(session, team_task(session).id, key=key)
