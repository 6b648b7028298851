"""The running demo as a journey sees it: people who come to their pages, tasks by their steps, time that goes by."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.engine.instances import live
from app.engine.instances import queries as instances
from app.engine.instances.verify import Violation
from app.kernel.db import db, unit_of_work
from app.kernel.settings import Settings
from app.kernel.storage import Storage
from app.programme.cycles.models import Case
from app.programme.demo.answers import Answers, answers_for
from app.programme.demo.play import Element, play_case
from app.programme.processes.due import moments_until, run_due
from app.reports.verify import find_violations
from app.work.forms import queries as forms
from app.work.forms.parts import FormDefinition, Kind, Part, asked
from app.work.people.models import Organisation
from app.work.tasks.models import Task, TaskState
from tests.conftest import Clock
from tests.journeys.visitor import File, Form, Page, Visitor

SCHOOL_1 = "school-1"
ZONE = ZoneInfo("Europe/Moscow")
MORNING = 10
Files = Mapping[str, Iterable[File]]


@dataclass
class World:
    """The program, its clock, and everybody who has come by."""

    app: Flask
    clock: Clock
    visitors: dict[str, Visitor] = field(default_factory=dict)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Return a session to look into the database with."""
        with self.app.app_context():
            yield db.session()
            # What was read is kept as it was, after the session too.
            db.session.expunge_all()
            db.session.rollback()

    def visitor(self, login: str) -> Visitor:
        """Return the person, signed in: a login of yesterday has ended."""
        if login not in self.visitors:
            self.visitors[login] = Visitor(self.app.test_client(), login)
        visitor = self.visitors[login]
        if visitor.status("/tasks") != 200:
            visitor.sign_in()
        return visitor

    # Cases and tasks

    def case_id(self, slug: str = SCHOOL_1) -> int:
        """Return the case of a school."""
        with self.reading() as session:
            found = session.scalar(select(Case.id).join(Organisation).where(Organisation.slug == slug))
            assert found is not None
            return found

    def case(self, slug: str = SCHOOL_1) -> Case:
        """Return the row of a school's case."""
        with self.reading() as session:
            case = session.get_one(Case, self.case_id(slug))
            session.refresh(case)
            return case

    def open_tasks(self, element_id: str = "", *, slug: str = SCHOOL_1) -> list[Task]:
        """Return what is to be done in a school's case, the oldest first."""
        with self.reading() as session:
            mine = Task.business_key == f"case:{self.case_id(slug)}"
            waiting = Task.state.in_((TaskState.OPEN, TaskState.CLAIMED))
            found = session.scalars(select(Task).where(mine, waiting).order_by(Task.id))
            return [task for task in found if element_id in ("", task.element_id)]

    def open_elements(self, slug: str = SCHOOL_1) -> set[str]:
        """Return the steps at which the school's case waits for people."""
        return {task.element_id for task in self.open_tasks(slug=slug)}

    def task(self, element_id: str, *, slug: str = SCHOOL_1, about: str = "") -> Task:
        """Return the oldest open task of a step."""
        found = [task for task in self.open_tasks(element_id, slug=slug) if about in task.about]
        assert found, f"{element_id} is not open for {slug}; open are {self.open_elements(slug)}"
        return found[0]

    def today(self) -> date:
        """Return the date at the schools."""
        return self.clock.now.astimezone(ZONE).date()

    def answers(self, task: Task) -> Answers:
        """Return what the demo's person would write."""
        with self.reading() as session:
            data = instances.task_data(session, instance_id=task.instance_id, task_ref=task.task_ref)
        return answers_for(task.process_key, task.element_id, data, self.today())

    def definition(self, task: Task) -> FormDefinition:
        """Return the form that the task asks to fill in."""
        assert task.form_id is not None
        with self.reading() as session:
            return forms.get_form(session, task.form_id)

    # What people do

    def do(
        self,
        login: str,
        element_id: str,
        changes: Answers | None = None,
        *,
        files: Files | None = None,
        slug: str = SCHOOL_1,
        about: str = "",
    ) -> Page:
        """Have a person find the task in the list, open it, fill in the form and send it."""
        task = self.task(element_id, slug=slug, about=about)
        who = self.visitor(login)
        self._check_is_listed(who, task)
        page = self.send(who, task, self.answers(task) | (changes or {}), files=files)
        assert page.status == 200, f"{login} could not send {element_id}: {page.errors or page.words[:500]}"
        assert page.path == f"/tasks/{task.id}/sent"
        live.forget_all()
        return page

    def _check_is_listed(self, who: Visitor, task: Task) -> None:
        listed = who.get(f"/tasks?case={task.business_key}").links()
        assert f"/tasks/{task.id}" in listed, f"{who.login} does not see {task.element_id} in the list"

    def send(self, who: Visitor, task: Task, answers: Answers, *, files: Files | None = None) -> Page:
        """Fill in a task's form, as far as the page asks step by step, and send it."""
        form = self.filled(who, task, answers, files=files)
        return who.post(form, files=files)

    def filled(self, who: Visitor, task: Task, answers: Answers, *, files: Files | None = None) -> Form:
        """Open a task and fill in its form; questions that depend on others appear once the draft is saved.

        A question that has an answer and never appears is a failure, and so is a file that nobody asks for.
        """
        parts = list(asked(self.definition(task).parts))
        form = who.get(f"/tasks/{task.id}").form(f"/tasks/{task.id}")
        for part in parts:
            if part.kind is Kind.TABLE and part.key in answers and not part.readonly and not part.fixed:
                form = _with_rows(who, form, part.key, len(answers[part.key]))
        left = _fill(form, parts, answers)
        if left or not set(files or ()) <= form.names:
            saved = who.post(form, button=("_save", "1"))
            assert saved.status == 200, f"The draft of {task.element_id} could not be saved: {saved.errors}"
            form = saved.form(f"/tasks/{task.id}")
            left = _fill(form, parts, answers)
        assert not left, f"The page of {task.element_id} does not ask for {left}"
        assert set(files or ()) <= form.names, f"The page of {task.element_id} does not take {set(files or ())}"
        return form

    def remark(self, login: str, *, place: str, text: str, severity: str = "remark", slug: str = SCHOOL_1) -> Page:
        """Have the curator make a remark beside a place of the package."""
        who, task = self.visitor(login), self.task("confirm_package", slug=slug)
        page = who.get(f"/tasks/{task.id}")
        forms = [Form(element, page.path) for element in page.root.xpath(f"//form[@action='/tasks/{task.id}/remarks']")]
        here = [form for form in forms if form.element.xpath("./input[@name='place']/@value") == [place]]
        assert here, f"There is no remark box at {place}"
        here[0].put("text", text)
        here[0].put("severity", severity)
        answer = who.post(here[0])
        assert answer.status == 200, answer.errors
        return answer

    # Time

    def play(self, *, slug: str = SCHOOL_1, until: Collection[Element]) -> None:
        """Have the demo's people do their tasks, without their pages, until only these steps are open."""
        with self.app.app_context(), unit_of_work() as unit:
            case = unit.get_one(Case, self.case_id(slug))
            play_case(unit, case=case, stop_at=until, now=self.clock.now)
        live.forget_all()

    def live_until(self, month: int, day: int, *, hour: int = MORNING) -> None:
        """Let time go by as the demo's clock does: what is due is done at its moment, and a second try does nothing."""
        until = datetime(2026, month, day, hour, tzinfo=ZONE).astimezone(UTC)
        while self.clock.now < until:
            with self.app.app_context():
                with unit_of_work() as unit:
                    self.clock.now = next(moments_until(unit, now=self.clock.now, until=until))
                    run_due(unit, now=self.clock.now)
                live.forget_all()
                with unit_of_work() as unit:
                    assert run_due(unit, now=self.clock.now) == 0, "Something fired a second time."

    # What must hold

    def violations(self) -> tuple[Violation, ...]:
        """Return every broken promise of the database."""
        settings: Settings = self.app.extensions["settings"]
        storage = Storage(settings.data_dir / "files", settings.max_upload_bytes)
        with self.reading() as session:
            return find_violations(session, now=self.clock.now, files=storage)

    def count(self, statement: Any) -> int:
        """Return how many rows a select finds."""
        with self.reading() as session:
            return len(session.scalars(statement).all())


def _with_rows(who: Visitor, form: Form, key: str, wanted: int) -> Form:
    """Press “add a row” until there are enough."""
    action = form.action
    while _rows(form, key) < wanted:
        before = _rows(form, key)
        page = who.post(form, button=(f"_add-{key}", "1"))
        assert page.status == 200, page.errors
        form = page.form(action)
        assert _rows(form, key) == before + 1, f"“Add a row” added none to {key}"
    return form


def _rows(form: Form, key: str) -> int:
    return len(
        {name.split("-")[1] for name in form.names if name.startswith(f"{key}-") and name.split("-")[1].isdigit()}
    )


def _fill(form: Form, parts: Iterable[Part], answers: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Put in what is asked; return the names of questions that have an answer and are not on the page."""
    left = []
    for part in parts:
        if part.readonly or part.kind is Kind.FILES or part.key not in answers:
            continue
        name, value = f"{prefix}{part.key}", answers[part.key]
        if part.kind is Kind.TABLE:
            for number, row in enumerate(value):
                left += _fill(form, asked(part.parts), row, f"{name}-{number}-")
        elif form.has(name):
            form.put(name, value)
        else:
            left.append(name)
    return left
