"""Whether the program lives, and whether it can work: for a supervisor or load balancer."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.kernel.db import db
from app.kernel.errors import Unavailable
from app.kernel.i18n import _
from app.work.people.models import Organisation

blueprint = Blueprint("api_health", __name__, url_prefix="/api/health", description="Health of the installation")


class NotReady(Unavailable):
    """The database does not answer, or has no tables yet."""


class HealthSchema(Schema):
    """How it is."""

    status = fields.String(required=True, metadata={"description": "always “ok”; everything else is an error status"})


@blueprint.get("/live")
@blueprint.response(200, HealthSchema)
def live() -> dict[str, Any]:
    """Say that the program runs; looks at nothing else."""
    return {"status": "ok"}


@blueprint.get("/ready")
@blueprint.response(200, HealthSchema)
@blueprint.alt_response(503, description="The database does not answer, or its migrations have not run.")
def ready() -> dict[str, Any]:
    """Say that requests can be answered: the database is there with its tables."""
    try:
        db.session().execute(select(Organisation.id).limit(1))
    except SQLAlchemyError as failure:
        db.session.rollback()
        raise NotReady(_("The database does not answer, or its migrations have not run.")) from failure
    return {"status": "ok"}
