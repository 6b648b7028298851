"""Files of a task: what is taken, under which name, who sees it, and until when it can be taken back."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import AppError
from app.kernel.storage import FileMissing, FileTooLarge, Storage, UnsupportedFile
from app.reports.verify import find_violations
from app.work.documents import operations, queries, rules
from app.work.documents.models import StoredFile
from app.work.documents.names import display_name
from app.work.documents.operations import Upload
from app.work.history.models import Entry
from app.work.people.roles import Actor, Mandate, Role
from app.work.tasks.models import Task, TaskState
from tests.builders import ANNA, BORIS, CLARA, DORA, EVA, FEDOR, NOON, REGION, a_task

PDF = b"%PDF-1.7\n%%EOF"
CONSULTANT = Actor(1006, "Консультант", frozenset({Mandate(Role.CONSULTANT, REGION)}))


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """Return a folder for files of at most 1 MB."""
    return Storage(folder=tmp_path / "files", max_bytes=1024 * 1024)


def attach(
    session: Session,
    storage: Storage,
    task: Task,
    *,
    content: bytes = PDF,
    name: str = "акт.pdf",
    actor: Actor = EVA,
) -> StoredFile:
    """Attach a file to the field `act`."""
    upload = Upload(stream=io.BytesIO(content), name=name, field="act")
    return operations.attach_file(session, upload=upload, task=task, actor=actor, now=NOON, storage=storage)


def team_task(session: Session, **other: object) -> Task:
    """Return a task that Eva's team may do."""
    return a_task(session, role=Role.SCHOOL_TEAM, **other)  # type: ignore[arg-type]  # whatever a column takes


def test_an_attached_file_is_stored_and_referred_to(session: Session, storage: Storage) -> None:
    task = team_task(session)

    file = attach(session, storage, task)

    assert storage.path(file.storage_id).read_bytes() == PDF
    assert (file.name, file.size, file.media_type) == ("акт.pdf", len(PDF), "application/pdf")
    assert queries.references_of_task(session, task_id=task.id) == {
        "act": [{"file_id": file.id, "name": "акт.pdf", "size": len(PDF)}]
    }
    session.flush()
    assert [
        entry.detail["name"] for entry in session.scalars(select(Entry).where(Entry.action == "file.attached"))
    ] == ["акт.pdf"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param("Отчёт за год.pdf", "Отчёт за год.pdf", id="F1-cyrillic"),
        pytest.param("Отче\u0308т.pdf", "Отчёт.pdf", id="F1-composed"),
        pytest.param("../../etc/passwd", "passwd", id="F1-climbing"),
        pytest.param("..\\..\\boot.ini", "boot.ini", id="F1-climbing-backwards"),
        pytest.param("/etc/shadow", "shadow", id="F1-absolute"),
        pytest.param("C:\\docs\\план.docx", "план.docx", id="F1-drive"),
        pytest.param("CON", "_CON", id="F1-device"),
        pytest.param("aux.pdf", "_aux.pdf", id="F1-device-with-ending"),
        pytest.param("акт.pdf. ", "акт.pdf", id="F1-dot-at-the-end"),
        pytest.param("..", "file", id="F1-dots"),
        pytest.param("", "file", id="F1-nothing"),
        pytest.param(".pdf", "pdf", id="F1-only-an-ending"),
        pytest.param("акт\u202egpj.exe", "актgpj.exe", id="F1-rtl"),
        pytest.param("a\0b\r\nc\ud800.pdf", "abc.pdf", id="F1-controls"),
        pytest.param("a%0D%0Ab%00%22.pdf", "ab_.pdf", id="F1-escaped-controls"),
        pytest.param("план 50%.pdf", "план 50%.pdf", id="F1-percent"),
        pytest.param("a%2Fb%20c.pdf", "a%2Fb%20c.pdf", id="F1-other-escapes"),
        pytest.param('о"тчёт;<1>.pdf', "о_тчёт;_1_.pdf", id="F1-quotes"),
        pytest.param("👩‍🏫.pdf", "👩‍🏫.pdf", id="F1-emoji"),
        pytest.param("ж" * 300 + ".pdf", "ж" * 98 + ".pdf", id="F1-long"),
    ],
)
def test_a_name_is_kept_for_people_and_made_harmless(raw: str, shown: str) -> None:
    assert display_name(raw) == shown


def a_zip(*names: str) -> bytes:
    """Return an archive with these empty files in it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "failure"),
    [
        pytest.param(b"<html>", "акт.html", UnsupportedFile, id="F2-html"),
        pytest.param(b"<html>", "акт.pdf", UnsupportedFile, id="F2-html-as-pdf"),
        pytest.param(b"<svg/>", "акт.svg", UnsupportedFile, id="F2-svg"),
        pytest.param(PDF, "акт.jpg", UnsupportedFile, id="F2-pdf-as-jpg"),
        pytest.param(b"MZ", "акт\u202efdp.exe", UnsupportedFile, id="F2-exe-turned-round"),
        pytest.param(PDF, "акт", UnsupportedFile, id="F2-no-ending"),
        pytest.param(a_zip("word/other.xml"), "акт.docx", UnsupportedFile, id="F2-zip-as-docx"),
        pytest.param(b"", "акт.pdf", rules.EmptyFile, id="F6-empty"),
        pytest.param(PDF + b"x" * 1024 * 1024, "акт.pdf", FileTooLarge, id="F6-limit"),
    ],
)
def test_a_file_that_we_do_not_keep_leaves_nothing_behind(
    session: Session, storage: Storage, content: bytes, name: str, failure: type[AppError]
) -> None:
    task = team_task(session)

    with pytest.raises(failure):
        attach(session, storage, task, content=content, name=name)

    assert queries.files_of_task(session, task_id=task.id) == []
    assert [path for path in storage.folder.rglob("*") if path.is_file()] == []


def test_f6_the_same_file_twice_is_there_once(session: Session, storage: Storage) -> None:
    task = team_task(session)

    assert attach(session, storage, task) is attach(session, storage, task)
    assert len([path for path in storage.folder.rglob("*") if path.is_file()]) == 1


def test_f6_a_field_takes_twenty_files(session: Session, storage: Storage) -> None:
    task = team_task(session)
    for number in range(rules.MAX_FILES_OF_A_FIELD):
        attach(session, storage, task, name=f"{number}.pdf")

    with pytest.raises(rules.TooManyFiles, match="At most 20"):
        attach(session, storage, task, name="ещё.pdf")


def test_f6_a_case_takes_two_hundred_megabytes(session: Session, storage: Storage) -> None:
    task = team_task(session)
    attach(session, storage, task).size = rules.MAX_BYTES_OF_A_CASE - 5

    with pytest.raises(rules.NoRoomLeft, match="0 MB are left"):
        attach(session, storage, team_task(session), name="ещё.pdf")


@pytest.mark.parametrize("actor", [ANNA, BORIS, DORA])
def test_only_who_may_do_the_task_changes_its_files(session: Session, storage: Storage, actor: Actor) -> None:
    task = team_task(session)
    file = attach(session, storage, task)

    with pytest.raises(rules.NotYourTask):
        attach(session, storage, task, actor=actor, name="чужой.pdf")
    with pytest.raises(rules.NotYourTask):
        operations.remove_file(session, file_id=file.id, actor=actor, now=NOON)


def test_a_file_can_be_removed_until_the_task_is_over(session: Session, storage: Storage) -> None:
    task = team_task(session)
    first, second = attach(session, storage, task), attach(session, storage, task, name="второй.pdf")

    operations.remove_file(session, file_id=first.id, actor=EVA, now=NOON)
    task.state, task.assignee_id, task.ended_at = TaskState.COMPLETED, EVA.person_id, NOON

    with pytest.raises(rules.TaskIsOver):
        operations.remove_file(session, file_id=second.id, actor=EVA, now=NOON)
    with pytest.raises(rules.TaskIsOver):
        attach(session, storage, task, name="третий.pdf")
    with pytest.raises(queries.FileNotFound):
        operations.remove_file(session, file_id=first.id, actor=EVA, now=NOON)
    assert [file.id for file in queries.files_of_task(session, task_id=task.id)] == [second.id]


@pytest.mark.parametrize("actor", [ANNA, BORIS, CLARA, EVA, FEDOR], ids=lambda actor: actor.name)
def test_a_file_is_seen_by_the_school_and_whoever_looks_after_it(
    session: Session, storage: Storage, actor: Actor
) -> None:
    file = attach(session, storage, team_task(session))

    assert queries.visible_file(session, file_id=file.id, actor=actor) is file


@pytest.mark.parametrize("actor", [DORA, CONSULTANT], ids=lambda actor: actor.name)
def test_d6_a_file_of_another_school_is_not_there(session: Session, storage: Storage, actor: Actor) -> None:
    file = attach(session, storage, team_task(session))

    with pytest.raises(queries.FileNotFound):
        queries.visible_file(session, file_id=file.id, actor=actor)


def test_the_school_sees_what_a_consultant_attached_to_its_case(session: Session, storage: Storage) -> None:
    team_task(session)
    answer = a_task(session, role=Role.CONSULTANT, organisation_id=REGION)

    file = attach(session, storage, answer, actor=CONSULTANT)

    assert queries.visible_file(session, file_id=file.id, actor=EVA) is file
    assert queries.visible_file(session, file_id=file.id, actor=CONSULTANT) is file
    with pytest.raises(queries.FileNotFound):
        queries.visible_file(session, file_id=file.id, actor=DORA)


def test_a_removed_file_and_an_unknown_one_are_not_there(session: Session, storage: Storage) -> None:
    file = attach(session, storage, team_task(session))
    operations.remove_file(session, file_id=file.id, actor=EVA, now=NOON)

    for file_id in (file.id, 99):
        with pytest.raises(queries.FileNotFound):
            queries.visible_file(session, file_id=file_id, actor=EVA)


def test_files_without_a_row_are_found_and_swept_after_a_day(session: Session, storage: Storage) -> None:
    kept = attach(session, storage, team_task(session))
    stray, fresh = (storage.store(io.BytesIO(PDF), name="x.pdf").file_id for _number in range(2))
    for file_id in (kept.storage_id, stray):
        os.utime(storage.path(file_id), (0, 0))

    found = [one.subject for one in find_violations(session, now=NOON, files=storage) if one.invariant == 26]

    assert found == [f"file:{stray}"]
    assert operations.sweep_files(session, storage=storage) == 1
    assert storage.path(kept.storage_id).is_file()
    assert storage.path(fresh).is_file()
    with pytest.raises(FileMissing):
        storage.path(stray)
