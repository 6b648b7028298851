"""Files that come with a task's form: plain uploads that work without a script."""

from flask import request
from sqlalchemy.orm import Session

from app.kernel.storage import Storage
from app.web import session
from app.web.task_form import TaskForm
from app.work.documents import operations as documents
from app.work.documents.operations import Upload
from app.work.people.roles import Actor
from app.work.tasks.models import Task


def storage() -> Storage:
    """Return the folder of files that the settings name."""
    settings = session.settings()
    return Storage(folder=settings.data_dir / "files", max_bytes=settings.max_upload_bytes)


def attach_posted(unit: Session, *, task: Task, actor: Actor, form: TaskForm) -> None:
    """Attach every file that the browser sent with the form, each to its field."""
    fields = form.file_fields()
    for field, file in request.files.items(multi=True):
        if file.filename and field in fields:
            upload = Upload(stream=file.stream, name=file.filename, field=field)
            documents.attach_file(unit, upload=upload, task=task, actor=actor, now=session.now(), storage=storage())


def detach(unit: Session, *, file_id: int, actor: Actor) -> None:
    """Remove one attached file."""
    documents.remove_file(unit, file_id=file_id, actor=actor, now=session.now())
