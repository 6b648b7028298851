"""Notices in the bell, mails in the outbox, and what they say."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.work.notifications import operations, queries, rules
from app.work.notifications.models import Mail, MailState, Notice
from app.work.notifications.templates import MAILED, MAILED_ONCE_AN_HOUR, TEXTS
from app.work.people.models import Person
from app.work.people.queries import get_person
from tests.builders import ANNA, BORIS, CASE, DORA, NOON

MINUTE = timedelta(minutes=1)
VALUES = {"title": "Концепция", "about": "", "due_on": "2026-04-14", "days": 3}


def tell(session: Session, *, person_id: int = ANNA.person_id, kind: str = "deadline.remind", **other: Any) -> Notice:
    values: dict[str, Any] = {"values": VALUES, "link": "/tasks/12", "business_key": CASE, "now": NOON} | other
    operations.notify(session, person=get_person(session, person_id), kind=kind, **values)
    return session.query(Notice).order_by(Notice.id.desc()).limit(1).one()


def outbox(session: Session) -> list[Mail]:
    return session.query(Mail).order_by(Mail.id).all()


def a_mail(session: Session) -> Mail:
    person = get_person(session, ANNA.person_id)
    operations.queue_mail(session, person=person, subject="Здравствуйте", body="Текст", now=NOON)
    return outbox(session)[-1]


def test_notify_puts_a_line_into_the_bell_and_a_mail_into_the_outbox(session: Session) -> None:
    notice = tell(session)

    [mail] = outbox(session)
    assert list(queries.bell(session, person_id=ANNA.person_id)) == [notice]
    assert (mail.address, mail.subject) == ("anna@example.org", "Срок – через 3 дня, 14 апреля 2026: «Концепция»")
    assert rules.with_addresses(mail.body, base_url="https://vekha.example").endswith(
        "\n\nhttps://vekha.example/tasks/12\n"
    )


def test_notify_writes_in_the_language_of_the_reader(session: Session) -> None:
    get_person(session, ANNA.person_id).locale = "en"

    tell(session, values=VALUES | {"title_en": "Concept"})

    assert outbox(session)[0].subject == "Due in 3 days, on 14 April 2026: «Concept»"


def test_notify_leaves_what_is_not_mailed_in_the_bell(session: Session) -> None:
    tell(session, kind="deadline.soon")

    assert outbox(session) == []
    assert queries.unread_count(session, person_id=ANNA.person_id) == 1


def test_notify_mails_nothing_to_somebody_without_an_address(session: Session) -> None:
    get_person(session, ANNA.person_id).email = ""

    tell(session)

    assert outbox(session) == []


def test_many_tasks_that_open_at_once_are_one_mail_and_many_notices(session: Session) -> None:
    for number in range(15):
        tell(session, kind="task.opened", now=NOON + number * MINUTE)
    tell(session, kind="task.opened", person_id=BORIS.person_id)
    tell(session, kind="task.opened", now=NOON + 90 * MINUTE)

    assert [mail.person_id for mail in outbox(session)] == [ANNA.person_id, BORIS.person_id, ANNA.person_id]
    assert queries.unread_count(session, person_id=ANNA.person_id) == 16


def test_notify_refuses_a_kind_without_a_text(session: Session) -> None:
    with pytest.raises(KeyError):
        tell(session, kind="no.such.kind")


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("kind", sorted(TEXTS))
def test_every_kind_has_a_text_that_fills_in_every_language(kind: str, locale: str) -> None:
    values = VALUES | {"place": "Школа № 1", "by": "Иванов И. И.", "reason": "Карантин", "assignee": "Петров П. П."}
    values |= {"subject": "Тема", "subject_en": "Subject", "text": "Текст", "text_en": "Text"}

    subject, body = rules.render(kind, values, link="/tasks/1", locale=locale)

    assert subject
    assert "/tasks/1" in body
    assert re.findall(r"%\(\w+\)s", subject + body.replace("%(base_url)s", "")) == []
    assert locale == "ru" or not re.search(
        "[а-я]", re.sub("«.*?»|Школа № 1|Иванов И. И.|Карантин|Петров П. П.", "", body)
    )


def test_the_tables_of_kinds_agree() -> None:
    assert set(TEXTS) >= MAILED >= MAILED_ONCE_AN_HOUR
    assert all(set(texts) == {"ru", "en"} for texts in TEXTS.values())


def test_a_line_whose_place_is_empty_is_left_out() -> None:
    _subject, body = rules.render("task.opened", {"title": "Концепция", "about": ""}, link="/tasks/1", locale="ru")

    assert body == "Вам доступно новое задание: «Концепция».\n\n%(base_url)s/tasks/1\n"


@pytest.mark.parametrize(
    ("days", "subject"),
    [
        (0, "Срок – сегодня, 14 апреля 2026: «Концепция»"),
        (1, "Срок – завтра, 14 апреля 2026: «Концепция»"),
        (2, "Срок – через 2 дня, 14 апреля 2026: «Концепция»"),
        (5, "Срок – через 5 дней, 14 апреля 2026: «Концепция»"),
    ],
)
def test_the_bell_speaks_as_people_do(days: int, subject: str) -> None:
    assert rules.sentence("deadline.remind", VALUES | {"days": days}, locale="ru") == subject


def test_what_tells_several_tasks_apart_is_told() -> None:
    values = VALUES | {"about": "Мероприятие 3"}

    assert rules.sentence("task.opened", values, locale="ru") == "Новое задание: «Концепция. Мероприятие 3»"


@pytest.mark.parametrize(
    "title", ["%(password)s", "%s %d", "{{ 7*7 }}", "{title}", "100 %", "%(title)s", "<b>", "${7*7}"]
)
def test_what_looks_like_a_place_inside_a_value_stays_as_it_is(title: str) -> None:
    subject, body = rules.render("task.opened", VALUES | {"title": title}, link="/tasks/1", locale="ru")

    assert subject == f"Новое задание: «{title}»"
    assert title in body


def test_a_title_cannot_put_a_header_into_a_mail(session: Session) -> None:
    tell(session, values=VALUES | {"title": "Тема\r\nBcc: all@example.org\x0b" + "x" * 5000})

    [mail] = outbox(session)
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject
    assert len(mail.subject) <= rules.MAX_SUBJECT_LENGTH


def test_mark_read_marks_mine_once(session: Session) -> None:
    notice = tell(session)
    tell(session)

    assert operations.mark_read(session, person_id=ANNA.person_id, notice_ids=[notice.id], now=NOON) == 1
    assert operations.mark_read(session, person_id=ANNA.person_id, notice_ids=[notice.id], now=NOON) == 0
    assert operations.mark_read(session, person_id=ANNA.person_id, now=NOON) == 1
    assert queries.unread_count(session, person_id=ANNA.person_id) == 0


def test_mark_read_refuses_the_notice_of_somebody_else(session: Session) -> None:
    notice = tell(session)

    with pytest.raises(queries.NoticeNotFound):
        operations.mark_read(session, person_id=DORA.person_id, notice_ids=[notice.id], now=NOON)

    assert notice.read_at is None
    assert list(queries.bell(session, person_id=DORA.person_id)) == []


def test_the_bell_shows_the_newest_first(session: Session) -> None:
    first, second = tell(session), tell(session, now=NOON + MINUTE)

    assert list(queries.bell(session, person_id=ANNA.person_id)) == [second, first]
    assert list(queries.bell(session, person_id=ANNA.person_id, limit=1)) == [second]


def test_queue_mail_refuses_somebody_without_an_address(session: Session) -> None:
    person = Person(full_name="Петрова Елена", email="")

    with pytest.raises(rules.NoAddress, match=r"Петрова Е\. has no mail address"):
        operations.queue_mail(session, person=person, subject="a", body="b", now=NOON)


def test_every_mail_has_an_id_of_its_own_by_which_a_second_copy_is_known(session: Session) -> None:
    assert a_mail(session).message_id != a_mail(session).message_id


def test_a_claimed_mail_is_nobody_else_s_until_the_lease_ends(session: Session) -> None:
    first, second = a_mail(session), a_mail(session)

    assert operations.claim_due_mails(session, now=NOON, limit=1, lease=MINUTE) == (first.id,)
    assert operations.claim_due_mails(session, now=NOON, limit=9, lease=MINUTE) == (second.id,)
    assert operations.claim_due_mails(session, now=NOON, limit=9, lease=MINUTE) == ()
    assert operations.claim_due_mails(session, now=NOON + MINUTE, limit=9, lease=MINUTE) == (first.id, second.id)


def test_a_sent_mail_is_not_sent_again(session: Session) -> None:
    mail = a_mail(session)
    operations.claim_due_mails(session, now=NOON, limit=9)

    operations.mark_sent(session, mail_id=mail.id, now=NOON)

    assert (mail.state, mail.sent_at) == (MailState.SENT, NOON)
    assert operations.claim_due_mails(session, now=NOON + timedelta(days=1), limit=9) == ()
    with pytest.raises(rules.MailNotPending):
        operations.mark_sent(session, mail_id=mail.id, now=NOON)
    with pytest.raises(rules.MailNotPending):
        operations.mark_failed(session, mail_id=mail.id, error="late", now=NOON)


def test_a_mail_sent_behind_our_back_is_not_marked_failed(session: Session) -> None:
    mail = a_mail(session)
    session.execute(text("UPDATE mail SET state = 'sent', sent_at = '2026-03-02 12:00:00'"))

    with pytest.raises(rules.MailNotPending):
        operations.mark_failed(session, mail_id=mail.id, error="too late", now=NOON)

    assert mail.state is MailState.SENT


def test_a_mail_that_is_refused_waits_longer_each_time_and_is_given_up_at_last(session: Session) -> None:
    mail = a_mail(session)
    now, pauses = NOON, []
    while mail.state is MailState.PENDING:
        assert operations.claim_due_mails(session, now=now, limit=9) == (mail.id,)
        operations.mark_failed(session, mail_id=mail.id, error="451 try later", now=now)
        pauses.append(mail.next_try_at - now)
        now = max(now, mail.next_try_at)

    assert [pause / MINUTE for pause in pauses[:7]] == [1, 2, 4, 8, 16, 32, 64]
    assert (mail.state, mail.attempts, mail.last_error) == (MailState.FAILED, rules.MAX_ATTEMPTS, "451 try later")


def test_a_mail_that_kills_its_worker_every_time_is_given_up_too(session: Session) -> None:
    mail = a_mail(session)
    claims = 0
    while operations.claim_due_mails(session, now=NOON + claims * timedelta(hours=1), limit=9):
        claims += 1

    session.refresh(mail)
    assert (claims, mail.state) == (rules.MAX_ATTEMPTS, MailState.FAILED)


def test_an_unknown_mail_is_not_found(session: Session) -> None:
    with pytest.raises(queries.MailNotFound):
        operations.mark_failed(session, mail_id=999_999, error="x", now=NOON)


def test_the_outbox_can_be_read_by_state(session: Session) -> None:
    mail = a_mail(session)

    assert list(queries.outbox(session, state=MailState.PENDING).items) == [mail]
    assert queries.outbox(session, state=MailState.FAILED).total == 0
    assert queries.outbox(session).total == 1
