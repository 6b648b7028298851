"""Files that come with a task's form: plain uploads that work without a script."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request
from sqlalchemy.orm import Session

from app.kernel.db import db
from app.kernel.storage import Storage
from app.web import session
from app.web.task_form import TaskForm
from app.work.documents import operations as documents
from app.work.documents.operations import Brought, Upload
from app.work.people.roles import Actor
from app.work.tasks.models import Task


def storage() -> Storage:
    """Return the folder of files that the settings name."""
    settings = session.settings()
    return Storage(folder=settings.data_dir / "files", max_bytes=settings.max_upload_bytes)


@contextmanager
def stored_files(*, task: Task, actor: Actor, form: TaskForm) -> Iterator[list[Brought]]:
    """Store every file that the browser sent with the form; when anything fails, none of them stays.

    Enter this before the unit of work: nobody waits for the disk while it holds the lock.
    """
    fields, kept, brought = form.file_fields(), storage(), list[Brought]()
    try:
        for field, file in request.files.items(multi=True):
            if file.filename and field in fields:
                upload = Upload(stream=file.stream, name=file.filename, field=field)
                one = documents.bring_file(db.session(), upload=upload, task=task, actor=actor, storage=kept)
                brought.append(one)
        yield brought
    except BaseException:
        for one in brought:
            kept.remove(one.stored.file_id)
        raise


def attach_stored(unit: Session, brought: list[Brought], *, task: Task, actor: Actor) -> None:
    """Attach the stored files, each to its field."""
    for one in brought:
        documents.attach_brought(unit, brought=one, task=task, actor=actor, now=session.now(), storage=storage())


def detach(unit: Session, *, file_id: int, actor: Actor) -> None:
    """Remove one attached file."""
    documents.remove_file(unit, file_id=file_id, actor=actor, now=session.now())
