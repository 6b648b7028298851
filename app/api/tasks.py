"""My tasks as JSON: the same that the page «Мои задания» shows to the same person."""

from typing import Any

from flask import url_for
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, fields, validate

from app.api.door import caller
from app.kernel.db import db
from app.work.tasks import queries as tasks
from app.work.tasks.queries import SORTS, InboxFilters, InboxRow

blueprint = Blueprint("api_tasks", __name__, url_prefix="/api/v1", description="Tasks of whoever asks")


class TaskQuerySchema(Schema):
    """What part of the list is wanted; a misspelt parameter is an error, not silence."""

    page = fields.Integer(load_default=1, validate=validate.Range(1, 100_000))
    overdue = fields.Boolean(load_default=False)
    search = fields.String(load_default="", validate=validate.Length(max=100))
    sort = fields.String(load_default="due", validate=validate.OneOf(SORTS))


class TaskSchema(Schema):
    """A task that the caller has taken or may take."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    about = fields.String(required=True, metadata={"description": "tells several of the same apart; may be empty"})
    process = fields.String(required=True, metadata={"description": "key of the process"})
    role = fields.String(required=True)
    organisation = fields.String(required=True)
    business_key = fields.String(required=True, metadata={"description": "what it is about, case:12 or cycle:3"})
    state = fields.String(required=True, validate=validate.OneOf(["open", "claimed"]))
    created_at = fields.AwareDateTime(required=True)
    due_on = fields.Date(required=True, allow_none=True, metadata={"description": "the last day, where the task is"})
    is_overdue = fields.Boolean(required=True)
    address = fields.String(required=True, metadata={"description": "path of the page"})


class TaskPageSchema(Schema):
    """A page of the list."""

    items = fields.List(fields.Nested(TaskSchema), required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    total = fields.Integer(required=True)


@blueprint.get("/tasks")  # type: ignore[untyped-decorator]  # flask-smorest is not typed
@blueprint.arguments(TaskQuerySchema, location="query", unknown=RAISE)  # type: ignore[untyped-decorator]
@blueprint.response(200, TaskPageSchema)  # type: ignore[untyped-decorator]
@blueprint.alt_response(401, description="Nobody is signed in.")  # type: ignore[untyped-decorator]
def my_tasks(wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the tasks that the caller has taken or may take, what is due first."""
    who = caller()
    found = tasks.inbox(
        db.session(),
        actor=who.actor(),
        now=who.now(),
        filters=InboxFilters(overdue=wanted["overdue"], search=wanted["search"], sort=wanted["sort"]),
        page=wanted["page"],
    )
    return {
        "items": [_task(row) for row in found.items],
        "page": found.number,
        "pages": found.pages,
        "total": found.total,
    }


def _task(row: InboxRow) -> dict[str, Any]:
    task = row.task
    return {
        "id": task.id,
        "title": task.title,
        "about": task.about,
        "process": task.process_key,
        "role": task.candidate_role.value,
        "organisation": task.organisation.name,
        "business_key": task.business_key,
        "state": task.state.value,
        "created_at": task.created_at,
        "due_on": task.due_on,
        "is_overdue": row.due.is_overdue,
        "address": url_for("tasks.show", task_id=task.id),
    }
