"""Who may enter: every route has a guard, every change needs a token, strangers find nothing.

Every route is listed below; a new one must say there who may enter before these tests pass again.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import product
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from app.engine.instances.models import Incident, IncidentState
from app.kernel.db import unit_of_work
from app.programme.cycles.models import Case, Cycle
from app.work.documents.models import Document, DocumentVersion, StoredFile
from app.work.notifications.models import Notice
from app.work.people.models import HeldMandate, Person
from app.work.remarks.models import Remark, Severity
from app.work.tasks.models import Task
from tests.conftest import NOON
from tests.web.conftest import Browser


class Entry(StrEnum):
    """Who may enter a route."""

    PUBLIC = "public"
    PERSONAL = "personal"
    """Whoever is signed in, and sees there only what is his own."""
    ROLE = "role"
    """Whoever holds a certain role."""
    OBJECT = "object"
    """Whoever has a part in the case, task, paper or notice of the address."""


ENTRIES = {
    Entry.PUBLIC: """
        static api-docs.openapi_json health.live health.ready help.index home.index language.switch login.form login.out
        login.sign_in public.index public.show
    """,
    Entry.PERSONAL: """
        account.change_password account.index api_tasks.my_tasks cases.index clock.move inbox.index notices.index
        notices.read_all
    """,
    Entry.ROLE: """
        cycles.ask_cancel cycles.begin cycles.cancel cycles.create cycles.index cycles.new cycles.show
        incidents.give_up incidents.index incidents.installation incidents.retry incidents.show
        matrix.export matrix.index
        people.add people.choose_mandate people.disable people.enable people.end_mandate people.grant_mandate
        people.index people.new people.reset_password people.show
        processes.diagram processes.index processes.show processes.upload processes.upload_form
        school_lists.decide school_lists.form school_lists.upload today.ask_date today.index today.move_date
    """,
    Entry.OBJECT: """
        cases.ask cases.document cases.recall cases.show cases.show_history diagrams.case diagrams.xml files.download
        notices.open_notice inbox.remind remarks.add remarks.close remarks.remove
        tasks.act tasks.claim tasks.draft tasks.questions tasks.release tasks.sent tasks.show
    """,
}
ENTRY_OF = {endpoint: entry for entry, endpoints in ENTRIES.items() for endpoint in endpoints.split()}


def listed(app: Flask, *entries: Entry) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if ENTRY_OF[rule.endpoint] in entries)


Objects = dict[str, list[Any]]


@pytest.fixture
def objects(year: Flask) -> Objects:
    """Return what School 1 has, by the names of addresses' parts; it gets a paper, a file and a remark first."""
    with year.app_context(), unit_of_work() as unit:
        anna = unit.scalars(select(Person).filter_by(login="anna")).one()
        case = unit.get_one(Case, 1)
        tasks = unit.scalars(select(Task).where(Task.business_key == case.business_key)).all()
        mine = {"business_key": case.business_key, "organisation_id": case.school_id}
        paper = Document(**mine, kind="concept", title="Концепция", created_at=NOON)
        paper.versions.append(DocumentVersion(number=1, content={"goals": "Цели"}, created_at=NOON))
        file = StoredFile(
            **mine, storage_id="a" * 64, sha256="a" * 64, size=1, name="a.pdf", media_type="application/pdf",
            task_id=tasks[0].id, uploaded_by_id=anna.id, uploaded_at=NOON,
        )  # fmt: skip
        remark = Remark(
            business_key=case.business_key, task_id=tasks[0].id, place="concept:goals", place_title="Цели",
            severity=Severity.REMARK, text="Уточните", seen={}, author_id=anna.id, created_at=NOON,
        )  # fmt: skip
        incident = Incident(
            instance_id=tasks[0].instance_id, task_ref="1", process_key="diagnose", element_id="visit_school",
            message="-", detail="-", state=IncidentState.OPEN, opened_at=NOON,
        )  # fmt: skip
        unit.add_all((paper, file, remark, incident))
        unit.flush()
        return {
            "case_id": [case.id],
            "task_id": [task.id for task in tasks],
            "document_id": [paper.id],
            "file_id": [file.id],
            "remark_id": [remark.id],
            "incident_id": [incident.id],
            "notice_id": list(unit.scalars(select(Notice.id))),
            "cycle_id": list(unit.scalars(select(Cycle.id))),
            "person_id": [anna.id],
            "mandate_id": list(unit.scalars(select(HeldMandate.id).where(HeldMandate.person_id == anna.id))),
            "key": ["diagnose"],
            "version": [1],
        }


def addresses(app: Flask, rule: Rule, objects: Objects) -> list[str]:
    """Return the addresses of the route for all of the objects; a part that nobody knows fails the test."""
    names = sorted(rule.arguments)
    with app.test_request_context():
        found = [
            app.url_for(rule.endpoint, **cast(dict[str, Any], dict(zip(names, ids, strict=True))))
            for ids in product(*(objects[name] for name in names))
        ]
    assert found, f"there is no object for {rule.rule}"
    return found


def answers(app: Flask, browser: Browser, objects: Objects, *entries: Entry) -> Iterator[tuple[str, str, int]]:
    """Yield method, address and status of every route that is entered so, with the token of the browser's page."""
    for rule in listed(app, *entries):
        for address in addresses(app, rule, objects):
            if "GET" in (rule.methods or ()):
                yield "GET", address, browser.client.get(address).status_code
            if "POST" in (rule.methods or ()):
                yield "POST", address, browser.post(address).status_code


def test_every_route_is_listed_as_it_is_guarded(app: Flask) -> None:
    guards = app.extensions["guards"]

    found = {}
    for rule in app.url_map.iter_rules():
        guard = guards.get(rule.endpoint.split(".")[0])
        name = guard.__qualname__ if guard else "public" if rule.endpoint == "static" else "nobody"
        found[rule.endpoint] = name.split(".")[0]

    expected = {Entry.PUBLIC: {"public"}, Entry.ROLE: {"holds"}}
    personal = {"signed_in", "_signed_in_or_401"}
    assert found.keys() == ENTRY_OF.keys()
    assert [name for name, guard in found.items() if guard not in expected.get(ENTRY_OF[name], personal)] == []


def test_every_page_behind_a_guard_asks_a_stranger_to_sign_in(year: Flask, objects: Objects) -> None:
    client = year.test_client()
    for rule in listed(year, Entry.PERSONAL, Entry.ROLE, Entry.OBJECT):
        for address in addresses(year, rule, objects):
            if "GET" in (rule.methods or ()):
                answer = client.get(address)
                asked = answer.headers.get("Location", "").startswith("/login?next=")
                assert (answer.status_code == 302 and asked) or answer.status_code == 401, address


def test_every_change_needs_to_be_signed_in(year: Flask, objects: Objects) -> None:
    visitor = Browser(year.test_client())
    visitor.get("/login")

    found = list(answers(year, visitor, objects, Entry.PERSONAL, Entry.ROLE, Entry.OBJECT))

    assert [one for one in found if one[0] == "POST" and one[2] != 401] == []


def test_every_change_needs_the_token_of_its_page(
    year: Flask, objects: Objects, signed_in: Callable[[str], Browser]
) -> None:
    vera = signed_in("vera")
    changes = [rule for rule in listed(year, *Entry) if {"POST", "PUT", "PATCH", "DELETE"} & (rule.methods or set())]

    taken = [
        (rule.endpoint, status)
        for rule in changes
        for address in addresses(year, rule, objects)
        if (status := vera.client.post(address).status_code) != 400
    ]

    assert len(changes) > 20
    assert taken == []


def test_another_school_finds_nothing_of_school_1(
    year: Flask, objects: Objects, signed_in: Callable[[str], Browser]
) -> None:
    found = list(answers(year, signed_in("dora"), objects, Entry.OBJECT))

    assert [one for one in found if one[2] != 404] == []


def test_what_is_of_a_role_is_for_nobody_else(
    year: Flask, objects: Objects, signed_in: Callable[[str], Browser]
) -> None:
    found = list(answers(year, signed_in("dora"), objects, Entry.ROLE))

    assert [one for one in found if one[2] != 403] == []


def test_the_school_itself_finds_its_own(year: Flask, objects: Objects, signed_in: Callable[[str], Browser]) -> None:
    """What strangers do not find is there: the addresses above are real."""
    pages = {"cases.show", "cases.show_history", "cases.document", "tasks.show"}
    anna = signed_in("anna")

    for rule in listed(year, Entry.OBJECT):
        if rule.endpoint in pages:
            for address in addresses(year, rule, objects):
                assert anna.get(address).status_code == 200, address
