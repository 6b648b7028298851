"""The outbox, from the row to the mail server."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from threading import Event

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.jobs import tasks
from app.jobs.ticker import chores, tick
from app.jobs.workshop import Workshop, bind
from app.kernel import queue
from app.kernel.settings import Settings
from app.work.notifications.models import Mail, MailState
from tests.builders import the_cast
from tests.conftest import Clock
from tests.post import PostOffice


def a_mail(session: Session, clock: Clock) -> int:
    """Return the id of a committed mail to Boris that is due."""
    the_cast(session)
    row = Mail(
        message_id="mail-1@vekha.example",
        person_id=1002,
        address="boris@example.org",
        subject="Пакет ждёт",
        body="Здравствуйте!",
        next_try_at=clock.now,
        created_at=clock.now,
    )
    session.add(row)
    session.commit()
    return row.id


def state_of(session: Session, mail_id: int) -> MailState:
    """Return what the row says now."""
    row = session.get_one(Mail, mail_id, populate_existing=True)
    session.rollback()
    return row.state


@pytest.fixture
def place(app: Flask, settings: Settings, post_office: PostOffice) -> Workshop:
    made = Workshop(app, replace(settings, smtp_url=post_office.url, mail_from="vekha@vekha.example"))
    bind(made)
    return made


def test_a_tick_sends_what_is_due_once(
    place: Workshop, session: Session, clock: Clock, post_office: PostOffice
) -> None:
    mail_id = a_mail(session, clock)

    for _ in range(2):
        tick(place, chores(mails=True), leave_to_workers=False)
        clock.advance(hours=1)

    assert [str(letter["Message-ID"]) for letter in post_office.letters] == ["<mail-1@vekha.example>"]
    assert state_of(session, mail_id) is MailState.SENT


def test_a_refused_mail_is_tried_again_later(
    place: Workshop, session: Session, clock: Clock, post_office: PostOffice
) -> None:
    mail_id = a_mail(session, clock)
    post_office.refuses = True
    tick(place, chores(mails=True), leave_to_workers=False)
    refused = session.get_one(Mail, mail_id, populate_existing=True)
    first = (refused.state, refused.attempts, refused.next_try_at > clock.now)
    session.rollback()
    post_office.refuses = False
    clock.advance(hours=2)

    tick(place, chores(mails=True), leave_to_workers=False)

    assert first == (MailState.PENDING, 1, True)
    assert state_of(session, mail_id) is MailState.SENT


def test_a_job_that_comes_twice_sends_once(
    place: Workshop, session: Session, clock: Clock, post_office: PostOffice
) -> None:
    mail_id = a_mail(session, clock)

    tasks.send_mail(mail_id)
    tasks.send_mail(mail_id)

    assert len(post_office.letters) == 1


def test_a_worker_does_what_was_nudged(
    place: Workshop, session: Session, clock: Clock, post_office: PostOffice, redis_url: str
) -> None:
    mail_id = a_mail(session, clock)
    queue.connect(redis_url)
    environment = dict(
        os.environ,
        DATABASE_URL=place.settings.database_url,
        VEKHA_DATA_DIR=str(place.settings.data_dir),
        REDIS_URL=redis_url,
        SMTP_URL=post_office.url,
        MAIL_FROM="vekha@vekha.example",
        SECRET_KEY="only-for-tests",
    )
    with subprocess.Popen([sys.executable, "-m", "app.cli.main", "worker"], env=environment) as worker:
        try:
            assert queue.nudge("send_mail", mail_id)
            patience = timedelta(seconds=30)
            for _ in range(int(patience / timedelta(milliseconds=100))):
                if post_office.letters and state_of(session, mail_id) is MailState.SENT:
                    break
                Event().wait(0.1)
        finally:
            worker.terminate()

    assert state_of(session, mail_id) is MailState.SENT
    assert len(post_office.letters) == 1
