"""The page of a task: typing, rows, sending, conflicts. Nothing typed is lost."""

from collections.abc import Callable
from io import BytesIO

from flask import Flask

from app.kernel.settings import Settings
from tests.web.conftest import Browser, hidden, task_id

COVERAGE = {
    f"coverage_rows-{row}-{name}": number for row in range(4) for name, number in (("invited", "10"), ("answered", "9"))
} | {f"coverage_rows-{row}-_from": str(row) for row in range(4)}


def _answers(page: str, **more: str) -> dict[str, object]:
    return {**COVERAGE, "indicator_rows-0-_from": "0", "command_key": hidden(page, "command_key"), **more}


def test_the_inbox_shows_what_waits_for_me_and_for_others(signed_in: Callable[[str], Browser]) -> None:
    page = signed_in("team").get("/tasks").text

    assert "Заполнить анкету школы" in page
    assert "Ждём других" in page
    assert "Посетить школу" in page


def test_others_are_reminded_once_a_day(signed_in: Callable[[str], Browser], year: Flask) -> None:
    team, visit = signed_in("team"), task_id(year, "visit_school")
    assert "Напомнить" in team.get("/tasks").text

    team.post(f"/tasks/{visit}/remind")
    first = team.get("/tasks").text
    team.post(f"/tasks/{visit}/remind")
    second = team.get("/tasks").text

    assert "Напомнили: Борисов Б. О." in first
    assert "Сегодня вы уже напоминали" in second
    assert "ждёт от вас: «Посетить школу»" in signed_in("boris").get("/notices").text
    assert signed_in("dora").post(f"/tasks/{visit}/remind").status_code == 404


def test_an_empty_inbox_says_why(signed_in: Callable[[str], Browser]) -> None:
    assert "Сейчас ничего делать не нужно" in signed_in("clara").get("/tasks").text


def test_htmx_gets_the_lists_alone(signed_in: Callable[[str], Browser]) -> None:
    part = signed_in("team").get("/tasks?q=анкету", **{"HX-Request": "true", "HX-Target": "lists"}).text

    assert "<html" not in part
    assert "Заполнить анкету школы" in part


def test_a_draft_is_kept_and_shown_again(signed_in: Callable[[str], Browser], questionnaire: int) -> None:
    team = signed_in("team")
    team.get(f"/tasks/{questionnaire}")

    saved = team.post(f"/tasks/{questionnaire}", {"questionnaire_comment": "Половина мысли", "_save": "1"})

    assert saved.status_code == 303
    assert "Половина мысли" in team.get(f"/tasks/{questionnaire}").text


def test_a_script_keeps_the_draft_too(signed_in: Callable[[str], Browser], questionnaire: int) -> None:
    team = signed_in("team")

    kept = team.post(f"/tasks/{questionnaire}/draft", {"questionnaire_comment": "Пишу", "draft_revision": "0"})

    assert kept.status_code == 204
    assert kept.headers["X-Draft-Revision"] == "1"


def test_two_windows_do_not_overwrite_each_other(signed_in: Callable[[str], Browser], questionnaire: int) -> None:
    team = signed_in("team")
    address = f"/tasks/{questionnaire}"
    team.post(address, {"questionnaire_comment": "Первый текст", "_save": "1", "draft_revision": "0"})

    second = team.post(address, {"questionnaire_comment": "Второй текст", "_save": "1", "draft_revision": "0"})

    assert second.status_code == 409
    assert "Первый текст" in second.text
    assert "Второй текст" in second.text


def test_what_is_missing_is_named_and_the_text_stays(signed_in: Callable[[str], Browser], questionnaire: int) -> None:
    team = signed_in("team")
    page = team.get(f"/tasks/{questionnaire}").text
    answers = _answers(page, questionnaire_comment="Остаётся") | {"coverage_rows-0-invited": "много"}

    refused = team.post(f"/tasks/{questionnaire}", answers)

    assert refused.status_code == 422
    assert 'href="#f-coverage_rows-0-invited"' in refused.text
    assert "Остаётся" in refused.text
    assert "много" in refused.text


def test_sending_says_whose_turn_it_is_and_twice_does_no_harm(
    signed_in: Callable[[str], Browser], questionnaire: int
) -> None:
    team = signed_in("team")
    answers = _answers(team.get(f"/tasks/{questionnaire}").text) | {"indicator_rows-0-value": "12,5"}

    first = team.post(f"/tasks/{questionnaire}", answers)
    second = team.post(f"/tasks/{questionnaire}", answers)

    assert first.status_code == second.status_code == 303
    page = team.get(first.headers["Location"]).text
    assert "Отправлено" in page
    assert "Теперь очередь" in page
    assert "Борисов Б. О." in page
    over = team.get(f"/tasks/{questionnaire}").text
    assert "kicker" not in over
    assert "12,5" in over
    assert "выполнено</span>" in over
    assert "год завершён" not in over
    assert "Дефицит кадров – Доля незанятых ставок" in over


def test_the_turn_is_theirs_whom_the_sending_called(
    signed_in: Callable[[str], Browser], questionnaire: int, year: Flask
) -> None:
    team = signed_in("team")

    called = team.get(f"/tasks/{questionnaire}/sent?opened={task_id(year, 'visit_school')}&opened=x").text
    own = team.get(f"/tasks/{questionnaire}/sent?opened={questionnaire}").text

    assert "Посетить школу" in called
    assert "Посетить школу" not in own


def test_whoever_comes_late_sees_who_was_faster_and_keeps_the_text(
    signed_in: Callable[[str], Browser], questionnaire: int
) -> None:
    team, other = signed_in("team"), signed_in("team")
    fast = _answers(team.get(f"/tasks/{questionnaire}").text)
    slow = _answers(other.get(f"/tasks/{questionnaire}").text, questionnaire_comment="Мой долгий текст")
    team.post(f"/tasks/{questionnaire}", fast)

    late = other.post(f"/tasks/{questionnaire}", slow)

    assert late.status_code == 409
    assert "Мой долгий текст" in late.text


def test_a_file_is_attached_handed_out_and_removed(signed_in: Callable[[str], Browser], year: Flask) -> None:
    visit = task_id(year, "visit_school")
    boris, dora = signed_in("boris"), signed_in("dora")
    boris.get(f"/tasks/{visit}")

    boris.post(f"/tasks/{visit}", {"visit_act": (BytesIO("Акт".encode()), "Акт визита.txt"), "_attach": "visit_act"})
    page = boris.get(f"/tasks/{visit}").text
    handed_out = boris.get("/files/1")
    foreign = dora.get("/files/1")
    boris.get(f"/tasks/{visit}")
    boris.post(f"/tasks/{visit}", {"_detach": "1"})

    assert "Акт визита.txt" in page
    assert handed_out.data.decode() == "Акт"
    handed_out.close()
    assert handed_out.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in handed_out.headers["Content-Security-Policy"]
    assert foreign.status_code == 404
    assert "Акт визита.txt" not in boris.get(f"/tasks/{visit}").text.split("task-side")[0]


def test_a_file_of_another_kind_is_refused_and_the_text_stays(signed_in: Callable[[str], Browser], year: Flask) -> None:
    visit = task_id(year, "visit_school")
    boris = signed_in("boris")
    boris.get(f"/tasks/{visit}")

    refused = boris.post(f"/tasks/{visit}", {"visit_seen": "Видели", "visit_act": (BytesIO(b"MZ"), "a.exe")})

    assert refused.status_code == 422
    assert "Видели" in refused.text


def test_taking_a_task_and_giving_it_back(signed_in: Callable[[str], Browser], questionnaire: int) -> None:
    team = signed_in("team")

    team.post(f"/tasks/{questionnaire}/claim")
    taken = team.get(f"/tasks/{questionnaire}").text
    team.post(f"/tasks/{questionnaire}/release")

    assert "Вернуть задание" in taken
    assert "Взять задание" in team.get(f"/tasks/{questionnaire}").text


def test_somebody_else_may_look_and_not_act(signed_in: Callable[[str], Browser], questionnaire: int) -> None:
    page = signed_in("boris").get(f"/tasks/{questionnaire}").text

    assert "Это задание для другого полномочия" in page
    assert "data-send" not in page


def test_a_refused_file_takes_those_beside_it_along(
    year: Flask, settings: Settings, signed_in: Callable[[str], Browser]
) -> None:
    boris, visit = signed_in("boris"), task_id(year, "visit_school")
    boris.get(f"/tasks/{visit}")
    sent = {"visit_act": [(BytesIO(b"text"), "good.txt"), (BytesIO(b"MZ"), "bad.exe")], "_attach": "visit_act"}

    assert boris.post(f"/tasks/{visit}", sent).status_code == 422

    assert [path for path in (settings.data_dir / "files").rglob("*") if path.is_file()] == []
    boris.post(f"/tasks/{visit}", {"visit_act": [(BytesIO(b"text"), "good.txt")], "_attach": "visit_act"})
    assert len([path for path in (settings.data_dir / "files").rglob("*") if path.is_file()]) == 1


def test_a_late_page_names_the_rows_of_what_was_typed(signed_in: Callable[[str], Browser], questionnaire: int) -> None:
    team = signed_in("team")
    answers = _answers(team.get(f"/tasks/{questionnaire}").text) | {"indicator_rows-0-value": "12,5"}
    team.post(f"/tasks/{questionnaire}", answers)

    late = team.post(f"/tasks/{questionnaire}", {**answers, "command_key": "another", "indicator_rows-0-value": "13,5"})

    assert late.status_code == 409
    assert "Строка 1 («Дефицит кадров – Доля незанятых ставок»)" in late.text
