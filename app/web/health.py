"""Answers machines that ask whether the program works: containers, load balancers, monitoring."""

import logging
import shutil

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.kernel.db import db
from app.web import session

log = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__)

LEAST_FREE_BYTES = 50_000_000


@blueprint.get("/health/live")
def live() -> ResponseReturnValue:
    """Say that the process answers; whoever gets no answer starts it anew."""
    return _answer(200, "ok")


@blueprint.get("/health/ready")
def ready() -> ResponseReturnValue:
    """Say whether people can be sent here: the database answers and the disk has room."""
    try:
        db.session().execute(text("SELECT 1"))
    except SQLAlchemyError:
        log.exception("the database does not answer")
        return _answer(503, "database")
    if shutil.disk_usage(session.settings().data_dir).free < LEAST_FREE_BYTES:
        return _answer(503, "disk")
    return _answer(200, "ok")


def _answer(status: int, word: str) -> ResponseReturnValue:
    return word, status, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
