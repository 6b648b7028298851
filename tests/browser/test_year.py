"""The demo's people take School 1 from the diagnosis to the outcome of the year, each at a browser, with clicks."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.hands import Hands
from tests.browser.house import House
from tests.journeys.visitor import PDF, PNG

SCHOOL = "СОШ № 1 с. Озёрное"
LATE = "Договор с педагогическим колледжем о практике студентов"  # due on 15 June


class People:
    """The people of School 1 and those who look after it."""

    def __init__(self, house: House) -> None:
        self.team, self.principal, self.curator = (Hands(house, who) for who in ("team", "principal", "curator"))
        self.municipality, self.region = Hands(house, "municipality"), Hands(house, "region")
        self.consultant = Hands(house, "consultant")


@pytest.fixture
def people(house: House) -> People:
    """Return the people, each of whom signs in when there is something to do."""
    return People(house)


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, Path]:
    """Return two files on a disk: an order and a photo."""
    for file in (PDF, PNG):
        (tmp_path / file.name).write_bytes(file.content)
    return {"order": tmp_path / PDF.name, "photo": tmp_path / PNG.name}


def test_a_school_goes_through_its_year(house: House, people: People, papers: dict[str, Path]) -> None:
    diagnose(house, people)
    plan(people)
    return_once(house, people)
    put_in_force(house, people, papers)
    ask_a_consultant(house, people)
    report(people, papers)
    be_late(house, people)
    evaluate(people)

    page = people.team.page
    page.goto("/cases")
    expect(page.get_by_text("год завершён").first).to_be_visible()
    expect(page.get_by_text("выходит из программы").first).to_be_visible()
    house.look(page)
    assert house.verify() == "everything holds"


def diagnose(house: House, people: People) -> None:
    """Fill in the questionnaire, visit, verify, choose."""
    house.picture(people.team.open_tasks(), "tasks")
    house.picture(people.team.page, "phone_tasks")
    task_id = people.team.open("Заполнить анкету школы")
    people.team.fill(task_id, {})
    house.picture(people.team.page, "task")
    house.picture(people.team.page, "phone_task")
    people.team.send()
    people.curator.do("Посетить школу", school=SCHOOL)
    people.curator.do("Сверить профиль со школой", school=SCHOOL)
    people.team.do("Выбрать риски для работы")
    people.curator.do("Подтвердить выбор рисков", school=SCHOOL)


def plan(people: People) -> None:
    """Write the documents; rows are pasted from a spreadsheet."""
    people.team.live_until(2, 12)
    people.team.do("Написать концепцию развития")
    people.team.do("Написать среднесрочную программу")
    for _risk in range(2):
        people.team.do("Написать антирисковую программу")
    people.principal.do("Проверить полноту пакета")


def return_once(house: House, people: People) -> None:
    """Return the package with a remark tied to a row; mend the row and answer; close the remark and confirm."""
    task_id = people.curator.open("Подтвердить пакет", school=SCHOOL)
    page = people.curator.page
    row = page.locator("[id='place-measure:1']")
    row.get_by_text("Сделать замечание").click()
    row.get_by_label("Что исправить").fill("Назовите, кто проводит курсы.")
    row.get_by_role("button", name="Добавить замечание").click()
    expect(page.locator("[id='place-measure:1']").get_by_text("Назовите, кто проводит курсы.")).to_be_visible()
    house.picture(page, "review", at="[id='place-measure:1']")
    people.curator.fill(
        task_id, {"confirm_decision": "return", "confirm_comment": "Уточните, кто проводит курсы в первой строке."}
    )
    people.curator.send()

    task_id = people.team.open("Доработать пакет")
    people.team.fill(task_id, {})
    page = people.team.page
    page.locator("[name='roadmap_rows-0-responsible']").fill("Заместитель директора; курсы ведёт ИРО")
    page.get_by_label("Ваш ответ на замечание").first.fill("Назвали: курсы ведёт институт.")
    people.team.send()

    task_id = people.curator.open("Подтвердить пакет", school=SCHOOL)
    page = people.curator.page
    expect(page.get_by_text("Назвали: курсы ведёт институт.").first).to_be_visible()
    page.get_by_role("button", name="Закрыть: исправлено").click()
    people.curator.fill(task_id, {})
    people.curator.send()


def put_in_force(house: House, people: People, papers: dict[str, Path]) -> None:
    """Agree, approve by an order with its scan; everybody can read the school's page."""
    people.municipality.do("Согласовать пакет", school=SCHOOL)
    people.principal.do("Утвердить приказом", files={"approval_order_file": [papers["order"]]})
    passer_by = house.visitor()
    passer_by.goto("/schools")
    passer_by.get_by_role("link", name=SCHOOL).click()
    expect(passer_by.get_by_role("heading", name=SCHOOL)).to_be_visible()
    house.look(passer_by)
    house.picture(passer_by, "public")


def ask_a_consultant(house: House, people: People) -> None:
    """Ask from the case page, answer, rate."""
    page = people.team.page
    page.goto("/cases")
    page.get_by_text("Задать вопрос консультанту").click()
    page.get_by_label("О чём вопрос").fill("Наставничество")
    page.get_by_label("Вопрос", exact=True).fill("Как оформить пары наставников?")
    page.get_by_role("button", name="Отправить вопрос").click()
    page.get_by_text("Вопрос отправлен").wait_for()
    task_id = people.consultant.open("Ответить на вопрос", school=SCHOOL)
    people.consultant.fill(task_id, {})
    house.picture(people.consultant.page, "consult")
    people.consultant.send()
    people.team.do("Оценить ответ")


def report(people: People, papers: dict[str, Path]) -> None:
    """Report about every measure but one ahead of its date, and about the first stage of monitoring."""
    page = people.team.open_tasks()
    about = page.locator("ul.rows > li", has_text="Отчитаться о мероприятии").locator(".row-main > div:not(.row-meta)")
    titles = [text for text in about.all_inner_texts() if LATE not in text]
    assert len(titles) == 5
    for number, title in enumerate(titles):
        files = {"report_evidence": [papers["photo"]]} if number == 0 else None
        people.team.do("Отчитаться о мероприятии", about=title, files=files)
        people.curator.do("Подтвердить отчёт", about=title)
    people.team.live_until(6, 2)
    people.team.do("Отчитаться за этап")
    people.curator.do("Оценить этап", school=SCHOOL)
    people.municipality.do("Принять этап", school=SCHOOL)


def be_late(house: House, people: People) -> None:
    """Forget a measure until its delay reaches the curator and the municipality, then report it."""
    people.team.live_until(6, 23)
    page = people.team.page
    page.goto("/cases")
    expect(page.get_by_text("просрочено на 8 дней").first).to_be_visible()
    house.look(page)
    house.picture(page, "case")
    people.curator.do("Позвонить в школу", school=SCHOOL)
    people.municipality.do("Помочь или перенести срок", school=SCHOOL)
    people.team.do("Отчитаться о мероприятии", about=LATE)
    people.curator.do("Подтвердить отчёт", about=LATE)


def evaluate(people: People) -> None:
    """Go through the second stage of monitoring and the evaluation."""
    people.team.live_until(10, 16)
    people.team.do("Отчитаться за этап")
    people.curator.do("Оценить этап", school=SCHOOL)
    people.municipality.do("Принять этап", school=SCHOOL)
    people.team.live_until(12, 2)
    people.team.do("Повторить замер показателей")
    people.principal.do("Оценить год самим")
    people.curator.do("Дать заключение куратора", school=SCHOOL)
    people.region.do("Подтвердить итог года", school=SCHOOL)
