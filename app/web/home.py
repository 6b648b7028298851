"""The start page: whoever is signed in goes to the tasks, others to the login page."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from app.web import session

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Send everybody to where they begin."""
    return redirect(url_for("inbox.index" if session.visitor() else "login.form"))
