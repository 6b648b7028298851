"""Numbers and dates as people write them."""

from datetime import UTC, date, datetime

import pytest

from app.kernel.days import at_local_time, end_of_day, local_date
from app.kernel.lists import Page, page_number, search_text
from app.kernel.words import date_words, days_words, moment, plural_ru


@pytest.mark.parametrize(
    ("n", "words"),
    [(0, "0 школ"), (1, "1 школа"), (2, "2 школы"), (4, "4 школы"), (5, "5 школ"), (11, "11 школ"), (12, "12 школ"),
     (14, "14 школ"), (21, "21 школа"), (22, "22 школы"), (111, "111 школ"), (101, "101 школа"), (-1, "-1 школа")],
)  # fmt: skip
def test_a_russian_noun_agrees_with_its_number(n: int, words: str) -> None:
    assert f"{n} {plural_ru(n, 'школа', 'школы', 'школ')}" == words


@pytest.mark.parametrize(
    ("n", "locale", "words"), [(1, "ru", "1 день"), (3, "ru", "3 дня"), (1, "en", "1 day"), (3, "en", "3 days")]
)
def test_days_are_counted_in_the_language_of_the_reader(n: int, locale: str, words: str) -> None:
    assert days_words(n, locale) == words


def test_a_date_is_written_as_people_write_it() -> None:
    day = date(2026, 4, 14)

    assert date_words(day, "ru") == "14 апреля 2026"
    assert date_words(day, "ru", year=False) == "14 апреля"
    assert date_words(day, "en") == "14 April 2026"


def test_a_moment_is_told_by_the_clocks_of_the_place() -> None:
    assert moment(datetime(2026, 3, 2, 22, 5, tzinfo=UTC), "Asia/Kamchatka") == "03.03.2026 10:05"


def test_the_local_date_is_that_of_the_zone_not_of_greenwich() -> None:
    late = datetime(2026, 3, 2, 22, tzinfo=UTC)

    assert local_date(late, "Asia/Kamchatka") == date(2026, 3, 3)
    assert local_date(late, "Europe/Kaliningrad") == date(2026, 3, 3)
    assert local_date(late, "Europe/London") == date(2026, 3, 2)


def test_a_day_ends_when_the_next_one_begins_there() -> None:
    assert end_of_day(date(2026, 3, 2), "Europe/Volgograd") == datetime(2026, 3, 2, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour"), [(date(2026, 3, 28), 7), (date(2026, 3, 29), 6), (date(2026, 10, 24), 6), (date(2026, 10, 25), 7)]
)
def test_eight_in_the_morning_stays_eight_when_clocks_change(day: date, hour: int) -> None:
    assert at_local_time(day, "Europe/Berlin", hour=8) == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_a_day_whose_midnight_is_skipped_begins_at_the_skip() -> None:
    # Beirut goes from midnight to one o'clock.
    assert at_local_time(date(2026, 3, 29), "Asia/Beirut") == datetime(2026, 3, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize(("asked", "found"), [(-1, 1), (0, 1), (1, 1), (3, 3), (4, 3), (10**30, 3)])
def test_a_page_that_does_not_exist_is_the_nearest_one(asked: int, found: int) -> None:
    assert page_number(asked, total=101) == found


def test_an_empty_list_has_one_page() -> None:
    assert Page[int]([], 1, 0).pages == 1


def test_what_is_searched_is_one_short_line_without_control_characters() -> None:
    assert search_text(" Петрова\x00\n Е.\ud800 ") == "Петрова Е."
    assert len(search_text("x" * 10_000)) == 100
