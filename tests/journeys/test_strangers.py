"""A person of another school finds nothing of School 1: what its team can open or send does not exist for others."""

import re
from collections import deque

from sqlalchemy import select

from app.work.documents.models import StoredFile
from tests.journeys.visitor import PDF, Page, Visitor
from tests.journeys.world import SCHOOL_1, World

# Pages about nobody in particular, open to everybody who is signed in.
OF_A_THING = re.compile(r"/(tasks|cases|files|documents|notices|cycles|incidents|instances|processes)/\d+")
SHARED = re.compile(r"/(schools|public|processes)/")


def walk(visitor: Visitor, start: list[str]) -> dict[str, Page]:
    """Return every page of one thing that can be reached by links, without searches and languages."""
    seen: dict[str, Page] = {}
    waiting = deque(start)
    while waiting:
        path = waiting.popleft()
        if path in seen or "lang=" in path or path.startswith(("/static", "/language")):
            continue
        if path.startswith("/files/"):
            assert visitor.status(path) == 200
            seen[path] = Page(path, 200, "")
            continue
        seen[path] = visitor.get(path)
        waiting.extend(link for link in seen[path].links() if OF_A_THING.match(link) and not SHARED.match(link))
    return seen


def test_a_stranger_finds_nothing_of_school_1(world: World) -> None:
    world.play(until={("approve", "approve_package")})
    world.do("principal", "approve_package", files={"approval_order_file": [PDF]})
    team, stranger = world.visitor("team"), world.visitor("stranger")
    case_id = world.case_id(SCHOOL_1)

    with world.reading() as session:
        files = [f"/files/{file_id}" for file_id in session.scalars(select(StoredFile.id))]
    pages = walk(team, ["/tasks", f"/cases/{case_id}", "/notices", *files])

    things = sorted(path for path in pages if OF_A_THING.match(path))
    assert len(things) > 20, things
    kinds = {path.split("/")[1] for path in things}
    assert {"tasks", "cases", "files"} <= kinds
    assert [path for path in things if stranger.status(path) != 404] == []


def test_a_stranger_can_send_nothing_to_school_1(world: World) -> None:
    team, stranger = world.visitor("team"), world.visitor("stranger")
    pages = walk(team, ["/tasks", f"/cases/{world.case_id()}", "/notices"])
    actions = {
        action for page in pages.values() for action in page.root.xpath("//form/@action") if OF_A_THING.match(action)
    }
    task = world.task("visit_school")
    actions |= {f"/tasks/{task.id}{verb}" for verb in ("", "/draft", "/claim", "/release", "/remarks")}
    actions |= {f"/cases/{world.case_id()}/recall", f"/cases/{world.case_id()}/questions"}
    token = stranger.get("/account").root.xpath("//input[@name='csrf_token']/@value")[0]
    before = world.open_tasks()

    answers = {path: stranger.post_pairs(path, [("csrf_token", token)]).status for path in sorted(actions)}

    assert {path: status for path, status in answers.items() if status != 404} == {}
    assert [(t.id, t.state, t.assignee_id) for t in world.open_tasks()] == [
        (t.id, t.state, t.assignee_id) for t in before
    ]
    assert world.violations() == ()
