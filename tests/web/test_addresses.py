"""Numbers that a browser sends."""

from collections.abc import Callable

import pytest

from app.web.addresses import small_int
from tests.web.conftest import Browser

Opens = Callable[[str], Browser]
ODD_NUMBERS = ("2147483648", "9223372036854775808", "9" * 5000, "-1", "１", "1_0")


def test_a_number_of_no_row_is_no_page(signed_in: Opens) -> None:
    team = signed_in("team")

    for number in ODD_NUMBERS:
        for path in ("/tasks/{}", "/cases/{}", "/cases/{}/diagram", "/files/{}", "/tasks/{}/sent"):
            assert team.get(path.format(number)).status_code == 404, (path, number[:20])


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), (" 7 ", 7), ("2147483647", 2**31 - 1), *((odd, None) for odd in (*ODD_NUMBERS, "", "1.0", "x"))],
    ids=lambda value: repr(value)[:20],
)
def test_a_number_is_read_from_plain_digits(text: str, number: int | None) -> None:
    assert small_int(text) == number
