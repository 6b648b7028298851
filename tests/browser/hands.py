"""What a person does with mouse and keyboard: finds a task, fills in its form, sends it; moves the demo's clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect
from sqlalchemy.orm import Session

from app.engine.instances import queries as instances
from app.programme.demo.answers import Answers, answers_for
from app.work.forms import queries as forms
from app.work.forms.parts import Kind, Part, asked
from app.work.tasks.models import Task
from tests.browser.house import ZONE, House
from tests.journeys.visitor import typed

Files = Mapping[str, Iterable[Path]]
CHOICES = (Kind.RADIO, Kind.SELECT, Kind.CHECKBOX, Kind.CHECKLIST)


@dataclass
class Hands:
    """One person at one browser."""

    house: House
    login: str

    @property
    def page(self) -> Page:
        """Return what the person looks at."""
        return self.house.visitor(self.login)

    def open_tasks(self) -> Page:
        """Go to the list of tasks by the menu."""
        self.page.get_by_role("navigation", name="Главное меню").get_by_role("link", name="Мои задания").click()
        self.house.look(self.page)
        return self.page

    def open(self, title: str, *, about: str = "", school: str = "") -> int:
        """Find a task in the list and open it; return its number."""
        page = self.open_tasks()
        rows = page.locator("ul.rows > li").filter(has=page.get_by_role("link", name=title, exact=True))
        if about:
            rows = rows.filter(has_text=about)
        if school:
            rows = rows.filter(has_text=school)
        rows.first.get_by_role("link", name=title, exact=True).click()
        page.wait_for_url("**/tasks/*")
        self.house.look(page)
        return int(page.url.rpartition("/")[2].partition("#")[0])

    def do(
        self,
        title: str,
        changes: Answers | None = None,
        *,
        files: Files | None = None,
        about: str = "",
        school: str = "",
    ) -> None:
        """Do a task from the list to the page that says whose turn it is."""
        task_id = self.open(title, about=about, school=school)
        self.fill(task_id, changes or {}, files=files or {})
        self.send()

    def fill(self, task_id: int, changes: Answers, *, files: Files | None = None) -> None:
        """Fill in the form: choices first, for other questions may depend on them."""
        with self.house.reading() as session:
            answers, parts = self._answers(session, task_id)
        answers |= changes
        form = self.page.locator("form[data-draft]")
        for part in parts:
            if part.kind in CHOICES and part.key in answers and not part.readonly:
                self._choose(form, part.key, answers[part.key])
        for part in parts:
            if part.readonly or part.key not in answers or part.kind in CHOICES or part.kind is Kind.FILES:
                continue
            if part.kind is Kind.TABLE:
                self._fill_table(form, part, answers[part.key])
            else:
                form.locator(f"[name='{part.key}']").fill(typed(answers[part.key]))
        for name, paths in (files or {}).items():
            form.locator(f"[name='{name}']").set_input_files(list(paths))

    def send(self) -> None:
        """Press the button that sends, and read the page that follows."""
        title, summary = self.page.title(), self.page.locator(".error-summary")
        self.page.locator("button[data-send]").click()
        self.page.get_by_role("heading", name="Отправлено").or_(summary).first.wait_for()
        assert "/sent" in self.page.url, f"{title} was not sent: {summary.first.inner_text()}"
        self.house.look(self.page)

    def _answers(self, session: Session, task_id: int) -> tuple[Answers, list[Part]]:
        task = session.get_one(Task, task_id)
        data = instances.task_data(session, instance_id=task.instance_id, task_ref=task.task_ref)
        assert task.form_id is not None
        today = self.house.now().date()
        parts = list(asked(forms.get_form(session, task.form_id).parts))
        return answers_for(task.process_key, task.element_id, data, today), parts

    def _choose(self, form: Locator, name: str, value: Any) -> None:
        first = form.locator(f"[name='{name}']").first
        if first.evaluate("field => field.tagName") == "SELECT":
            first.select_option(str(value))
        elif first.get_attribute("type") == "radio":
            form.locator(f"[name='{name}'][value='{value}']").check()
        else:
            wanted = {"true"} if value is True else set() if value is False else {str(one) for one in value}
            for box in form.locator(f"[name='{name}']").all():
                box.set_checked(box.get_attribute("value") in wanted)

    def _fill_table(self, form: Locator, table: Part, rows: list[Mapping[str, Any]]) -> None:
        columns = list(asked(table.parts))
        there = self._rows(form, table.key)
        if not table.fixed and there < len(rows):
            self._paste(form, table, rows)
            return
        for number, row in enumerate(rows):
            for column in columns:
                if column.readonly or column.key not in row or column.kind is Kind.FILES:
                    continue
                name = f"{table.key}-{number}-{column.key}"
                if column.kind in CHOICES:
                    if row[column.key] not in (None, ""):
                        self._choose(form, name, row[column.key])
                else:
                    form.locator(f"[name='{name}']").fill(typed(row[column.key]))

    def _rows(self, form: Locator, key: str) -> int:
        numbers: int = form.evaluate(
            "(form, key) => new Set([...form.elements].map((field) => field.name.match(`^${key}-([0-9]+)-`)?.[1])"
            ".filter(Boolean)).size",
            key,
        )
        return numbers

    def _paste(self, form: Locator, table: Part, rows: list[Mapping[str, Any]]) -> None:
        """Paste rows as from a spreadsheet, choices by their words."""
        columns = [column for column in asked(table.parts) if not column.readonly]
        lines = ["\t".join(_cell(column, row.get(column.key)) for column in columns) for row in rows]
        around = form.locator(f"[id='f-{table.key}']")
        around.get_by_text("Вставить строки из таблицы").click()
        around.locator(f"[name='{table.key}-paste']").fill("\n".join(lines))
        around.get_by_role("button", name="Добавить эти строки").click()
        expect(form.locator(f"[name='{table.key}-{len(rows) - 1}-{columns[0].key}']")).to_be_visible()

    def live_until(self, month: int, day: int) -> None:
        """Move the demo's clock to the morning of a day with the buttons of the page."""
        target = date(2026, month, day)
        while (left := target - self.house.now().date()) > timedelta(0):
            week = left >= timedelta(days=7)
            self.page.get_by_role("button", name="+1 неделя" if week else "+1 день").click()
            self.page.get_by_text("Теперь ").first.wait_for()
        assert self.house.now().astimezone(ZONE).date() == target


def _cell(column: Part, value: Any) -> str:
    labels = {str(option.value): option.label.ru for option in column.options}
    return labels.get(str(value), typed(value))
