"""The pages of coordinators, designers and administrators, as their people use them."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.journeys.school_list import the_list


def menu(house: House, login: str, name: str) -> Page:
    """Have somebody go to a place by the menu."""
    page = house.visitor(login)
    page.get_by_role("navigation", name="Главное меню").get_by_role("link", name=name, exact=True).click()
    house.look(page)
    return page


def every_place(house: House, login: str) -> list[str]:
    """Have somebody go to every place of the menu, and return the headings there."""
    page = house.visitor(login)
    places = page.get_by_role("navigation", name="Главное меню").get_by_role("link").all_inner_texts()
    headings = []
    for place in places:
        menu(house, login, place)
        headings.append(page.locator("h1").first.inner_text())
    return headings


def test_everybody_finds_every_place_of_the_menu(house: House) -> None:
    for login in ("team", "principal", "curator", "municipality", "region", "consultant", "designer", "admin"):
        headings = every_place(house, login)
        assert headings
        assert len(set(headings)) == len(headings), f"{login}: {headings}"
        for path in ("/notices", "/account", "/help"):
            page = house.visitor(login)
            page.goto(path)
            house.look(page)


def test_the_region_sees_who_is_late_and_prepares_a_cycle(house: House, tmp_path: Path) -> None:
    page = house.visitor("region")
    page.goto("/matrix")
    house.look(page)
    house.picture(page, "matrix")
    page.goto("/cycles")
    page.get_by_role("link", name="500+ · 2026").first.click()
    house.look(page)
    house.picture(page, "cycle")

    page.goto("/cycles/new")
    house.look(page)
    page.get_by_label("Год", exact=True).fill("2027")
    page.get_by_label("Название").fill("500+ · 2027")
    page.get_by_role("button", name="Подготовить цикл").click()
    file = the_list()
    (tmp_path / file.name).write_bytes(file.content)
    house.look(page)
    page.locator("input[type=file]").set_input_files(tmp_path / file.name)
    page.get_by_role("button", name="Проверить список").click()
    expect(page.get_by_text("3031").first).to_be_visible()
    house.look(page)
    house.picture(page, "import")


def test_the_designer_sees_diagrams_and_versions(house: House) -> None:
    page = house.visitor("designer")
    page.goto("/processes")
    house.look(page)
    house.picture(page, "processes")
    page.get_by_role("link", name="Утверждение пакета").first.click()
    page.locator(".djs-container .djs-shape").first.wait_for()
    house.look(page)
    house.picture(page, "process")


def test_the_administrator_sees_people_and_incidents(house: House) -> None:
    page = house.visitor("admin")
    page.goto("/people")
    house.look(page)
    house.picture(page, "people")
    page.get_by_role("link", name="Петрова").first.click()
    house.look(page)
    page.goto("/incidents")
    house.look(page)
    house.picture(page, "incidents")


def test_a_passer_by_reads_what_is_published(house: House) -> None:
    page = house.visitor()
    page.goto("/schools")
    house.look(page)
    page.get_by_role("link", name="Боровская ООШ").click()
    house.look(page)
    page.goto("/tasks")
    expect(page.get_by_label("Пароль")).to_be_visible()


def test_the_wrong_password_and_a_page_that_is_none_are_told_in_words(house: House) -> None:
    page = house.visitor()
    page.goto("/login")
    page.get_by_label("Логин").fill("team")
    page.get_by_label("Пароль").fill("не тот пароль")
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("alert")).to_be_visible()
    house.look(page)
    page.goto("/такой/страницы/нет")
    house.look(page)
    # The browser itself notes the status of these two answers in its console.
    house.wrong[:] = [sentence for sentence in house.wrong if "Failed to load resource" not in sentence]
