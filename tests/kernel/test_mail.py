"""Sending a mail through a real SMTP server."""

import socket
from email.message import Message

import pytest

from app.kernel import mail
from tests.post import PostOffice

LETTER = mail.Mail(
    message_id="mail-17@vekha.example",
    to="boris@example.org",
    subject="Пакет школы № 1 ждёт вас",
    text="Здравствуйте!\n\nСрок: 2 марта.",
)
SENDER = "Веха <vekha@example.org>"


def test_a_mail_arrives_as_it_was_written(post_office: PostOffice) -> None:
    message_id = mail.send(LETTER, smtp_url=post_office.url, sender=SENDER)

    (arrived,) = post_office.letters
    assert str(arrived["Subject"]) == LETTER.subject
    assert str(arrived["To"]) == "boris@example.org"
    assert str(arrived["From"]) == SENDER
    assert arrived.get_content().splitlines() == LETTER.text.splitlines()
    assert (message_id, str(arrived["Message-ID"])) == ("<mail-17@vekha.example>",) * 2


def test_the_same_mail_has_the_same_message_id() -> None:
    bare = mail.Mail(message_id="mail-17", to=LETTER.to, subject="", text="")

    ids = {str(mail.compose(bare, sender=SENDER)["Message-ID"]) for _ in range(2)}

    assert ids == {"<mail-17@example.org>"}


def test_a_subject_cannot_become_a_header() -> None:
    letter = mail.Mail(message_id="1", to=LETTER.to, subject="Отчёт\r\nBcc: all@example.org\r\n", text="")

    composed: Message = mail.compose(letter, sender=SENDER)

    assert composed["Bcc"] is None
    assert str(composed["Subject"]) == "Отчёт Bcc: all@example.org"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "boris",
        "boris@",
        "@example.org",
        "boris@example.org\r\nBcc: all@example.org",
        "boris@example.org, all@example.org",
        "Борис <boris@example.org>",
        "a@b@example.org",
        "boris @example.org",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    letter = mail.Mail(message_id="1", to=address, subject="", text="")

    with pytest.raises(mail.NotAnAddress):
        mail.compose(letter, sender=SENDER)


def test_a_server_that_is_away_is_an_anticipated_failure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]  # nobody listens there

        with pytest.raises(mail.MailNotSent):
            mail.send(LETTER, smtp_url=f"smtp://127.0.0.1:{port}", sender=SENDER)


def test_a_server_that_refuses_is_an_anticipated_failure(post_office: PostOffice) -> None:
    post_office.refuses = True

    with pytest.raises(mail.MailNotSent):
        mail.send(LETTER, smtp_url=post_office.url, sender=SENDER)
