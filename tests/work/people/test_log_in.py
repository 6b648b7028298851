"""Logging in and out."""

from datetime import datetime, timedelta
from time import perf_counter

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.work.people import operations, queries, rules
from app.work.people.models import LoginAttempt, LoginSession
from app.work.people.passwords import is_right
from tests.builders import ANNA, DORA, NOON, TODAY

PASSWORD = "корова на крыше 7"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _anna_has_a_password(session: Session) -> None:
    operations.set_password(session, person_id=ANNA.person_id, password=PASSWORD, now=NOON)


def log_in(session: Session, *, login: str = "anna", password: str = PASSWORD, now: datetime = NOON) -> str:
    return operations.log_in(session, login=login, password=password, now=now)


def who(session: Session, token: str, now: datetime = NOON, *, demo: bool = False) -> queries.SignedIn | None:
    return queries.signed_in(session, token=token, now=now, today=TODAY, demo=demo)


@pytest.mark.parametrize("login", ["anna", "ANNA", " Anna ", "ａｎｎａ"])
def test_log_in_takes_the_login_however_it_is_typed(session: Session, login: str) -> None:
    found = who(session, log_in(session, login=login))

    assert found is not None
    assert (found.actor, found.person.login) == (ANNA, "anna")


def test_log_in_stores_only_the_hash_of_the_token(session: Session) -> None:
    token = log_in(session)

    assert token not in str(session.execute(text("SELECT * FROM login_session")).all())
    assert len(token) >= 40


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("anna", "wrong password"),
        ("anna", ""),
        ("anna", PASSWORD + "x" * 5_000_000),
        ("anna", "\ud800\x00"),
        ("nobody", PASSWORD),
        ("nobody\x00", PASSWORD),
        ("", ""),
        ("x" * 100_000, PASSWORD),
        ("boris", ""),
        ("boris", PASSWORD),
    ],
)
def test_log_in_refuses_with_one_sentence_whatever_is_wrong(session: Session, login: str, password: str) -> None:
    with pytest.raises(rules.WrongCredentials) as refusal:
        log_in(session, login=login, password=password)

    assert str(refusal.value) == "Wrong login or password."


def test_log_in_refuses_somebody_who_is_disabled(session: Session) -> None:
    operations.disable_person(session, person_id=ANNA.person_id, now=NOON)

    with pytest.raises(rules.WrongCredentials):
        log_in(session)


def test_an_unknown_login_takes_as_long_as_a_wrong_password() -> None:
    is_right("warm up", None)
    before = perf_counter()
    is_right("some password", None)

    # argon2 needs tens of milliseconds; a look-up alone needs none.
    assert perf_counter() - before > 0.005


def test_each_login_has_a_token_of_its_own(session: Session) -> None:
    here, there = log_in(session), log_in(session)

    assert operations.log_out(session, token=here, now=NOON)

    assert who(session, here) is None
    assert who(session, there) is not None


def test_log_out_says_when_there_was_nothing_to_end(session: Session) -> None:
    token = log_in(session)
    operations.log_out(session, token=token, now=NOON)

    assert not operations.log_out(session, token=token, now=NOON)
    assert not operations.log_out(session, token="made up", now=NOON)


@pytest.mark.parametrize("token", ["", "made up", "\ud800", "' OR 1=1"])
def test_a_made_up_token_is_nobody(session: Session, token: str) -> None:
    assert who(session, token) is None


def test_a_login_ends_after_an_hour_without_use(session: Session) -> None:
    token = log_in(session)

    assert who(session, token, NOON + 60 * MINUTE) is not None
    assert who(session, token, NOON + 61 * MINUTE) is None


def test_a_login_in_use_lives_twelve_hours_and_no_longer(session: Session) -> None:
    token = log_in(session)
    found = who(session, token)
    assert found is not None
    operations.keep_session(session, session_id=found.session_id, now=NOON + 719 * MINUTE)

    assert who(session, token, NOON + 720 * MINUTE) is not None
    assert who(session, token, NOON + 721 * MINUTE) is None


def test_a_login_does_not_age_in_the_demo_whose_clock_jumps(session: Session) -> None:
    token = log_in(session)

    assert who(session, token, NOON + timedelta(days=200), demo=True) is not None


def test_disabling_ends_every_login_at_once(session: Session) -> None:
    token = log_in(session)

    operations.disable_person(session, person_id=ANNA.person_id, now=NOON)
    operations.enable_person(session, person_id=ANNA.person_id, now=NOON)

    assert who(session, token) is None


def test_a_new_password_ends_every_login_with_the_old_one(session: Session) -> None:
    token = log_in(session)

    operations.set_password(session, person_id=ANNA.person_id, password="совсем другой пароль", now=NOON)

    assert who(session, token) is None
    with pytest.raises(rules.WrongCredentials):
        log_in(session)


def test_set_password_refuses_a_weak_one(session: Session) -> None:
    with pytest.raises(rules.WeakPassword):
        operations.set_password(session, person_id=ANNA.person_id, password="anna", now=NOON)


def test_end_sessions_ends_the_logins_of_one_person_on_all_devices(session: Session) -> None:
    here, there = log_in(session), log_in(session)

    assert operations.end_sessions(session, person_id=ANNA.person_id, now=NOON) == 2

    assert (who(session, here), who(session, there)) == (None, None)
    assert session.query(LoginSession).filter(LoginSession.ended_at.is_(None)).count() == 0


def guess_wrong(session: Session, login: str, times: int, now: datetime = NOON) -> datetime | None:
    until = None
    for _ in range(times):
        with pytest.raises(rules.WrongCredentials):
            log_in(session, login=login, password="wrong password", now=now)
        until = operations.count_wrong_guess(session, login=login, now=now)
    return until


@pytest.mark.parametrize("login", ["anna", "nobody"])
def test_five_wrong_passwords_refuse_even_the_right_one_for_a_while(session: Session, login: str) -> None:
    assert guess_wrong(session, login, 4) is None
    until = guess_wrong(session, login.upper(), 1)

    assert until == NOON + rules.FIRST_DELAY
    with pytest.raises(rules.TooManyGuesses) as refusal:
        log_in(session, login=login)
    assert str(refusal.value) == "Too many wrong passwords. Try again in 1 min."


def test_the_refusal_ends_by_itself_and_a_right_password_forgets_the_wrong_ones(session: Session) -> None:
    until = guess_wrong(session, "anna", 5)
    assert until is not None

    assert log_in(session, now=until)
    assert session.query(LoginAttempt).count() == 0


def test_the_delay_grows_with_every_further_wrong_password_but_never_beyond_a_quarter_of_an_hour() -> None:
    delays = [rules.guess_delay(count) for count in range(4, 40)]

    assert delays[:4] == [None, timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert delays[-1] == rules.LONGEST_DELAY


def test_guesses_during_the_refusal_do_not_prolong_it(session: Session) -> None:
    until = guess_wrong(session, "anna", 5)

    assert operations.count_wrong_guess(session, login="anna", now=NOON + timedelta(seconds=20)) == until


def test_wrong_passwords_for_one_login_do_not_slow_down_another(session: Session) -> None:
    guess_wrong(session, "boris", 5)

    assert log_in(session)


def test_old_guesses_are_forgotten(session: Session) -> None:
    guess_wrong(session, "nobody", 3)

    operations.count_wrong_guess(session, login="somebody", now=NOON + timedelta(days=2))

    assert [row.login for row in session.query(LoginAttempt)] == ["somebody"]


def test_a_stranger_without_mandates_is_signed_in_as_such(session: Session) -> None:
    operations.set_password(session, person_id=DORA.person_id, password=PASSWORD, now=NOON)
    session.execute(text("UPDATE held_mandate SET until_on = '2026-02-01' WHERE person_id = :id"), {"id": 1004})

    found = who(session, log_in(session, login="dora"))

    assert found is not None
    assert found.actor.mandates == frozenset()
