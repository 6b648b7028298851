"""Bad input on the page of a task: never a 500, never a loss of what was typed. Ids name the classes of bad input."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select

from app.kernel.db import unit_of_work
from app.work.forms.models import Submission
from app.work.history.models import Entry
from app.work.people import operations as people
from app.work.people.models import HeldMandate, Person
from app.work.people.roles import Role
from app.work.tasks.models import Task, TaskState
from tests.journeys.visitor import PDF, Form, Page, Visitor
from tests.journeys.world import World

TYPED = "Посетили пять уроков, говорили с родителями."
QUESTIONNAIRE, VISIT = "fill_questionnaire", "visit_school"


@dataclass
class Desk:
    """Somebody at the form of a task, filled in and not yet sent."""

    world: World
    who: Visitor
    task: Task
    form: Form

    def send(self) -> Page:
        """Press the button."""
        return self.who.post(self.form)

    def is_untouched(self) -> bool:
        """Say whether the task still waits and nobody has answered it."""
        with self.world.reading() as session:
            sent = select(func.count()).select_from(Submission).where(Submission.task_id == self.task.id)
            return session.get_one(Task, self.task.id).ended_at is None and session.scalar(sent) == 0


@pytest.fixture
def desk(world: World) -> Desk:
    """Return the curator at the form about the visit, with a text typed that must not be lost."""
    return at_desk(world, "curator", VISIT)


def at_desk(world: World, login: str, element_id: str) -> Desk:
    """Return a person at the form of a task of School 1."""
    who, task = world.visitor(login), world.task(element_id)
    form = world.filled(who, task, world.answers(task))
    if form.has("visit_seen"):
        form.put("visit_seen", TYPED)
    return Desk(world, who, task, form)


def value_of(page: Page, name: str) -> str:
    """Return what stands in a field of the page."""
    field = page.root.xpath("//*[@name=$name]", name=name)[0]
    return str(field.text or "") if field.tag == "textarea" else str(field.get("value", ""))


TEXTS = {
    "D3-c1-controls": "до\x85\x9fпосле",
    "D3-bidi-override": "цена \u202e05 руб.",
    "D3-zero-width": "шко\u200bла",
    "D3-unpaired-isolate": "\u2067слово",
    "D3-line-of-64-kb": "д" * 65_536,
    "D3-decomposed": "Зелёный й".replace("й", "и\u0306"),
    "D3-markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "D3-template": "{{ 7 * 7 }} ${7*7} %(title)s {% raw %}",
    "D3-sql": "'); DROP TABLE task; --",
    "D3-emoji": "👩‍🏫🏳️‍🌈",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=id_) for id_, text in TEXTS.items()])
def test_an_odd_text_is_kept_and_shown_as_text(desk: Desk, text: str) -> None:
    desk.form.put("visit_people", "Директор")
    pairs = [(name, text if name == "visit_agreed" else value) for name, value in desk.form.pairs()]

    saved = desk.who.post_pairs(desk.form.action, [*pairs, ("_save", "1")])

    assert saved.status == 200
    assert value_of(saved, "visit_seen") == TYPED
    assert value_of(saved, "visit_agreed").strip() == _as_browsers_read(text)
    assert not saved.root.xpath("//main//script | //main//img[@onerror]")
    sent = desk.who.post_pairs(desk.form.action, pairs)
    assert sent.status in (200, 422)
    assert sent.status == 200 or value_of(sent, "visit_seen") == TYPED


def _as_browsers_read(text: str) -> str:
    """Return the text without what no page can carry: controls, which HTML itself drops or replaces."""
    return value_of(Page("", 200, _page_with(text)), "x").strip()


def _page_with(text: str) -> str:
    from markupsafe import escape

    return f"<form><textarea name='x'>{escape(text)}</textarea></form>"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("до\0после", id="D3-nul"),
        pytest.param("до\x01\x08после", id="D3-c0-controls"),
        pytest.param("до\x1b[31mпосле", id="D3-terminal-escape"),
    ],
)
def test_unreadable_characters_are_refused_and_the_rest_stays(desk: Desk, text: str) -> None:
    pairs = [(name, text if name == "visit_agreed" else value) for name, value in desk.form.pairs()]

    answer = desk.who.post_pairs(desk.form.action, pairs)

    assert answer.status == 422
    assert TYPED in answer.text
    assert desk.is_untouched()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("coverage_rows-0-invited", "1e309", id="D4-beyond-floats"),
        pytest.param("coverage_rows-0-invited", str(2**63), id="D4-beyond-64-bits"),
        pytest.param("coverage_rows-0-invited", "-5", id="D4-negative-count"),
        pytest.param("coverage_rows-0-invited", "NaN", id="D4-nan"),
        pytest.param("coverage_rows-0-invited", "много", id="D4-word-for-number"),
        pytest.param("coverage_rows-0-invited", "9" * 5000, id="D4-5000-digits"),
        pytest.param("coverage_rows-0-invited", "{}", id="D4-object-for-number"),
        pytest.param("coverage_rows-0-invited", "", id="D4-empty-required-cell"),
    ],
)
def test_a_wrong_number_is_named_and_everything_typed_stays(world: World, name: str, value: str) -> None:
    desk = at_desk(world, "team", QUESTIONNAIRE)
    desk.form.put(name, value)

    answer = desk.send()

    assert answer.status == 422
    assert answer.errors
    assert value_of(answer, name) == value
    assert value_of(answer, "questionnaire_comment").startswith("Анкетирование прошло")
    assert value_of(answer, "coverage_rows-1-invited") == "24"
    assert desk.is_untouched()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("31.02.2026", id="D4-no-such-day"),
        pytest.param("00.00.0000", id="D4-zeros"),
        pytest.param("2026-13-01", id="D4-no-such-month"),
        pytest.param("3031-01-01", id="D4-year-3031"),
        pytest.param("вчера", id="D4-word-for-date"),
        pytest.param("[]", id="D4-list-for-date"),
    ],
)
def test_a_wrong_date_is_named_and_everything_typed_stays(desk: Desk, value: str) -> None:
    desk.form.put("visit_on", value)

    answer = desk.send()

    assert answer.status == 422
    assert answer.errors
    assert value_of(answer, "visit_on") == value
    assert value_of(answer, "visit_seen") == TYPED
    assert desk.is_untouched()


@pytest.mark.parametrize(
    ("name", "number"),
    [
        pytest.param("indicator_rows-0-value", "34,5", id="D4-decimal-comma"),
        pytest.param("indicator_rows-0-value", "-0", id="D4-minus-zero"),
        pytest.param("coverage_rows-2-invited", "1\u00a0234", id="D4-thousands"),
    ],
)
def test_a_number_as_people_write_it_is_taken(world: World, name: str, number: str) -> None:
    desk = at_desk(world, "team", QUESTIONNAIRE)
    desk.form.put(name, number)

    assert desk.send().path == f"/tasks/{desk.task.id}/sent"


def test_the_same_name_twice_is_one_answer(desk: Desk) -> None:
    pairs = [*desk.form.pairs(), ("visit_seen", "второй"), ("visit_seen-0", "третий"), ("visit_seen-x-y", "четвёртый")]

    answer = desk.who.post_pairs(desk.form.action, pairs)

    assert answer.status == 200
    with desk.world.reading() as session:
        answers = session.scalars(select(Submission.answers).where(Submission.task_id == desk.task.id)).one()
    assert isinstance(answers["visit_seen"], str)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=f"D5-{name}")
        for name in (
            "status",
            "school_id",
            "assignee",
            "version",
            "is_admin",
            "done_by",
            "deadline",
            "case",
            "calendar",
        )
    ],
)
def test_what_nobody_asked_for_is_left_out(desk: Desk, name: str) -> None:
    answer = desk.who.post_pairs(desk.form.action, [*desk.form.pairs(), (name, "1"), (f"{name}-0-x", "1")])

    assert answer.status == 200
    with desk.world.reading() as session:
        answers = session.scalars(select(Submission.answers).where(Submission.task_id == desk.task.id)).one()
    assert set(answers) == {"visit_on", "visit_people", "visit_seen", "visit_agreed", "visit_act"}
    assert desk.world.case().state == "running"


@pytest.mark.parametrize(
    ("element_id", "name", "value"),
    [
        pytest.param("verify_profile", "verification_rows-0-school_agrees", "perhaps", id="D6-option-not-in-list"),
        pytest.param("verify_profile", "verification_rows-0-school_agrees", "", id="D6-missing-required"),
        pytest.param("choose_risks", "chosen_risks", "made_up", id="D6-tick-not-in-list"),
    ],
)
def test_a_choice_that_is_not_offered_is_refused(world: World, element_id: str, name: str, value: str) -> None:
    world.play(until={("diagnose", element_id)})
    desk = at_desk(world, "curator" if element_id == "verify_profile" else "team", element_id)
    pairs = [(n, value if n == name else v) for n, v in desk.form.pairs()]

    answer = desk.who.post_pairs(desk.form.action, pairs)

    assert answer.status == 422
    assert answer.errors
    assert desk.is_untouched()


def test_a_read_only_value_is_taken_from_the_process(world: World) -> None:
    world.play(until={("diagnose", "verify_profile")})
    desk = at_desk(world, "curator", "verify_profile")
    before = world.answers(desk.task)["verification_rows"]
    forged = [("verification_rows-0-level", "low"), ("verification_rows-0-factor_code", "made_up")]

    assert desk.who.post_pairs(desk.form.action, [*desk.form.pairs(), *forged]).status == 200

    with world.reading() as session:
        answers = session.scalars(select(Submission.answers).where(Submission.task_id == desk.task.id)).one()
    stored = answers["verification_rows"]
    assert [(row["factor_code"], row["level"]) for row in stored] == [(r["factor_code"], r["level"]) for r in before]


@pytest.mark.parametrize("row", [pytest.param(row, id=f"D6-row-{row}") for row in ("99", "-1", "x", "0-0", "")])
def test_rows_that_were_not_given_change_nothing(world: World, row: str) -> None:
    desk = at_desk(world, "team", QUESTIONNAIRE)
    forged = [(f"coverage_rows-{row}-invited", "5"), (f"coverage_rows-{row}-_from", row)]

    answer = desk.who.post_pairs(desk.form.action, [*desk.form.pairs(), *forged])

    assert answer.status in (200, 422)
    if answer.status == 200:
        with world.reading() as session:
            answers = session.scalars(select(Submission.answers).where(Submission.task_id == desk.task.id)).one()
        assert [row["audience"] for row in answers["coverage_rows"]] == ["principal", "teachers", "students", "parents"]


def test_a_file_of_another_task_cannot_be_claimed_or_removed(world: World) -> None:
    desk = at_desk(world, "curator", VISIT)
    assert desk.who.post(desk.form, button=("_attach", "visit_act"), files={"visit_act": [PDF]}).status == 200
    other = world.visitor("team")
    mine = other.get(f"/tasks/{world.task(QUESTIONNAIRE).id}").form(f"/tasks/{world.task(QUESTIONNAIRE).id}")

    answer = other.post(mine, button=("_detach", "1"))

    assert answer.status in (404, 409)
    assert desk.who.status("/files/1") == 200


def test_a_double_click_is_one_effect(desk: Desk) -> None:
    pairs = desk.form.pairs()

    first, second = (desk.who.post_pairs(desk.form.action, pairs) for _click in range(2))

    assert {first.path, second.path} == {f"/tasks/{desk.task.id}/sent"}
    with desk.world.reading() as session:
        sent = select(func.count()).select_from(Submission).where(Submission.task_id == desk.task.id)
        done = (
            select(func.count())
            .select_from(Entry)
            .where(Entry.action == "task.completed", Entry.subject_id == desk.task.id)
        )
        assert (session.scalar(sent), session.scalar(done)) == (1, 1)
    assert desk.world.violations() == ()


def test_a_key_used_for_other_answers_is_refused_and_shows_the_text(desk: Desk) -> None:
    desk.send()
    desk.form.put("visit_seen", "Совсем другой текст.")

    answer = desk.send()

    assert answer.status in (409, 422)
    assert "Совсем другой текст." in answer.text
    with desk.world.reading() as session:
        answers = session.scalars(select(Submission.answers).where(Submission.task_id == desk.task.id)).one()
    assert answers["visit_seen"] == TYPED


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="D7-no-key"),
        pytest.param("x" * 5000, id="D7-long-key"),
        pytest.param("ключ-по-русски", id="D7-odd-key"),
        pytest.param("../../etc", id="D7-path"),
    ],
)
def test_a_key_that_is_none_of_ours_is_refused_and_the_text_stays(desk: Desk, key: str) -> None:
    pairs = [(name, key if name == "command_key" else value) for name, value in desk.form.pairs()]

    answer = desk.who.post_pairs(desk.form.action, pairs)

    assert answer.status == 422
    assert value_of(answer, "visit_seen") == TYPED
    assert desk.is_untouched()


def test_the_key_of_somebody_else_does_not_show_his_answers(world: World) -> None:
    first = at_desk(world, "team", QUESTIONNAIRE)
    key = dict(first.form.pairs())["command_key"]
    first.send()
    second = at_desk(world, "curator", VISIT)
    second.form.put("command_key", key)

    answer = second.send()

    assert answer.path == f"/tasks/{second.task.id}/sent", "A key is one person's; another's is simply unknown."
    assert world.violations() == ()


def hand_over(world: World, desk: Desk) -> None:
    """Give the curator's mandate to somebody else while he types."""
    with world.app.app_context(), unit_of_work() as unit:
        held = unit.query(HeldMandate).join(Person).filter(Person.login == "curator", HeldMandate.until_on.is_(None))
        mandate = held.filter(HeldMandate.organisation_id == desk.task.organisation_id).one()
        assert mandate.role is Role.CURATOR
        people.end_mandate(
            unit, mandate_id=mandate.id, until_on=world.today().replace(day=28), now=world.clock.now, actor_id=None
        )


def answer_elsewhere(world: World, desk: Desk) -> None:
    """Answer the task in another window."""
    other = at_desk(world, "curator", VISIT)
    assert other.send().status == 200


def cancel_the_cycle(world: World, _desk: Desk) -> None:
    """Cancel the cycle while he types."""
    region = world.visitor("region")
    form = region.get("/cycles/1/cancel").form("/cancel")
    form.put("reason", "Отмена")
    form.put("confirmation", "2026")
    assert region.post(form).status == 200


@pytest.mark.parametrize(
    ("happens", "expected"),
    [
        pytest.param(answer_elsewhere, 409, id="D8-answered-meanwhile"),
        pytest.param(cancel_the_cycle, 409, id="D8-cancelled-meanwhile"),
        pytest.param(hand_over, 404, id="D8-handed-over-meanwhile"),
    ],
)
def test_who_comes_too_late_keeps_the_text(
    world: World, desk: Desk, happens: Callable[[World, Desk], None], expected: int
) -> None:
    happens(world, desk)
    desk.form.put("visit_seen", "Мой поздний текст.")

    answer = desk.send()

    assert answer.status == expected
    assert "Мой поздний текст." in answer.text
    assert world.violations() == ()


@pytest.mark.parametrize(
    ("login", "expected"),
    [
        pytest.param("team", 409, id="D9-for-another-role-of-the-school"),
        pytest.param("municipality", 409, id="D9-for-another-level"),
        pytest.param("stranger", 404, id="D9-of-another-school"),
        pytest.param("curator2", 404, id="D9-curator-of-others"),
        pytest.param("admin", 404, id="D9-administrator"),
    ],
)
def test_nobody_else_can_answer(world: World, desk: Desk, login: str, expected: int) -> None:
    pairs = desk.form.pairs()
    other = world.visitor(login)
    token = other.get("/account").root.xpath("//input[@name='csrf_token']/@value")[0]

    answer = other.post_pairs(desk.form.action, [(n, token if n == "csrf_token" else v) for n, v in pairs])

    assert answer.status in {expected, 403, 404}
    assert desk.is_untouched()


def test_a_task_that_is_done_cannot_be_done_again(desk: Desk) -> None:
    desk.send()
    pairs = [(n, "another-key-0000" if n == "command_key" else v) for n, v in desk.form.pairs()]

    answer = desk.who.post_pairs(desk.form.action, pairs)

    assert answer.status == 409
    assert TYPED in answer.text
    with desk.world.reading() as session:
        assert session.get_one(Task, desk.task.id).state is TaskState.COMPLETED


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=f"D9-{path}") for path in ("/tasks/0", "/tasks/99999", "/tasks/99999999999999999999")],
)
def test_a_task_that_is_none_is_not_found(world: World, path: str) -> None:
    who = world.visitor("curator")
    token = who.get("/account").root.xpath("//input[@name='csrf_token']/@value")[0]

    assert who.status(path) == 404
    assert who.post_pairs(path, [("csrf_token", token), ("visit_seen", TYPED)]).status in (404, 405)


def without_token(pairs: list[tuple[str, str]], _world: World) -> list[tuple[str, str]]:
    """Leave the token out."""
    return [pair for pair in pairs if pair[0] != "csrf_token"]


def with_a_made_up_token(pairs: list[tuple[str, str]], _world: World) -> list[tuple[str, str]]:
    """Make a token up."""
    return [*without_token(pairs, _world), ("csrf_token", "made-up")]


def with_the_token_of_another(pairs: list[tuple[str, str]], world: World) -> list[tuple[str, str]]:
    """Take the token of another person's session."""
    token = world.visitor("team").get("/account").root.xpath("//input[@name='csrf_token']/@value")[0]
    return [*without_token(pairs, world), ("csrf_token", token)]


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(without_token, id="D11-no-token"),
        pytest.param(with_a_made_up_token, id="D11-made-up-token"),
        pytest.param(with_the_token_of_another, id="D11-token-of-another-session"),
    ],
)
def test_a_form_without_its_own_token_does_nothing_and_gives_the_text_back(
    world: World, desk: Desk, forged: Callable[[list[tuple[str, str]], World], list[tuple[str, str]]]
) -> None:
    answer = desk.who.post_pairs(desk.form.action, forged(desk.form.pairs(), world))

    assert answer.status in (400, 403)
    assert TYPED in answer.text
    assert desk.is_untouched()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param("text/plain", b'{"visit_seen": "x"}', id="D11-json-as-plain-text"),
        pytest.param("application/json", b'{"visit_seen": "x"}', id="D11-json"),
        pytest.param("multipart/form-data; boundary=x", b"--x\r\nbroken", id="D11-broken-multipart"),
        pytest.param("application/x-www-form-urlencoded", b"%ff%fe=%00&&&=", id="D11-bytes"),
    ],
)
def test_a_body_of_another_kind_does_nothing(desk: Desk, kind: str, body: bytes) -> None:
    response = desk.who.client.post(desk.form.action, data=body, content_type=kind)

    assert response.status_code in (400, 403, 415, 422)
    assert desk.is_untouched()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, value, id=f"D4-{name}-{len(value)}-digits")
        for name in ("draft_revision", "_detach", "_answer-1", "_answer-" + "9" * 20, "_remove-visit_seen-99999999")
        for value in ("9" * 20, "9" * 5000)
    ],
)
def test_hidden_numbers_beyond_any_row_are_no_bug(desk: Desk, name: str, value: str) -> None:
    pairs = [pair for pair in desk.form.pairs() if pair[0] != name]

    answer = desk.who.post_pairs(desk.form.action, [*pairs, (name, value), ("_save", "1")])

    assert answer.status in (200, 404, 409)
    assert TYPED in answer.text


@pytest.mark.parametrize("number", ["9" * 20, "-1", "x"], ids=["D14-large", "D14-negative", "D14-word"])
def test_odd_queries_are_no_bug(world: World, number: str) -> None:
    case_id = world.case_id()
    for path in (
        f"/cases/{case_id}/history?before={number}",
        f"/cases/{case_id}/documents/1?version={number}",
        f"/cases/{number}",
        f"/tasks?page={number}&others={number}&case={number}",
        f"/files/{number}",
    ):
        assert world.visitor("team").status(path) in (200, 404), path


def test_looking_changes_nothing_but_that_it_was_seen(world: World) -> None:
    task = world.task(VISIT)
    for path in (f"/tasks/{task.id}", f"/tasks/{task.id}?_save=1", f"/tasks/{task.id}/sent"):
        world.visitor("curator").get(path)
    for verb in ("claim", "release", "draft", "remarks"):
        assert world.visitor("curator").status(f"/tasks/{task.id}/{verb}") == 405

    assert [t.state for t in world.open_tasks(VISIT)] == [TaskState.OPEN]


def test_a_login_that_ended_keeps_the_text(world: World, desk: Desk) -> None:
    world.clock.advance(hours=13)

    asked = desk.send()

    assert asked.status == 401
    form = asked.form("/login")
    form.put("login", "curator")
    form.put("password", "vekha-demo")
    resumed = desk.who.post(form)
    assert resumed.status == 200
    assert TYPED in resumed.text
    assert desk.is_untouched()
