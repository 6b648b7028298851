"""Handing out attached files: only to those who may see them, never shown inside a page."""

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue

from app.kernel.db import db
from app.web import session
from app.web.task_files import storage
from app.work.documents import queries as documents

blueprint = Blueprint("files", __name__)


@blueprint.get("/files/<int:file_id>")
def download(file_id: int) -> ResponseReturnValue:
    """Send one file under the name that people gave it."""
    file = documents.visible_file(db.session(), file_id=file_id, actor=session.actor())
    stream = storage().open(file.storage_id)
    response: Response = send_file(
        stream, mimetype="application/octet-stream", as_attachment=True, download_name=file.name, etag=False
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response
